"""Notices that audio has ceased to come, though the session stands."""

from __future__ import annotations

from typing import TYPE_CHECKING

from genred.cause import Cause
from genred.events import ConnectionState

if TYPE_CHECKING:
    from genred.stations.accounting import Accounting
    from genred.stations.connection import Connection
    from genred.stations.outage_events import OutageEvents
    from genred.stations.outage_log import OutageLog

STALLED_AFTER_S = 2.0
"""So long may a player be silent before the station calls itself stalled: more than jitter, less than patience."""

OFFLINE_AFTER_S = 10.0
"""A station that is stalled for longer counts as lost, though its session may still stand: nobody knows any more what
is on air. Longer than most servers hiccup, shorter than most sources' own timeouts."""


class StallWatch:
    """Watches a live source.

    Args:
        connection: Is told of a stall.
        accounting: Says how late the audio is.
        outages: Publishes that the source is lost.
        log: Likewise for people.
    """

    def __init__(self, connection: Connection, accounting: Accounting, outages: OutageEvents, log: OutageLog) -> None:
        self._connection = connection
        self._accounting = accounting
        self._outages = outages
        self._log = log

    def is_newly_offline(self, now: float, machine_late_s: float) -> bool:
        """Looks at the time, and says whether the station has just become offline.

        Args:
            now: Monotonic time.
            machine_late_s: For how long audio may wait to be read, which is no fault of the source.
        """
        connection = self._connection
        late_s = self._accounting.account.late_s(now) - machine_late_s
        if connection.state is ConnectionState.STREAMING and late_s > STALLED_AFTER_S:
            connection.stall(now)
            self._accounting.cause = Cause.STALLED
            self._log.stalled(late_s)
        stalled = connection.state is ConnectionState.STALLED and connection.outage is None
        if not stalled or now - connection.since <= OFFLINE_AFTER_S:
            return False
        message = f"no audio for {late_s:.0f} s, though the source is open"
        connection.lose(now, message)
        self._outages.lost(now, Cause.STALLED, message)
        self._log.offline(message)
        return True
