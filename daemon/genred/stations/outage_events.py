"""Outages of one station as events: the source was lost, and is back."""

from __future__ import annotations

from typing import TYPE_CHECKING

from genred.events import SourceLost, SourceRecovered

if TYPE_CHECKING:
    from collections.abc import Callable

    from genred.cause import Cause
    from genred.clock import Clock
    from genred.events import Event
    from genred.stations.connection import Outage
    from genred.stations.outage_log import OutageLog


class OutageEvents:
    """Publishes the two ends of an outage.

    Args:
        station: The station's id.
        clock: For the times of events.
        emit: Takes each event.
        log: Logs the return as loudly as the loss.
    """

    def __init__(self, station: str, clock: Clock, emit: Callable[[Event], None], log: OutageLog) -> None:
        self._station = station
        self._clock = clock
        self._emit = emit
        self._log = log

    def lost(self, at: float, cause: Cause, message: str) -> None:
        """The source gives nothing any more, since monotonic time `at`."""
        self._emit(SourceLost(station=self._station, at=self._clock.moment(at), cause=cause, message=message))

    def recovered(self, at: float, outage: Outage) -> None:
        """Audio flows again, since monotonic time `at`."""
        recovered = self._clock.moment(at)
        self._emit(
            SourceRecovered(
                station=self._station,
                at=recovered,
                lost_at=recovered.on_this_clock(outage.since),
                cause=outage.cause,
                attempts=outage.attempts,
            )
        )
        self._log.recovered(at - outage.since, outage.attempts)
