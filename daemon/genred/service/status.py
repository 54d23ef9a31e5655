"""What the service manager learns of the stations: readiness, a line of status, and life."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from genred.analysis.estimate import State
from genred.events import ConnectionState

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from genred.events.process import ProcessProfile
    from genred.service.board import StationBoard
    from genred.service.running_station import RunningStation
    from genred.service.sd_notify import Notifier

STATUS_EVERY_S = 10.0
"""How often the status is sent, at most, when nothing but announcements changed."""

CHANGES_EVERY_S = 1.0
"""How often it is sent, at most, when a station's connection changed or it went on or off air."""

FEED_EVERY_S = 0.5
"""How often the watchdog is fed, at most."""

HANGS_AFTER_S = 60.0
"""A station's analysis that showed no life for so long stops the watchdog from being fed."""

_UNDECIDED = frozenset({ConnectionState.CONNECTING, ConnectionState.STOPPED})


class ServiceStatus:
    """Sends a service manager the status of the stations, no oftener than that means anything.

    Args:
        notifier: Takes what is sent.
        board: Has what the stations reported last.
    """

    def __init__(self, notifier: Notifier, board: StationBoard) -> None:
        self._notifier = notifier
        self._board = board
        self._ready = False
        self._status = ""
        self._status_at = 0.0
        self._sent_standing: tuple[str, ...] = ()
        self._fed_at = 0.0

    def update(
        self,
        now: float,
        stations: Mapping[str, RunningStation],
        *,
        waiting: bool,
        alive: bool = True,
        processes: Sequence[ProcessProfile] = (),
    ) -> None:
        """Looks at the stations and sends what is new.

        Args:
            now: Monotonic time.
            stations: Those that were started.
            waiting: Whether any station is switched on, so that one of them will open its source or fail to.
            alive: Whether all else that the daemon is made of shows life.
            processes: Told of where there are several.
        """
        states = [self._connection(name) for name in stations]
        if not self._ready and (any(state not in _UNDECIDED for state in states) or not waiting):
            self._ready = True
            self._notifier.ready()
        if stations:
            counts = _counts(states, processes)
            self._send_status(now, counts, {name: self._announcement(name) for name in stations})
        # A watchdog that is fed by a timer alone guards nothing: it is fed while every analysis shows life.
        if self._is_meal_due(now) and alive and all(station.idle_s() < HANGS_AFTER_S for station in stations.values()):
            self._fed_at = now
            self._notifier.watchdog()

    def _send_status(self, now: float, counts: str, announcements: Mapping[str, str]) -> None:
        status = "; ".join([counts, *(f"{name}: {announced}" for name, announced in announcements.items())])
        standing = (counts, *(name for name, announced in announcements.items() if announced == State.OFFLINE))
        every_s = STATUS_EVERY_S if standing == self._sent_standing else CHANGES_EVERY_S
        if status != self._status and (now - self._status_at >= every_s or not self._status):
            self._status, self._status_at, self._sent_standing = status, now, standing
            self._notifier.status(status)

    def _is_meal_due(self, now: float) -> bool:
        interval_s = self._notifier.watchdog_interval_s
        return interval_s is not None and now - self._fed_at >= min(interval_s, FEED_EVERY_S)

    def _connection(self, station: str) -> ConnectionState:
        status = self._board.status(station)
        return ConnectionState.STOPPED if status is None else status.connection.state

    def _announcement(self, station: str) -> str:
        report = self._board.report(station)
        return State.OFFLINE.value if report is None else report.announcement


def _counts(states: Sequence[ConnectionState], processes: Sequence[ProcessProfile]) -> str:
    counts = ", ".join(f"{count} {state.description}" for state, count in Counter(states).most_common())
    if len(processes) > 1:
        restarts = sum(process.restarts for process in processes)
        counts += f" in {len(processes) - 1} processes" + (f", restarted {restarts} times" if restarts else "")
    return counts
