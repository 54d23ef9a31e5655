"""The stage between stations and outputs in which events are held against what is expected."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

from genred.expectations.station import StationExpectations

if TYPE_CHECKING:
    from collections.abc import Callable

    from genred.clock import Clock
    from genred.config.schema import Config
    from genred.events import Event

LOOK_EVERY_S = 5.0
"""How often time passes for stations of which nothing comes."""


class ExpectationStage:
    """Passes every event on, and after it what it breaks or mends.

    Args:
        config: Checked.
        emit: Takes all events.
        clock: For reloads, and for stations of which nothing comes.
    """

    def __init__(self, config: Config, emit: Callable[[Event], None], clock: Clock) -> None:
        self._emit = emit
        self._clock = clock
        self._looked_at_s = clock.monotonic()
        # Events of a station come one at a time, but not those of the reload; the lock is its own.
        self._stations: dict[str, tuple[threading.RLock, StationExpectations]] = {}
        self.configure(config)

    def handle(self, event: Event) -> None:
        """Takes an event, from any thread; those of one station come in their order."""
        found = self._stations.get(event.station)
        if found is None:
            self._emit(event)
            return
        lock, station = found
        with lock:
            self._emit(event)
            for change in station.handle(event):
                self._emit(change)

    def configure(self, config: Config) -> None:
        """Takes another configuration: what is expected as before goes on undisturbed."""
        at = self._clock.moment(self._clock.monotonic())
        before = self._stations
        self._stations = {
            name: before.get(name) or (threading.RLock(), StationExpectations(name))
            for name, settings in config.stations.items()
            if settings.expect
        }
        for name, (lock, station) in {**before, **self._stations}.items():
            with lock:
                is_kept = name in self._stations
                for change in station.configure(config.stations[name], at) if is_kept else station.end(at):
                    self._emit(change)

    def tick(self) -> None:
        """Lets time pass for stations of which nothing comes; to be called now and then."""
        now_s = self._clock.monotonic()
        if now_s - self._looked_at_s < LOOK_EVERY_S:
            return
        self._looked_at_s = now_s
        for lock, station in list(self._stations.values()):
            with lock:
                if station.is_quiet(now_s):
                    for change in station.advance(self._clock.moment(now_s)):
                        self._emit(change)
