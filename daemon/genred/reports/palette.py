"""Colours, letters and patterns for what is on air.

Colour is music, grey is not: genres have colours, states are greys and patterns. The colours were searched for, so that
any two of them and the greys stay apart for people who see no red or no green (simulated after Machado, Oliveira and
Fernandes 2009), and each stands out from the page by 3:1 (WCAG 2.2, 1.4.11); tests hold both. Ten colours cannot be
told apart by everyone: letters are written on whatever is wide enough, and beside every colour in tables and legends.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from genred.reports.shares import STATES

if TYPE_CHECKING:
    from collections.abc import Iterable


@dataclass(frozen=True, slots=True)
class Colour:
    """A colour on light and on dark.

    Attributes:
        light: On a light page.
        dark: On a dark page.
    """

    light: str
    dark: str


LIGHT_PAGE, DARK_PAGE = "#ffffff", "#14161a"

GENRES = {
    "blues": Colour("#4850c7", "#3160d2"),
    "classical": Colour("#2c9be6", "#84daff"),
    "country": Colour("#833c05", "#e08101"),
    "disco": Colour("#db64d0", "#a5329c"),
    "hiphop": Colour("#259e8d", "#029081"),
    "jazz": Colour("#aa9110", "#eece2c"),
    "metal": Colour("#4f1081", "#b875fe"),
    "pop": Colour("#c92664", "#ec4d80"),
    "reggae": Colour("#3e7922", "#5cbd67"),
    "rock": Colour("#cc7469", "#ab4225"),
}

STATE_COLOURS = {
    "speech": Colour("#656c79", "#9ba2ad"),
    "uncertain": Colour("#9aa1ad", "#69717e"),
    "silence": Colour("#111216", "#f4f5f7"),
    "offline": Colour("#8b93a1", "#737c8a"),
}
"""Of `uncertain` and `offline` the dots and stripes."""


@dataclass(frozen=True, slots=True)
class Mark:
    """How one thing on air is shown.

    Attributes:
        slot: Names its colours in the style sheet.
        letters: Two of them.
        is_state: Whether it is no music.
    """

    slot: str
    letters: str
    is_state: bool = False


def marks(on_air: Iterable[str]) -> dict[str, Mark]:
    """Gives each thing its mark: GTZAN's genres always the same, those of other models what is left, by their names.

    Args:
        on_air: Genres, in any order; the states are always there.
    """
    genres = sorted(set(on_air) - set(STATES))
    given = {state.value: Mark(state.value, state.value[:2].capitalize(), is_state=True) for state in STATES}
    free = [genre for genre in GENRES if genre not in genres] or list(GENRES)
    strangers = [genre for genre in genres if genre not in GENRES]
    slots = {genre: genre for genre in genres if genre in GENRES}
    slots |= {genre: free[index % len(free)] for index, genre in enumerate(strangers)}
    taken = {mark.letters for mark in given.values()}
    for genre in sorted(genres, key=lambda name: (name not in GENRES, name)):
        letters = _letters(genre, taken)
        taken.add(letters)
        given[genre] = Mark(slots[genre], letters)
    return given


def _letters(name: str, taken: set[str]) -> str:
    signs = re.sub(r"[\W_]", "", name) or "x"
    pairs = (signs[0].upper() + second.lower() for second in signs[1:])
    numbered = (f"{signs[0].upper()}{number}" for number in range(1, 1_000))
    return next(letters for letters in (*pairs, *numbered) if letters not in taken)


def luminance(colour: str) -> float:
    """Gives the relative luminance of a colour (WCAG 2.2)."""
    red, green, blue = (linear(int(colour[at : at + 2], 16) / 255) for at in (1, 3, 5))
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def linear(value: float) -> float:
    """Gives the linear light of a component of sRGB, 0 to 1."""
    return value / 12.92 if value <= 0.04045 else ((value + 0.055) / 1.055) ** 2.4


def contrast(one: str, other: str) -> float:
    """Gives the contrast of two colours, 1 to 21 (WCAG 2.2)."""
    lighter, darker = sorted((luminance(one), luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def ink_on(colour: str) -> str:
    """Gives black or white, whichever reads better on a colour."""
    return max(("#000000", "#ffffff"), key=lambda ink: contrast(ink, colour))
