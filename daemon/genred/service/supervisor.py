"""All stations in one process: start, reload, watchdog, end."""

from __future__ import annotations

import contextlib
import logging
import queue
import threading
from typing import TYPE_CHECKING

from genred.analysis.analyzer import Analyzer
from genred.analysis.bundle import load_bundle
from genred.clock import SYSTEM_CLOCK
from genred.errors import GenredError
from genred.events import StationReport, StationStatus
from genred.events.profile import StationProfile
from genred.exit_codes import ExitCode
from genred.service.board import StationBoard
from genred.service.fan_out import FanOut
from genred.service.status import ServiceStatus
from genred.sources.opening import open_source
from genred.stations.station import Station

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from genred.analysis.bundle import ModelBundle
    from genred.clock import Clock
    from genred.config.schema import AnalysisConfig, Config, StationConfig
    from genred.errors import SourceError
    from genred.events import Event, Output
    from genred.service.sd_notify import Notifier

_LOGGER = logging.getLogger(__name__)

STAGGER_S = 0.2
"""Between the starts of two stations: a small board opens eight TLS connections one after the other."""

LOOK_EVERY_S = 0.5
"""How often the supervisor looks at its stations."""

STOP_WITHIN_S = 2.5
"""What all stations together have for ending; systemd and users are promised five seconds for everything."""


class Supervisor:
    """Runs the stations of a configuration until it is stopped.

    Args:
        config: Checked.
        outputs: Each gets every event; may be filled until `run`.
        notifier: Told of readiness, status and life.
        bundles: The models that the configuration names, where they were read already.
        fail_fast: Whether a station that never gave audio is given up at its first failure (`genred listen`).
        end_with_stations: Whether `run` ends when every station ended or failed for good.
        clock: For tests.

    Attributes:
        board: What the stations reported last.

    Raises:
        BundleError: A model does not fit.
    """

    def __init__(
        self,
        config: Config,
        outputs: Sequence[Output],
        notifier: Notifier,
        *,
        bundles: Mapping[str, ModelBundle] | None = None,
        fail_fast: bool = False,
        end_with_stations: bool = False,
        clock: Clock = SYSTEM_CLOCK,
    ) -> None:
        self._config = config
        self.board = StationBoard()
        self._outputs = FanOut([self.board, *outputs])
        self._notifier = notifier
        self._fail_fast = fail_fast
        self._end_with_stations = end_with_stations
        self._clock = clock
        self._lock = threading.RLock()
        # SimpleQueue.put may be called from a signal handler that interrupts a get; Event.set could lock up there.
        self._wake: queue.SimpleQueue[None] = queue.SimpleQueue()
        self._stopping = False
        self._pending: tuple[Config, Mapping[str, ModelBundle]] | None = None
        self._bundles = _load_bundles(config) if bundles is None else bundles
        self._stations: dict[str, Station] = {}
        self._unstarted: list[str] = []
        self._status = ServiceStatus(notifier, self.board)
        for name, settings in config.stations.items():
            self._make(name, settings, config, enabled=settings.enabled)

    @property
    def stations(self) -> dict[str, Station]:
        """The stations by id, in the configuration's order; a copy."""
        with self._lock:
            return {name: self._stations[name] for name in self._config.stations if name in self._stations}

    @property
    def profiles(self) -> list[StationProfile]:
        """What outputs must know of the stations before they say anything."""
        with self._lock:
            return [
                StationProfile(
                    id=name,
                    name=self._config.stations[name].name or name,
                    labels=station.labels,
                    model=station.model,
                    source_label=station.source.label,
                    enabled=station.enabled,
                )
                for name, station in self.stations.items()
            ]

    @property
    def failure(self) -> SourceError | None:
        """Why the first station that failed for good did so."""
        return next((station.failure for station in self.stations.values() if station.failure), None)

    def add_output(self, output: Output) -> None:
        """Adds an output that needs the supervisor to be made; before `run`."""
        self._outputs.add(output)

    def run(self) -> ExitCode:
        """Starts the stations and watches over them until `stop`.

        Returns:
            `OK` after `stop` or when all stations ended; `SOURCE` when with `fail_fast` all failed; `WEDGED` when a
            source hangs so that only a fresh process helps.
        """
        next_start_at = self._clock.monotonic()
        code = ExitCode.OK
        while not self._stopping:
            now = self._clock.monotonic()
            self._apply_reload()
            if self._unstarted and now >= next_start_at:
                self._start_next()
                next_start_at = now + STAGGER_S
            wedged = [name for name, station in self.stations.items() if station.wedged()]
            if wedged:
                _LOGGER.error("%s: the source hangs; only a fresh process helps, so this one ends", ", ".join(wedged))
                code = ExitCode.WEDGED
                break
            self._tell(now)
            if self._all_finished():
                code = ExitCode.SOURCE if self.failure is not None else ExitCode.OK
                break
            self._wait(STAGGER_S if self._unstarted else LOOK_EVERY_S)
        self._notifier.stopping()
        self._end()
        return code

    def stop(self) -> None:
        """Ends `run` soon. May be called from a signal handler."""
        self._stopping = True
        self._wake.put(None)

    def reload(self, config: Config, bundles: Mapping[str, ModelBundle] | None = None) -> None:
        """Takes another configuration: stations that did not change go on undisturbed.

        Args:
            config: Checked.
            bundles: The models that it names, tried with the analyses that it names; read here where not given.

        Raises:
            BundleError: A model does not fit; the old configuration stays.
        """
        bundles = _load_bundles(config) if bundles is None else bundles
        with self._lock:
            self._pending = config, bundles
        self._wake.put(None)

    def set_enabled(self, station: str, enabled: bool) -> None:
        """Switches a station on or off.

        Raises:
            GenredError: There is no such station.
        """
        found = self._find(station)
        if found.enabled != enabled:
            _LOGGER.info("%s: switched %s", station, "on" if enabled else "off")
            found.set_enabled(enabled)

    def reset(self, station: str) -> None:
        """Lets a station forget what it has heard.

        Raises:
            GenredError: There is no such station.
        """
        self._find(station).reset()

    def _wait(self, seconds: float) -> None:
        with contextlib.suppress(queue.Empty):
            self._wake.get(timeout=seconds)
            while True:
                self._wake.get_nowait()

    def _find(self, name: str) -> Station:
        with self._lock:
            found = self._stations.get(name)
            if found is None:
                raise GenredError(f"there is no station {name!r}, only {', '.join(self._stations)}")
            return found

    def _make(self, name: str, settings: StationConfig, config: Config, *, enabled: bool) -> None:
        bundle = self._bundles[settings.model or config.model]
        analysis = _analysis(settings, config)
        self._stations[name] = Station(
            name,
            open_source(settings.source),
            Analyzer(bundle, analysis),
            bundle.card.name,
            analysis=analysis,
            retry=settings.retry,
            emit=self._emit,
            fail_fast=self._fail_fast,
            enabled=enabled,
            clock=self._clock,
        )
        self._unstarted.append(name)

    def _start_next(self) -> None:
        with self._lock:
            name = self._unstarted.pop(0)
            if name in self._stations:
                self._stations[name].start()

    def _emit(self, event: Event) -> None:
        self._outputs.handle(event)
        if not isinstance(event, StationReport | StationStatus):
            self._wake.put(None)

    def _apply_reload(self) -> None:
        with self._lock:
            pending, self._pending = self._pending, None
            if pending is None:
                return
            config, bundles = pending
            before, self._config = self._config, config
            gone = [
                name
                for name in self._stations
                if not _unchanged(name, before, config) or self._has_another_model(name, before, config, bundles)
            ]
            self._bundles = bundles
            stopped = [self._stations.pop(name) for name in gone]
            self._unstarted = [name for name in self._unstarted if name not in gone]
        switches = {station.id: station.enabled for station in stopped}
        _stop_all(stopped)
        with self._lock:
            for name, settings in config.stations.items():
                was = before.stations.get(name)
                if name not in self._stations:
                    # Whoever switched the station meanwhile is overruled only by a configuration that does so, too.
                    switched = was is not None and was.enabled == settings.enabled and name in switches
                    self._make(name, settings, config, enabled=switches[name] if switched else settings.enabled)
                    continue
                station = self._stations[name]
                station.set_retry(settings.retry)
                if was is not None and was.enabled != settings.enabled:
                    station.set_enabled(settings.enabled)
            profiles = self.profiles
        self._outputs.update(profiles)
        _LOGGER.info("configuration reloaded: stations changed or removed: %s", ", ".join(gone) or "none")
        self._notifier.ready()

    def _has_another_model(self, name: str, before: Config, after: Config, bundles: Mapping[str, ModelBundle]) -> bool:
        """Whether the files of a station's model changed, though its name may not have."""
        old = self._bundles[before.stations[name].model or before.model]
        return old != bundles[after.stations[name].model or after.model]

    def _tell(self, now: float) -> None:
        started = {name: station for name, station in self.stations.items() if name not in self._unstarted}
        waiting = any(settings.enabled for settings in self._config.stations.values())
        self._status.tell(now, started, waiting=waiting, alive=self._outputs.alive())

    def _all_finished(self) -> bool:
        stations = self.stations
        return self._end_with_stations and not self._unstarted and all(one.finished for one in stations.values())

    def _end(self) -> None:
        _stop_all(list(self.stations.values()))
        self._outputs.close()


def _load_bundles(config: Config) -> dict[str, ModelBundle]:
    """Reads each model that a configuration names, once."""
    models = {settings.model or config.model for settings in config.stations.values()}
    return {model: load_bundle(model) for model in models}


def _analysis(settings: StationConfig, config: Config) -> AnalysisConfig:
    return settings.analysis or config.analysis


def _unchanged(name: str, before: Config, after: Config) -> bool:
    """Whether a station's source, model and analysis are what they were; the rest is changed while it runs."""
    if name not in after.stations:
        return False
    old, new = before.stations[name], after.stations[name]
    return (old.source, old.model or before.model, _analysis(old, before)) == (
        new.source,
        new.model or after.model,
        _analysis(new, after),
    )


def _stop_all(stations: Sequence[Station]) -> None:
    """Ends stations together, within one deadline: a source that hangs takes no time from the others."""
    ends_at = SYSTEM_CLOCK.monotonic() + STOP_WITHIN_S
    release_by = ends_at - STOP_WITHIN_S / 3
    for station in stations:
        station.request_stop()
    for station in stations:
        station.await_release(release_by)
    hanging = [station.id for station in stations if not station.await_end(ends_at)]
    if hanging:
        _LOGGER.warning("%s: left behind, as what hangs there does not end in time", ", ".join(hanging))
