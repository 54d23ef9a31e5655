"""What each station reported last: the events as they are pushed, for whoever needs the present state."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

from genred.events import Event, Output, StationProfile, StationReport, StationStatus

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence


class StationBoard(Output):
    """Keeps the newest report and status of each station.

    Args:
        stations: Ids of all stations. What one that is no more still reports changes nothing.
    """

    def __init__(self, stations: Iterable[str]) -> None:
        self._lock = threading.Lock()
        self._stations = frozenset(stations)
        self._reports: dict[str, StationReport] = {}
        self._statuses: dict[str, StationStatus] = {}

    def handle(self, event: Event) -> None:
        """Takes an event; see `Output.handle`."""
        with self._lock:
            if event.station not in self._stations:
                return
            match event:
                case StationReport():
                    self._reports[event.station] = event
                case StationStatus():
                    self._statuses[event.station] = event
                case _:
                    pass

    def update(self, stations: Sequence[StationProfile]) -> None:
        """Forgets the stations that are no more."""
        with self._lock:
            self._stations = kept = frozenset(profile.id for profile in stations)
            self._reports = {name: report for name, report in self._reports.items() if name in kept}
            self._statuses = {name: status for name, status in self._statuses.items() if name in kept}

    def report(self, station: str) -> StationReport | None:
        """Gives what a station reported last, or None before it did."""
        with self._lock:
            return self._reports.get(station)

    def status(self, station: str) -> StationStatus | None:
        """Gives how a station stood last, or None before it was started."""
        with self._lock:
            return self._statuses.get(station)
