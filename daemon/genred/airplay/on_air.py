"""One thing on air, as an entry of the log has it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from genred.analysis.estimate import State

if TYPE_CHECKING:
    from genred.cause import Cause


@dataclass(frozen=True, slots=True)
class LoggedTitle:
    """A title as announced, and what it was split into; see `TitleChanged`."""

    text: str
    artist: str | None = None
    song: str | None = None


@dataclass(frozen=True, slots=True)
class EntryContent:
    """What is on air; where it changes, another entry begins.

    Attributes:
        state: What it is.
        genre: While that is `music`.
        title: As announced.
        cause: Why it is nothing, while offline.
    """

    state: State = State.OFFLINE
    genre: str | None = None
    title: LoggedTitle | None = None
    cause: Cause | None = None


_STATES = frozenset(state.value for state in State if state is not State.MUSIC)


def state_of(announcement: str) -> tuple[State, str | None]:
    """Gives state and genre of the one word for both."""
    if announcement in _STATES:
        return State(announcement), None
    return State.MUSIC, announcement
