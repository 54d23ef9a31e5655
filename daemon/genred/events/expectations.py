"""What is expected of a station is broken, or met again."""

from __future__ import annotations

from enum import StrEnum
from typing import Literal

import msgspec

from genred.events.events import SpanEnded, StationEvent


class ExpectationFigure(msgspec.Struct, frozen=True, kw_only=True):
    """One number that an expectation is judged by.

    Attributes:
        of: A genre, `music`, `speech` or `silence`.
        measured: What it was.
        expected: What is expected: at least or at most so much.
        unit: `share` of the time, 0 to 1, or `seconds` at a stretch.
    """

    of: str
    measured: float
    expected: float
    unit: Literal["share", "seconds"]


class MetReason(StrEnum):
    """Why an expectation is broken no longer. Values are an interface: subscribers match on them."""

    MET = "met"
    """The station does again what is expected of it."""
    SPAN_OVER = "span_over"
    """It is not expected at this time of the day."""
    SWITCHED_OFF = "switched_off"
    """The station was switched off."""
    RECONFIGURED = "reconfigured"
    """It is not in the configuration any more, or changed there."""


class ExpectationBroken(StationEvent, frozen=True, kw_only=True):
    """A station does not do what is expected of it; followed by an `ExpectationMet` before it is broken again.

    Attributes:
        expectation: Its id, unique within the station.
        description: What is expected, for people.
        figures: What broke it.
        answered_s: Over so many seconds in which it was known what is on air.
    """

    expectation: str
    description: str
    figures: tuple[ExpectationFigure, ...]
    answered_s: float


class ExpectationMet(SpanEnded, frozen=True, kw_only=True):
    """An expectation is broken no longer; `started_at` is when it was.

    Attributes:
        expectation: Its id.
        description: What is expected, for people.
        figures: As they are now.
        answered_s: Likewise.
        reason: Whether it is met, or not expected now.
    """

    expectation: str
    description: str
    figures: tuple[ExpectationFigure, ...]
    answered_s: float
    reason: MetReason = MetReason.MET
