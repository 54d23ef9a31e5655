"""The JSON of expectations that are broken or met again; the same rules as for every event."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal, Self

import msgspec

from genred.payloads.common import EventCommon
from genred.payloads.state import DURATION_DECIMALS, PROBABILITY_DECIMALS, timestamp
from genred.printable import printable

if TYPE_CHECKING:
    from genred.events import ExpectationBroken, ExpectationFigure, ExpectationMet


class FigurePayload(msgspec.Struct, frozen=True, kw_only=True):
    """One number that an expectation is judged by.

    Attributes:
        of: A genre, `music`, `speech` or `silence`.
        measured: What it was, a `share` from 0 to 1 or `seconds`.
        expected: What is expected of it.
    """

    of: str
    measured: float
    expected: float
    unit: str

    @classmethod
    def of_figure(cls, figure: ExpectationFigure) -> Self:
        """Makes it of a figure."""
        decimals = PROBABILITY_DECIMALS if figure.unit == "share" else 1
        return cls(
            of=figure.of,
            measured=round(figure.measured, decimals),
            expected=round(figure.expected, decimals),
            unit=figure.unit,
        )


class ExpectationBrokenPayload(EventCommon, frozen=True, kw_only=True):
    """A station does not do what is expected of it.

    Attributes:
        answered_s: Time in which it was known what is on air; the figures are of that.
    """

    event: Literal["expectation_broken"] = "expectation_broken"
    expectation: str
    description: str
    figures: tuple[FigurePayload, ...]
    answered_s: float

    @classmethod
    def of(cls, event: ExpectationBroken, **common: Any) -> Self:
        """Makes it of its event."""
        return cls(**common, **_judgement(event))


class ExpectationMetPayload(EventCommon, frozen=True, kw_only=True):
    """An expectation is broken no longer.

    Attributes:
        reason: `met`, or `span_over`, `switched_off` or `reconfigured` where it is not expected now.
    """

    event: Literal["expectation_met"] = "expectation_met"
    expectation: str
    description: str
    figures: tuple[FigurePayload, ...]
    answered_s: float
    reason: str
    started_at: str
    duration_s: float

    @classmethod
    def of(cls, event: ExpectationMet, **common: Any) -> Self:
        """Makes it of its event."""
        return cls(
            **common,
            **_judgement(event),
            reason=event.reason.value,
            started_at=timestamp(event.started_at),
            duration_s=round(event.duration_s, DURATION_DECIMALS),
        )


def _judgement(event: ExpectationBroken | ExpectationMet) -> dict[str, Any]:
    return {
        "expectation": event.expectation,
        "description": printable(event.description),
        "figures": tuple(map(FigurePayload.of_figure, event.figures)),
        "answered_s": round(event.answered_s, 1),
    }
