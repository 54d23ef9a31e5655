"""What each station reported last: the events as they are pushed, for whoever needs the present state."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

from genred.events import Event, Output, StationProfile, StationReport, StationStatus

if TYPE_CHECKING:
    from collections.abc import Sequence


class StationBoard(Output):
    """Keeps the newest report and status of each station."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._reports: dict[str, StationReport] = {}
        self._statuses: dict[str, StationStatus] = {}

    def handle(self, event: Event) -> None:
        """Takes an event; see `Output.handle`."""
        with self._lock:
            match event:
                case StationReport():
                    self._reports[event.station] = event
                case StationStatus():
                    self._statuses[event.station] = event
                case _:
                    pass

    def update(self, stations: Sequence[StationProfile]) -> None:
        """Forgets the stations that are no more."""
        kept = {profile.id for profile in stations}
        with self._lock:
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
