"""What is on air, as expectations see it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from genred.analysis.estimate import State

if TYPE_CHECKING:
    from genred.events import StationReport

MUSIC, SPEECH, SILENCE = State.MUSIC.value, State.SPEECH.value, State.SILENCE.value


@dataclass(frozen=True, slots=True)
class OnAir:
    """What is on air from one event to the next.

    Attributes:
        state: What it is.
        labels: What of an expectation it is: a genre and `music`, or `speech` or `silence`; empty where it is not
            known, so that the time does not count.
        silent_from_s: Since when it is silent, on the monotonic clock; None where it is not, or not known.
    """

    state: State = State.OFFLINE
    labels: frozenset[str] = frozenset()
    silent_from_s: float | None = None

    @classmethod
    def of(cls, report: StationReport, silent_from_s: float | None) -> OnAir:
        """What a report says."""
        match report.state:
            case State.MUSIC:
                labels = {MUSIC} if report.genre is None else {MUSIC, report.genre}
            case State.SPEECH | State.SILENCE:
                labels = {report.state.value}
            case _:
                labels = set()
        return cls(report.state, frozenset(labels), silent_from_s if report.state is State.SILENCE else None)
