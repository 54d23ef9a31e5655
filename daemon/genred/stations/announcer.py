"""What is on air on one station, as reports and changes of the announcement."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from genred.analysis.estimate import State
from genred.events import AnnouncementChanged, StationReport

if TYPE_CHECKING:
    from collections.abc import Callable

    from genred.analysis.estimate import Estimate
    from genred.clock import Clock
    from genred.events import Event


SELDOM_S = 10.0
"""How often what did not change is reported while the machine does not keep up."""


@dataclass(frozen=True, slots=True)
class Counts:
    """What a report says beside what is on air; see `StationReport`."""

    title: str | None
    windows: int
    dropped_windows: int
    reconnects: int
    loudness_lufs: float | None = None


class Announcer:
    """Holds the last estimate and publishes it, and publishes when its announcement is another than before.

    Args:
        station: The station's id.
        model: Name of the model bundle.
        labels: Of its probabilities, in their order.
        clock: For the wall times.
        emit: Takes each event.
    """

    def __init__(
        self, station: str, model: str, *, labels: tuple[str, ...], clock: Clock, emit: Callable[[Event], None]
    ) -> None:
        self._station = station
        self._model = model
        self._labels = labels
        self._clock = clock
        self._emit = emit
        self._estimate: Estimate | None = None
        self._since = clock.monotonic()
        self._announced: str | None = None
        self._reported_at = float("-inf")

    @property
    def announcement(self) -> str:
        """The genre while there is one, else the state."""
        return State.OFFLINE.value if self._estimate is None else self._estimate.announcement

    def update(self, estimate: Estimate | None, at: float, counts: Counts, *, refreshes: bool = True) -> None:
        """Takes what is on air now and publishes it; a change of the announcement goes first.

        Args:
            estimate: None while the source gives nothing.
            at: Monotonic time.
            counts: For the report.
            refreshes: Whether it is reported though it did not change and was reported a while ago.
        """
        before_since = self._since
        self._estimate = estimate
        if self.announcement != self._announced:
            self._since = at
            moment = self._clock.moment(at)
            self._emit(
                AnnouncementChanged(
                    station=self._station,
                    at=moment,
                    previous=self._announced,
                    previous_since=None if self._announced is None else moment.on_this_clock(before_since),
                    announcement=self.announcement,
                    confidence=None if estimate is None else estimate.confidence,
                )
            )
            self._announced = self.announcement
        elif not refreshes and at - self._reported_at < SELDOM_S:
            return
        self._reported_at = at
        self._report(at, counts)

    def _report(self, at: float, counts: Counts) -> None:
        estimate = self._estimate
        probabilities = () if estimate is None else zip(self._labels, estimate.probabilities, strict=True)
        moment = self._clock.moment(at)
        self._emit(
            StationReport(
                station=self._station,
                at=moment,
                state=State.OFFLINE if estimate is None else estimate.state,
                genre=None if estimate is None else estimate.genre,
                confidence=None if estimate is None else estimate.confidence,
                probabilities=dict(probabilities),
                since=moment.on_this_clock(self._since),
                level=None if estimate is None else estimate.level,
                loudness_lufs=None if estimate is None else counts.loudness_lufs,
                title=counts.title,
                model=self._model,
                windows=counts.windows,
                dropped_windows=counts.dropped_windows,
                reconnects=counts.reconnects,
            )
        )
