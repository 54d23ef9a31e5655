"""What is on air on one station, as reports and changes of the word."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from genred.analysis.estimate import State
from genred.events import StationReport, WordChanged

if TYPE_CHECKING:
    from collections.abc import Callable

    from genred.analysis.estimate import Estimate
    from genred.clock import Clock
    from genred.events import Event


@dataclass(frozen=True, slots=True)
class Counts:
    """What a report says beside what is on air; see `StationReport`."""

    title: str | None
    windows: int
    dropped_windows: int
    reconnects: int


class OnAir:
    """Holds the last estimate and says it, and says when its word is another than before.

    Args:
        station: The station's id.
        model: Name of the model bundle.
        labels: Of its probabilities, in their order.
        clock: For the wall times.
        say: Takes each event.
    """

    def __init__(
        self, station: str, model: str, *, labels: tuple[str, ...], clock: Clock, say: Callable[[Event], None]
    ) -> None:
        self._station = station
        self._model = model
        self._labels = labels
        self._clock = clock
        self._say = say
        self._estimate: Estimate | None = None
        self._since = clock.monotonic()
        self._said: str | None = None

    @property
    def word(self) -> str:
        """The genre while there is one, else the state."""
        return State.OFFLINE.value if self._estimate is None else self._estimate.word

    def update(self, estimate: Estimate | None, at: float, counts: Counts) -> None:
        """Takes what is on air now, says it, and says first if it is another word.

        Args:
            estimate: None while the source gives nothing.
            at: Monotonic time.
            counts: For the report.
        """
        before_since = self._since
        self._estimate = estimate
        if self.word != self._said:
            self._since = at
            self._say(
                WordChanged(
                    station=self._station,
                    at=self._clock.utc(at),
                    previous=self._said,
                    previous_since=None if self._said is None else self._clock.utc(before_since),
                    word=self.word,
                    confidence=None if estimate is None else estimate.confidence,
                )
            )
            self._said = self.word
        self._report(at, counts)

    def _report(self, at: float, counts: Counts) -> None:
        estimate = self._estimate
        probabilities = () if estimate is None else zip(self._labels, estimate.probabilities, strict=True)
        self._say(
            StationReport(
                station=self._station,
                at=self._clock.utc(at),
                state=State.OFFLINE if estimate is None else estimate.state,
                genre=None if estimate is None else estimate.genre,
                confidence=None if estimate is None else estimate.confidence,
                probabilities=dict(probabilities),
                since=self._clock.utc(self._since),
                level=None if estimate is None else estimate.level,
                title=counts.title,
                model=self._model,
                windows=counts.windows,
                dropped_windows=counts.dropped_windows,
                reconnects=counts.reconnects,
            )
        )
