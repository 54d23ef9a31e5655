"""Prometheus metrics on loopback. Values are read when somebody asks, so that nobody who does not pays for them."""

from __future__ import annotations

import threading
import time
from collections import defaultdict
from typing import TYPE_CHECKING, Any

import genred
from genred.errors import OutputError
from genred.events import (
    Event,
    ExpectationBroken,
    ExpectationMet,
    Gap,
    LogFailing,
    LogWorking,
    Output,
    RecordingEnded,
    RecordingGap,
    RecordingStarted,
    SourceLost,
    SourceRecovered,
    StationReport,
    StationStatus,
    StationSwitched,
)
from genred.extras import how_to_install

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from prometheus_client.core import Metric

    from genred.config.schema import Config
    from genred.events import DaemonEvent, StationProfile
    from genred.events.process import ProcessProfile
    from genred.outputs.prometheus.families import ConnectionView
    from genred.outputs.prometheus.server import MetricsServer

_CLOSE_TIMEOUT_S = 2.0

_LOSSES = ("genred_source_losses", "Times that a source was lost.")
_RECONNECTS = ("genred_source_reconnects", "Times that audio returned.")
_GAPS = ("genred_gap_seconds", "Wall time that was not analysed.")
_RECORDING_GAPS = ("genred_recording_gap_seconds", "Time that was not recorded.")


class MetricsOutput(Output):
    """Serves `/metrics`; an output like any other.

    Args:
        config: The whole configuration.
        stations: All stations, the disabled ones included.
        mqtt: The connection to the broker, or None.
        processes: Describes the daemon's processes.

    Raises:
        OutputError: prometheus-client is not installed.
    """

    def __init__(
        self,
        config: Config,
        stations: Sequence[StationProfile],
        mqtt: ConnectionView | None = None,
        processes: Callable[[], Sequence[ProcessProfile]] = lambda: (),
    ) -> None:
        try:
            # An extra: imported only where it is asked for.
            from prometheus_client import CollectorRegistry, ProcessCollector  # noqa: PLC0415
        except ImportError:
            raise OutputError(
                "metrics.enabled needs the package prometheus-client; install it with: "
                f"{how_to_install('metrics')}, or set metrics.enabled: false"
            ) from None
        self._config = config
        self._mqtt = mqtt
        self._processes = processes
        self._lock = threading.Lock()
        self._reports: dict[str, StationReport] = {}
        self._statuses: dict[str, StationStatus] = {}
        self._enabled = {profile.id: profile.enabled for profile in stations}
        self._expectations = _expectations(stations)
        self._breaks: dict[tuple[str, str], float] = {}
        self._last_window_at_s: dict[str, float] = {}
        self._counts: dict[tuple[str, str], defaultdict[tuple[str, str], float]] = {
            name: defaultdict(float) for name in (_LOSSES, _RECONNECTS, _GAPS, _RECORDING_GAPS)
        }
        self._recording = _recording(stations)
        self._log_failing = False
        self._server: MetricsServer | None = None
        self._registry = CollectorRegistry()
        self._registry.register(self)
        ProcessCollector(registry=self._registry)

    @property
    def port(self) -> int:
        """Where the page is served; 0 before `start`."""
        return 0 if self._server is None else self._server.server_port

    @property
    def alive(self) -> bool:
        """Whether the page is served; False before `start`."""
        return self._server is not None and self._server.alive

    def start(self) -> None:
        """Begins to serve.

        Raises:
            OutputError: The address cannot be used.
        """
        from genred.outputs.prometheus.server import MetricsServer  # noqa: PLC0415

        address, port = self._config.metrics.address, self._config.metrics.port
        try:
            self._server = MetricsServer(address, port, self._registry)
        except OSError as error:
            raise OutputError(
                f"metrics: {address}:{port} cannot be used ({error.strerror or error}); "
                "set another metrics.port, or metrics.enabled: false"
            ) from None
        self._server.start()

    def handle(self, event: Event) -> None:
        """Takes an event from any station's thread. Never blocks and never raises."""
        with self._lock:
            # One that a reload has removed may still say its last, where its source hung for longer than was waited.
            if event.station in self._enabled:
                self._take(event)

    def _take(self, event: Event) -> None:
        match event:
            case StationReport():
                before = self._reports.get(event.station)
                if before is None or event.windows != before.windows:
                    self._last_window_at_s[event.station] = time.monotonic()
                self._reports[event.station] = event
            case StationStatus():
                self._statuses[event.station] = event
            case StationSwitched():
                self._enabled[event.station] = event.enabled
            case SourceLost():
                self._counts[_LOSSES][event.station, event.cause] += 1
            case SourceRecovered():
                self._counts[_RECONNECTS][event.station, event.cause] += 1
            case Gap():
                self._counts[_GAPS][event.station, event.cause] += event.duration_s
            case RecordingStarted() | RecordingEnded() | RecordingGap():
                self._take_recording(event)
            case ExpectationBroken() | ExpectationMet():
                self._take_expectation(event)
            case _:
                pass

    def _take_recording(self, event: RecordingStarted | RecordingEnded | RecordingGap) -> None:
        if isinstance(event, RecordingGap):
            self._counts[_RECORDING_GAPS][event.station, event.cause] += event.duration_s
        else:
            self._recording[event.station] = isinstance(event, RecordingStarted) or event.cause is None

    def handle_daemon(self, event: DaemonEvent) -> None:
        """Notes whether the airplay log is written."""
        if isinstance(event, LogFailing | LogWorking):
            self._log_failing = isinstance(event, LogFailing)

    def update(self, stations: Sequence[StationProfile]) -> None:
        """Forgets the stations that are no more, and takes over which are switched on."""
        with self._lock:
            self._enabled = {profile.id: profile.enabled for profile in stations}
            before, self._expectations = self._expectations, _expectations(stations)
            self._expectations |= {key: broken for key, broken in before.items() if key in self._expectations}
            before_recording, self._recording = self._recording, _recording(stations)
            self._recording |= {name: on for name, on in before_recording.items() if name in self._recording}
            by_station: list[dict[str, Any]] = [self._reports, self._statuses, self._last_window_at_s]
            for values in by_station:
                for name in values.keys() - self._enabled.keys():
                    del values[name]

    def close(self) -> None:
        """Ends the page."""
        if self._server is not None:
            self._server.stop(_CLOSE_TIMEOUT_S)

    def collect(self) -> Iterator[Metric]:
        """Gives all metrics; prometheus-client calls it at each scrape."""
        from genred.outputs.prometheus import families  # noqa: PLC0415

        identity = (genred.__version__, self._config.node)
        yield families.gauge("genred_build_info", "Version and node.", ("version", "node"), [(identity, 1.0)])
        now_s = time.monotonic()
        with self._lock:
            reports, statuses, enabled = dict(self._reports), dict(self._statuses), dict(self._enabled)
            ages = [((name,), now_s - at_s) for name, at_s in self._last_window_at_s.items()]
            counts = {key: dict(values) for key, values in self._counts.items()}
            recording = dict(self._recording)
            broken, breaks = dict(self._expectations), dict(self._breaks)
        for (name, description), values in counts.items():
            yield families.counter(name, description, ("station", "cause"), values.items())
        yield families.gauge(
            "genred_last_window_age_seconds", "Time since the last window was analysed.", ("station",), ages
        )
        yield from families.of_reports(reports)
        yield from families.of_status(statuses)
        yield families.of_enabled(enabled)
        yield families.of_recording(recording)
        yield from families.of_expectations(broken, breaks)
        if self._config.airplay.enabled:
            yield families.gauge(
                "genred_log_failing", "Whether the airplay log cannot be written.", (), [((), float(self._log_failing))]
            )
        yield from families.of_processes(self._processes())
        if self._mqtt is not None:
            yield from families.of_connection(self._mqtt)

    def _take_expectation(self, event: ExpectationBroken | ExpectationMet) -> None:
        key = event.station, event.expectation
        broken = isinstance(event, ExpectationBroken)
        if key in self._expectations:
            self._expectations[key] = broken
        if broken:
            self._breaks[key] = self._breaks.get(key, 0.0) + 1


def _recording(stations: Sequence[StationProfile]) -> dict[str, bool]:
    return {profile.id: False for profile in stations if profile.is_recorded}


def _expectations(stations: Sequence[StationProfile]) -> dict[tuple[str, str], bool]:
    return {(profile.id, expectation.id): False for profile in stations for expectation in profile.expectations}
