"""The stations of a daemon: made, started one after the other, and exchanged for those of another configuration."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

from genred.errors import GenredError
from genred.service.shutdown import end_stations

if TYPE_CHECKING:
    from collections.abc import Mapping

    from genred.analysis.bundle import ModelBundle
    from genred.clock import Clock
    from genred.config.schema import Config
    from genred.events.profile import StationProfile
    from genred.service.reload_plan import ReloadPlan
    from genred.service.running_station import RunningStation
    from genred.service.station_factory import StationFactory


class StationSet:
    """Holds the stations; safe to ask from any thread.

    Args:
        factory: Makes them.
        clock: For tests.
    """

    def __init__(self, factory: StationFactory, clock: Clock) -> None:
        self._factory = factory
        self._clock = clock
        self._lock = threading.RLock()
        self._stations: dict[str, RunningStation] = {}
        self._unstarted: list[str] = []
        for name, settings in factory.config.stations.items():
            self._add(name, enabled=settings.enabled)

    @property
    def all(self) -> dict[str, RunningStation]:
        """The stations by id, in the configuration's order; a copy."""
        with self._lock:
            return {name: self._stations[name] for name in self._factory.config.stations if name in self._stations}

    @property
    def started(self) -> dict[str, RunningStation]:
        """Those of them that were started."""
        with self._lock:
            return {name: station for name, station in self.all.items() if name not in self._unstarted}

    @property
    def profiles(self) -> list[StationProfile]:
        """What outputs must know of the stations before they say anything."""
        with self._lock:
            return [self._factory.profile(station) for station in self.all.values()]

    @property
    def has_unstarted(self) -> bool:
        """Whether one waits to be started."""
        return bool(self._unstarted)

    @property
    def has_finished(self) -> bool:
        """Whether each ended or failed for good."""
        return not self._unstarted and all(station.finished for station in self.all.values())

    @property
    def are_wanted(self) -> bool:
        """Whether the configuration has one that is switched on."""
        return any(settings.enabled for settings in self._factory.config.stations.values())

    def find(self, name: str) -> RunningStation:
        """Gives a station.

        Raises:
            GenredError: There is no such station.
        """
        with self._lock:
            found = self._stations.get(name)
            if found is None:
                raise GenredError(f"there is no station {name!r}, only {', '.join(self._stations)}")
            return found

    def start_next(self) -> None:
        """Starts the one that has waited longest."""
        with self._lock:
            name = self._unstarted.pop(0)
            if name in self._stations:
                self._stations[name].start()

    def exchange(self, config: Config, bundles: Mapping[str, ModelBundle]) -> ReloadPlan:
        """Takes another configuration with its models: stations that did not change go on undisturbed.

        Returns:
            What that meant for the stations.
        """
        with self._lock:
            plan = self._factory.reconfigure(config, bundles, tuple(self._stations))
            ended = {name: self._stations.pop(name) for name in plan.ended}
            self._unstarted = [name for name in self._unstarted if name not in ended]
        switches = {name: station.enabled for name, station in ended.items()}
        end_stations(list(ended.values()), self._clock)
        with self._lock:
            for name in ended:
                self._factory.host.release(name)
            for name, settings in config.stations.items():
                if name in plan.made:
                    self._add(name, enabled=switches[name] if plan.made[name] else settings.enabled)
                else:
                    self._stations[name].set_retry(settings.retry)
            for name, enabled in plan.switched.items():
                self._stations[name].set_enabled(enabled)
            self._factory.forget_unused_models()
        return plan

    def _add(self, name: str, *, enabled: bool) -> None:
        self._stations[name] = self._factory.make(name, enabled=enabled)
        self._unstarted.append(name)
