"""Gaps of one station as events, each with its cause."""

from __future__ import annotations

from typing import TYPE_CHECKING

from genred.cause import Cause
from genred.events import Gap

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from genred.clock import Clock
    from genred.events import Event
    from genred.stations.outage_log import OutageLog
    from genred.stations.time_account import UnanalysedSpan


class GapEvents:
    """Publishes spans that were not analysed.

    Args:
        station: The station's id.
        clock: For the wall times.
        emit: Takes each event.
        log: Sums the gaps up.

    Attributes:
        cause: Of whatever lacks from now on.
        overrun_s: Seconds given up because analysis was slower than real time.
    """

    def __init__(self, station: str, clock: Clock, emit: Callable[[Event], None], log: OutageLog) -> None:
        self._log = log
        self._station = station
        self._clock = clock
        self._emit = emit
        self.cause = Cause.STARTING
        self.overrun_s = 0.0

    def publish(self, spans: Sequence[UnanalysedSpan], cause: Cause | None = None) -> float:
        """Publishes spans, oldest first.

        Args:
            spans: As the time account gives them.
            cause: Where it is another than `cause`.

        Returns:
            Their seconds.
        """
        cause = cause or self.cause
        for span in spans:
            at, started_at = self._clock.moment(span.ended_at), self._clock.moment(span.started_at)
            self._emit(Gap(station=self._station, at=at, started_at=started_at, cause=cause))
        seconds = sum(span.seconds for span in spans)
        self._log.gap(seconds)
        if cause is Cause.OVERRUN:
            self.overrun_s += seconds
        return seconds
