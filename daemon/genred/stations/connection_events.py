"""The connection of one station with all that is published and logged of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from genred.events import ConnectionState
from genred.stations.connection import Connection
from genred.stations.outage_events import OutageEvents
from genred.stations.stall_watch import StallWatch

if TYPE_CHECKING:
    from collections.abc import Callable

    from genred.cause import Cause
    from genred.clock import Clock
    from genred.events import Event
    from genred.stations.accounting import Accounting
    from genred.stations.messages import SessionFailed
    from genred.stations.outage_log import OutageLog


class ConnectionEvents:
    """Takes what happens to the connection.

    Args:
        station: The station's id.
        clock: For the wall times in events.
        emit: Takes each event.
        log: For people.
        accounting: Says how late the audio is.

    Attributes:
        connection: As it stands.
    """

    def __init__(
        self, station: str, clock: Clock, emit: Callable[[Event], None], log: OutageLog, accounting: Accounting
    ) -> None:
        self.connection = Connection(station, clock.monotonic())
        self._log = log
        self._outages = OutageEvents(station, clock, emit, log)
        self._stalls = StallWatch(self.connection, accounting, self._outages, log)

    def receive(self, at: float) -> bool:
        """Notes that audio flows. Returns whether it was gone before, and not only late."""
        resumed = self.connection.receive(at)
        if not resumed.afresh:
            if resumed.before is ConnectionState.STALLED:
                self._log.resumed()
            else:
                self._log.flowing(at)
        if resumed.outage is not None:
            self._outages.recovered(at, resumed.outage)
        return resumed.afresh

    def fail(self, failed: SessionFailed) -> Cause:
        """Takes a failure. Gives what the outage is called, which may have begun before."""
        if self.connection.fail(failed.at, failed.cause, failed.message, failed.wait_s):
            self._outages.lost(failed.at, failed.cause, failed.message)
        self._log.failed(failed)
        outage = self.connection.outage
        return failed.cause if outage is None else outage.cause

    def end(self, at: float) -> None:
        """The source is at its end."""
        self.connection.end(at)
        self._log.ended()

    def is_newly_offline(self, now: float, machine_late_s: float) -> bool:
        """Looks at the time; see `StallWatch`."""
        return self._stalls.is_newly_offline(now, machine_late_s)
