"""What the metrics say: families of Prometheus samples, made when somebody asks."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily

from genred.analysis.estimate import State
from genred.analysis.signal_faults import SignalFault
from genred.events import ConnectionState

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from prometheus_client.core import Metric

    from genred.events import StationReport, StationStatus
    from genred.events.process import ProcessProfile


class ConnectionView(Protocol):
    """What is read of the connection to the broker."""

    @property
    def connected(self) -> bool:
        """Whether there is one."""

    @property
    def connects(self) -> int:
        """How often one has come about."""

    @property
    def queue_depth(self) -> int:
        """Messages waiting to be sent."""

    @property
    def dropped(self) -> int:
        """Events given up."""


_BY_STATION = ("station",)


def of_status(statuses: Mapping[str, StationStatus]) -> Iterator[Metric]:
    """How the stations stand, and what they count."""
    counters = {name: status.counters for name, status in statuses.items()}
    counted: list[tuple[str, str, dict[str, float]]] = [
        ("genred_analysed_seconds", "Time that was analysed.", {n: c.analysed_s for n, c in counters.items()}),
        ("genred_inference_seconds", "Time that the network ran.", {n: c.inference_s for n, c in counters.items()}),
        ("genred_windows", "Windows analysed.", {n: c.windows for n, c in counters.items()}),
        (
            "genred_windows_dropped",
            "Windows dropped because the machine is too slow.",
            {n: c.dropped_windows for n, c in counters.items()},
        ),
        (
            "genred_source_received_bytes",
            "Audio received from the source.",
            {n: c.received_bytes for n, c in counters.items()},
        ),
        ("genred_source_overflows", "Times that a device lost samples.", {n: c.overflows for n, c in counters.items()}),
        ("genred_source_corrupt_packets", "Packets skipped.", {n: c.corrupt_packets for n, c in counters.items()}),
        ("genred_station_faults", "Internal errors of genred.", {n: c.faults for n, c in counters.items()}),
    ]
    for name, description, values in counted:
        samples = (((station,), float(value)) for station, value in values.items())
        yield counter(name, description, _BY_STATION, samples)
    overloaded = {name: status.overloaded for name, status in statuses.items()}
    yield _gauge_by_station("genred_station_overloaded", "Whether the machine cannot keep up.", overloaded)
    clipping = {name: status.clipping for name, status in statuses.items()}
    yield _gauge_by_station("genred_station_clipping", "Whether the input is overdriven.", clipping)
    faults = [
        ((name, fault.value), float(fault in status.signal_faults))
        for name, status in statuses.items()
        for fault in SignalFault
    ]
    yield gauge(
        "genred_station_signal_fault", "1 for each channel fault that is present.", ("station", "fault"), faults
    )
    connections = [
        ((name, state.value), float(status.connection.state is state))
        for name, status in statuses.items()
        for state in ConnectionState
    ]
    by_state = ("station", "connection")
    yield gauge("genred_station_connection", "1 for the current state of the connection.", by_state, connections)


def of_enabled(enabled: Mapping[str, bool]) -> Metric:
    """Which stations are meant to listen."""
    return _gauge_by_station("genred_station_enabled", "Whether the station is switched on.", enabled)


def of_recording(recording: Mapping[str, bool]) -> Metric:
    """Of which stations the sound is being recorded, of those that it is meant to be of."""
    return _gauge_by_station("genred_station_recording", "Whether the station's audio is being recorded.", recording)


def of_expectations(
    broken: Mapping[tuple[str, str], bool], breaks: Mapping[tuple[str, str], float]
) -> Iterator[Metric]:
    """What is expected of the stations."""
    by_expectation = ("station", "expectation")
    samples = [(key, float(value)) for key, value in broken.items()]
    yield gauge("genred_expectation_broken", "Whether the expectation is broken.", by_expectation, samples)
    description = "Times that an expectation was broken."
    yield counter("genred_expectation_breaks", description, by_expectation, breaks.items())


def of_reports(reports: Mapping[str, StationReport]) -> Iterator[Metric]:
    """What the stations have reported last."""
    up = {name: report.state is not State.OFFLINE for name, report in reports.items()}
    yield _gauge_by_station("genred_station_up", "Whether the station's source delivers audio.", up)
    states = [
        ((name, state.value), float(report.state is state)) for name, report in reports.items() for state in State
    ]
    yield gauge("genred_station_state", "1 for the current state.", ("station", "state"), states)
    announcements = [((name, report.announcement), 1.0) for name, report in reports.items()]
    yield gauge("genred_station_word", "1 for the genre or state on air.", ("station", "word"), announcements)
    sure = {name: report.confidence for name, report in reports.items() if report.confidence is not None}
    yield _gauge_by_station("genred_station_confidence", "Confidence, 0 to 1.", sure)
    levels = {name: report.level for name, report in reports.items() if report.level is not None}
    rms = {name: level.rms_dbfs for name, level in levels.items()}
    yield _gauge_by_station("genred_station_level_dbfs", "RMS level relative to full scale.", rms)
    peak = {name: level.peak_dbfs for name, level in levels.items()}
    yield _gauge_by_station("genred_station_peak_dbfs", "Peak level relative to full scale.", peak)
    loudness = {name: report.loudness_lufs for name, report in reports.items() if report.loudness_lufs is not None}
    yield _gauge_by_station("genred_station_loudness_lufs", "Loudness of the last three seconds (EBU R128).", loudness)


def of_connection(mqtt: ConnectionView) -> Iterator[Metric]:
    """How the broker is reached."""
    yield gauge("genred_mqtt_connected", "Whether the broker is connected.", (), [((), float(mqtt.connected))])
    yield gauge("genred_mqtt_queue_depth", "Messages waiting to be sent.", (), [((), float(mqtt.queue_depth))])
    yield counter("genred_mqtt_connects", "Connections made.", (), [((), float(mqtt.connects))])
    yield counter(
        "genred_mqtt_dropped_events", "Events dropped because the queue was full.", (), [((), float(mqtt.dropped))]
    )


def of_processes(processes: Iterable[ProcessProfile]) -> Iterator[Metric]:
    """What the processes take, and how often they were started again."""
    described = [((process.name,), process) for process in processes]
    measured = [(label, process.resident_bytes()) for label, process in described]
    resident = [(label, float(size)) for label, size in measured if size is not None]
    by_process = ("process",)
    yield gauge(
        "genred_process_resident_memory_bytes", "Resident memory, including shared pages.", by_process, resident
    )
    restarts = [(label, float(process.restarts)) for label, process in described]
    yield counter("genred_process_restarts", "Restarts after an unexpected exit.", by_process, restarts)
    stations = [(label, float(process.stations)) for label, process in described]
    yield gauge("genred_process_stations", "Stations in the process.", by_process, stations)


def gauge(
    name: str, description: str, labels: tuple[str, ...], samples: Iterable[tuple[tuple[str, ...], float]]
) -> GaugeMetricFamily:
    """One family of values that go up and down."""
    family = GaugeMetricFamily(name, description, labels=labels)
    for label_values, value in samples:
        family.add_metric(label_values, value)
    return family


def counter(
    name: str, description: str, labels: tuple[str, ...], samples: Iterable[tuple[tuple[str, ...], float]]
) -> CounterMetricFamily:
    """One family of counts; its name is given without `_total`."""
    family = CounterMetricFamily(name, description, labels=labels)
    for label_values, value in samples:
        family.add_metric(label_values, value)
    return family


def _gauge_by_station(name: str, description: str, values: Mapping[str, float]) -> GaugeMetricFamily:
    return gauge(name, description, _BY_STATION, (((station,), float(value)) for station, value in values.items()))
