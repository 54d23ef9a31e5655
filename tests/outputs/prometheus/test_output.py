"""The page that Prometheus reads, read as Prometheus does."""

from __future__ import annotations

import os
import socket
import urllib.request
from dataclasses import dataclass
from types import SimpleNamespace
from typing import TYPE_CHECKING

import pytest
from prometheus_client.parser import text_string_to_metric_families

from genred.analysis.estimate import State
from genred.cause import Cause
from genred.config.schema import MetricsConfig
from genred.errors import OutputError
from genred.events import (
    ConnectionState,
    ExpectationProfile,
    Gap,
    RecordingGap,
    SourceLost,
    SourceRecovered,
    StationCounters,
    StationSwitched,
)
from genred.events.process import ProcessProfile
from genred.outputs.prometheus.output import MetricsOutput
from tests.outputs.events import (
    broken,
    config,
    met,
    moment,
    profile,
    recording_ended,
    recording_started,
    report,
    status,
)
from tests.outputs.mqtt.mosquitto import free_port
from tests.patience import PATIENCE_S

if TYPE_CHECKING:
    from collections.abc import Iterator


@dataclass
class Connection:
    connected: bool = True
    connects: int = 2
    queue_depth: int = 5
    dropped: int = 9


@pytest.fixture
def metrics() -> Iterator[MetricsOutput]:
    output = make(free_port())
    output.start()
    yield output
    output.close()


def make(port: int) -> MetricsOutput:
    settings = config()
    return MetricsOutput(
        type(settings)(stations=settings.stations, metrics=MetricsConfig(enabled=True, port=port)),
        [profile("kitchen"), profile("attic", enabled=False)],
        Connection(),
        lambda: [
            ProcessProfile("daemon", os.getpid(), restarts=0, stations=0),
            ProcessProfile("shard 0", None, restarts=3, stations=2),
        ],
    )


def scrape(metrics: MetricsOutput) -> dict[tuple[str, ...], float]:
    """Every sample by its name and label values."""
    with urllib.request.urlopen(f"http://127.0.0.1:{metrics.port}/metrics", timeout=PATIENCE_S) as page:
        families = text_string_to_metric_families(page.read().decode())
        samples = [sample for family in families for sample in family.samples]
    # The page has the labels in the order of the alphabet; here the station comes first.
    return {
        (sample.name, *(value for _, value in sorted(sample.labels.items(), key=lambda item: item[0] != "station"))): (
            sample.value
        )
        for sample in samples
    }


def test_what_stations_say_and_count_is_on_the_page(metrics: MetricsOutput) -> None:
    metrics.handle(report("kitchen", windows=7))
    metrics.handle(report("attic", state=State.OFFLINE))
    metrics.handle(
        status(
            "kitchen",
            counters=StationCounters(
                analysed_s=90.5,
                unanalysed_s=2.5,
                inference_s=0.25,
                windows=7,
                dropped_windows=2,
                reconnects=1,
                received_bytes=4_000,
                corrupt_packets=1,
                overflows=3,
                faults=6,
            ),
        )
    )
    metrics.handle(SourceLost(station="kitchen", at=moment(1), cause=Cause.STALLED, message=""))
    metrics.handle(SourceRecovered(station="kitchen", at=moment(4), lost_at=moment(1), cause=Cause.STALLED, attempts=1))
    metrics.handle(Gap(station="kitchen", at=moment(4), started_at=moment(1.5), cause=Cause.STALLED))
    values = scrape(metrics)
    expected = {
        ("genred_windows_total", "kitchen"): 7,
        ("genred_windows_dropped_total", "kitchen"): 2,
        ("genred_inference_seconds_total", "kitchen"): 0.25,
        ("genred_analysed_seconds_total", "kitchen"): 90.5,
        ("genred_source_losses_total", "kitchen", "stalled"): 1,
        ("genred_source_reconnects_total", "kitchen", "stalled"): 1,
        ("genred_gap_seconds_total", "kitchen", "stalled"): 2.5,
        ("genred_source_overflows_total", "kitchen"): 3,
        ("genred_source_corrupt_packets_total", "kitchen"): 1,
        ("genred_source_received_bytes_total", "kitchen"): 4_000,
        ("genred_station_faults_total", "kitchen"): 6,
        ("genred_station_connection", "kitchen", "streaming"): 1,
        ("genred_station_connection", "kitchen", "stalled"): 0,
        ("genred_station_up", "kitchen"): 1,
        ("genred_station_up", "attic"): 0,
        ("genred_station_enabled", "attic"): 0,
        ("genred_station_state", "kitchen", "music"): 1,
        ("genred_station_state", "kitchen", "silence"): 0,
        ("genred_station_word", "kitchen", "jazz"): 1,
        ("genred_station_confidence", "kitchen"): 0.8,
        ("genred_station_level_dbfs", "kitchen"): -18.26,
        ("genred_station_loudness_lufs", "kitchen"): -16.42,
        ("genred_process_stations", "daemon"): 0,
        ("genred_process_stations", "shard 0"): 2,
        ("genred_process_restarts_total", "shard 0"): 3,
        ("genred_mqtt_connected",): 1,
        ("genred_mqtt_connects_total",): 2,
        ("genred_mqtt_queue_depth",): 5,
        ("genred_mqtt_dropped_events_total",): 9,
    }
    assert {key: values.get(key) for key in expected} == expected
    assert values["genred_last_window_age_seconds", "kitchen"] >= 0
    assert ("genred_station_confidence", "attic") not in values
    own_bytes = values[("process_resident_memory_bytes",)]
    assert values["genred_process_resident_memory_bytes", "daemon"] == pytest.approx(own_bytes, rel=0.1)
    # Between two starts it has no memory.
    assert ("genred_process_resident_memory_bytes", "shard 0") not in values


def test_age_of_the_last_window_grows_while_only_reports_without_windows_come(
    metrics: MetricsOutput, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = SimpleNamespace(s=100.0)
    monkeypatch.setattr("genred.outputs.prometheus.output.time", SimpleNamespace(monotonic=lambda: now.s))
    ages = []
    for windows, state in ((7, State.MUSIC), (7, State.OFFLINE), (8, State.MUSIC)):
        metrics.handle(report("kitchen", state=state, windows=windows))
        now.s += 5.0
        ages.append(scrape(metrics)["genred_last_window_age_seconds", "kitchen"])
    assert ages == [5.0, 10.0, 5.0]


def test_station_that_a_reload_has_removed_does_not_come_back_with_its_last_events(metrics: MetricsOutput) -> None:
    metrics.update([profile("kitchen")])
    for event in (report("attic"), status("attic"), report("kitchen")):
        metrics.handle(event)
    stations = {key[1] for key in scrape(metrics) if len(key) > 1}
    assert "attic" not in stations
    assert "kitchen" in stations


def test_station_that_a_reload_has_removed_is_off_the_page(metrics: MetricsOutput) -> None:
    for event in (report("kitchen"), status("kitchen"), report("attic"), status("attic")):
        metrics.handle(event)
    metrics.update([profile("kitchen")])
    stations = {value for key in scrape(metrics) for value in key[1:] if value in {"kitchen", "attic"}}
    assert stations == {"kitchen"}


def test_switch_and_connection_are_on_the_page_at_once(metrics: MetricsOutput) -> None:
    metrics.handle(StationSwitched(station="attic", at=moment(1), enabled=True))
    metrics.handle(status("attic", ConnectionState.BACKING_OFF, Cause("http_404")))
    values = scrape(metrics)
    assert values["genred_station_enabled", "attic"] == 1
    assert values["genred_station_connection", "attic", "backing_off"] == 1


def test_page_is_served_on_loopback_only(metrics: MetricsOutput) -> None:
    with pytest.raises(OSError, match="refused"):
        socket.create_connection(("127.0.0.2", metrics.port), timeout=PATIENCE_S)


def test_taken_port_is_said_with_what_to_do() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        output = make(taken.getsockname()[1])
        with pytest.raises(OutputError, match=r"metrics: 127\.0\.0\.1:\d+ cannot be used"):
            output.start()


def test_port_is_free_again_after_close() -> None:
    port = free_port()
    for _ in range(2):
        output = make(port)
        output.start()
        assert scrape(output)
        output.close()


def test_expectations_are_on_the_page_before_one_is_broken(metrics: MetricsOutput) -> None:
    expected = (ExpectationProfile("not_metal", "no metal"), ExpectationProfile("silence", "no silence"))
    metrics.update([profile("kitchen", expectations=expected)])
    broken_now, breaks = ("genred_expectation_broken", "kitchen"), ("genred_expectation_breaks_total", "kitchen")
    assert (scrape(metrics)[*broken_now, "not_metal"], scrape(metrics)[*broken_now, "silence"]) == (0, 0)
    metrics.handle(broken("not_metal"))
    page = scrape(metrics)
    assert (page[*broken_now, "not_metal"], page[*broken_now, "silence"], page[*breaks, "not_metal"]) == (1, 0, 1)
    metrics.update([profile("kitchen", expectations=expected[:1])])
    assert scrape(metrics)[*broken_now, "not_metal"] == 1
    assert (*broken_now, "silence") not in scrape(metrics)
    metrics.handle(met("not_metal"))
    assert scrape(metrics)[*broken_now, "not_metal"] == 0
    assert scrape(metrics)[*breaks, "not_metal"] == 1


def test_whether_a_station_is_recorded_is_told_of_those_that_are_meant_to_be(metrics: MetricsOutput) -> None:
    metrics.update([profile("kitchen", is_recorded=True), profile("attic")])
    assert scrape(metrics)["genred_station_recording", "kitchen"] == 0
    metrics.handle(recording_started())
    metrics.handle(recording_ended())
    assert scrape(metrics)["genred_station_recording", "kitchen"] == 1
    metrics.handle(recording_ended(cause=Cause.DISK_FULL))
    metrics.handle(RecordingGap(station="kitchen", at=moment(40), started_at=moment(20), cause=Cause.DISK_FULL))
    values = scrape(metrics)
    assert values["genred_station_recording", "kitchen"] == 0
    assert values["genred_recording_gap_seconds_total", "kitchen", "disk_full"] == 20
    assert ("genred_station_recording", "attic") not in values
