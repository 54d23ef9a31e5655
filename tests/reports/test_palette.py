from __future__ import annotations

from itertools import combinations

import pytest

from genred.reports.palette import DARK_PAGE, GENRES, LIGHT_PAGE, STATE_COLOURS, contrast, ink_on, marks
from tests.reports.vision import VISIONS, distance

APART = 0.065
"""The eight colours of Okabe and Ito come to 0.076 by this measure, Tol's nine muted ones to 0.052."""

SOLID = GENRES | {state: STATE_COLOURS[state] for state in ("speech", "silence")}


@pytest.mark.parametrize("vision", VISIONS)
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_any_two_solid_colours_stay_apart(vision: str, scheme: str) -> None:
    colours = {name: getattr(colour, scheme) for name, colour in SOLID.items()}
    near = {
        (one, other): round(distance(colours[one], colours[other], vision), 3)
        for one, other in combinations(colours, 2)
        if distance(colours[one], colours[other], vision) < APART
    }
    assert not near


@pytest.mark.parametrize(("scheme", "page"), [("light", LIGHT_PAGE), ("dark", DARK_PAGE)])
def test_every_solid_colour_stands_out_from_the_page(scheme: str, page: str) -> None:
    assert {
        name: contrast(getattr(colour, scheme), page)
        for name, colour in SOLID.items()
        if contrast(getattr(colour, scheme), page) < 3
    } == {}


def test_letters_can_be_read_on_every_colour() -> None:
    for colour in SOLID.values():
        for shown in (colour.light, colour.dark):
            assert contrast(ink_on(shown), shown) >= 4.5, shown


def test_genres_of_gtzan_always_look_the_same() -> None:
    alone, together = marks(["jazz"]), marks(GENRES)
    assert alone["jazz"] == together["jazz"]
    assert len({mark.slot for mark in together.values()}) == len({mark.letters for mark in together.values()}) == 14


def test_genres_of_other_models_get_colours_that_are_free_and_letters_of_their_own() -> None:
    given = marks(["rock", "rockabilly", "r'n'b", "schlager", "schranz", *(f"genre {number}" for number in range(30))])
    assert given["rock"].slot == "rock"
    assert given["schlager"].slot != "rock"
    letters = [mark.letters for mark in given.values()]
    assert len(set(letters)) == len(letters)
    assert {mark.slot for mark in given.values()} <= set(GENRES) | set(STATE_COLOURS)
