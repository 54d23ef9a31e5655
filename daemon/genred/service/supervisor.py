"""All stations of a daemon: start, reload, watchdog, end."""

from __future__ import annotations

import logging
import threading
from typing import TYPE_CHECKING

from genred.clock import SYSTEM_CLOCK
from genred.events import LoudnessMeasured, StationReport, StationStatus
from genred.exit_codes import ExitCode
from genred.service.alarm import Alarm
from genred.service.board import StationBoard
from genred.service.expectation_stage import ExpectationStage
from genred.service.fan_out import FanOut
from genred.service.local_host import LocalHost
from genred.service.processes import count_processes
from genred.service.shutdown import end_stations
from genred.service.station_factory import StationFactory, load_bundles
from genred.service.station_set import StationSet
from genred.service.status import ServiceStatus
from genred.sources.opening import open_source

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from genred.analysis.bundle import ModelBundle
    from genred.clock import Clock
    from genred.config.schema import Config, SourceConfig
    from genred.errors import SourceError
    from genred.events import DaemonEvent, Event, Output
    from genred.events.process import ProcessProfile
    from genred.events.profile import StationProfile
    from genred.service.running_station import RunningStation
    from genred.service.sd_notify import Notifier
    from genred.service.station_factory import StationHost
    from genred.sources.source import Source

_LOGGER = logging.getLogger(__name__)

STAGGER_S = 0.2
"""Between the starts of two stations: a small board opens eight TLS connections one after the other."""

LOOK_EVERY_S = 0.5
"""How often the supervisor looks at its stations."""


class Supervisor:
    """Runs the stations of a configuration until it is stopped.

    Args:
        config: Checked.
        outputs: Each gets every event; may be filled until `run`.
        notifier: Takes readiness, status and life.
        bundles: The models that the configuration names, where they were read already.
        source: Gives a station's source; for what is in no configuration.
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
        source: Callable[[SourceConfig], Source] = open_source,
        fail_fast: bool = False,
        end_with_stations: bool = False,
        clock: Clock = SYSTEM_CLOCK,
    ) -> None:
        self.board = StationBoard(config.stations)
        self._outputs = FanOut([self.board, *outputs])
        self._expectations = ExpectationStage(config, self._outputs.handle, clock)
        self._notifier = notifier
        self._end_with_stations = end_with_stations
        self._clock = clock
        self._lock = threading.RLock()
        self._alarm = Alarm()
        self._stopping = False
        self._pending: tuple[Config, Mapping[str, ModelBundle]] | None = None
        self._host = self._make_host(config, source, fail_fast=fail_fast)
        factory = StationFactory(config, load_bundles(config) if bundles is None else bundles, self._host)
        self._set = StationSet(factory, clock)
        self._status = ServiceStatus(notifier, self.board)

    @property
    def stations(self) -> dict[str, RunningStation]:
        """The stations by id, in the configuration's order; a copy."""
        return self._set.all

    @property
    def profiles(self) -> list[StationProfile]:
        """What outputs must know of the stations before they say anything."""
        return self._set.profiles

    @property
    def processes(self) -> list[ProcessProfile]:
        """The processes that the stations run in, and the one that watches over them."""
        return self._host.processes()

    @property
    def failure(self) -> SourceError | None:
        """Why the first station that failed for good did so."""
        return next((station.failure for station in self.stations.values() if station.failure), None)

    def add_output(self, output: Output) -> None:
        """Adds an output that needs the supervisor to be made; before `run`."""
        self._outputs.add(output)

    def emit_daemon(self, event: DaemonEvent) -> None:
        """Passes an event of the daemon as a whole on to every output; from any thread."""
        self._outputs.handle_daemon(event)

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
            if self._set.has_unstarted and now >= next_start_at:
                self._set.start_next()
                next_start_at = now + STAGGER_S
            hanging = self._host.hanging(self.stations)
            if hanging:
                _LOGGER.error("%s: hangs; this process exits so that a new one can replace it", ", ".join(hanging))
                code = ExitCode.WEDGED
                break
            self._expectations.tick()
            self._update_status(now)
            if self._end_with_stations and self._set.has_finished:
                code = ExitCode.SOURCE if self.failure is not None else ExitCode.OK
                break
            self._alarm.wait(self._clock.timeout_s(STAGGER_S if self._set.has_unstarted else LOOK_EVERY_S))
        self._notifier.stopping()
        end_stations(list(self.stations.values()), self._clock)
        self._host.close()
        self._outputs.close()
        return code

    def stop(self) -> None:
        """Ends `run` soon. May be called from a signal handler."""
        self._stopping = True
        self._alarm.ring()

    def reload(self, config: Config, bundles: Mapping[str, ModelBundle] | None = None) -> None:
        """Takes another configuration: stations that did not change go on undisturbed.

        Args:
            config: Checked.
            bundles: The models that it names, tried with the analyses that it names; read here where not given.

        Raises:
            BundleError: A model does not fit; the old configuration stays.
        """
        bundles = load_bundles(config) if bundles is None else bundles
        with self._lock:
            self._pending = config, bundles
        self._alarm.ring()

    def set_enabled(self, station: str, enabled: bool) -> None:
        """Switches a station on or off.

        Raises:
            GenredError: There is no such station.
        """
        found = self._set.find(station)
        if found.enabled != enabled:
            _LOGGER.debug("%s: switched %s", station, "on" if enabled else "off")
            found.set_enabled(enabled)

    def reset(self, station: str) -> None:
        """Lets a station forget what it has received.

        Raises:
            GenredError: There is no such station.
        """
        self._set.find(station).reset()

    def _make_host(self, config: Config, source: Callable[[SourceConfig], Source], *, fail_fast: bool) -> StationHost:
        processes = count_processes(config)
        if processes == 1 or source is not open_source or fail_fast:
            return LocalHost(self._emit, source=source, fail_fast=fail_fast, clock=self._clock)
        from genred.service.shards.host import ShardHost  # noqa: PLC0415 - most need none

        return ShardHost(processes, self._emit, clock=self._clock)

    def _emit(self, event: Event) -> None:
        self._expectations.handle(event)
        if not isinstance(event, StationReport | StationStatus | LoudnessMeasured):
            self._alarm.ring()

    def _apply_reload(self) -> None:
        with self._lock:
            pending, self._pending = self._pending, None
            if pending is None:
                return
        config, bundles = pending
        plan = self._set.exchange(config, bundles)
        # Ends what was broken before the outputs forget stations.
        self._expectations.configure(config)
        self._outputs.update(self.profiles)
        _LOGGER.info("configuration reloaded; stations %s", plan.describe())
        self._notifier.ready()

    def _update_status(self, now: float) -> None:
        alive, processes = self._outputs.alive(), self._host.processes()
        self._status.update(now, self._set.started, waiting=self._set.are_wanted, alive=alive, processes=processes)
