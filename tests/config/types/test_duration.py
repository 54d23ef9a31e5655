"""A duration is a number of seconds or a text with units."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from genred.config.annotations import KeepaliveSeconds, Seconds
from genred.config.read import parse_config
from genred.config.types.duration import parse_duration
from genred.config.types.value import value_type
from genred.errors import ConfigError


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("15s", 15.0),
        ("250ms", 0.25),
        ("5m", 300.0),
        ("2h", 7_200.0),
        ("42d", 3_628_800.0),
        ("1h30m", 5_400.0),
        ("1d12h30m15s250ms", 131_415.25),
        ("1.5h", 5_400.0),
        ("2.3s", 2.3),
        ("0s", 0.0),
    ],
)
def test_units_are_read(text: str, seconds: float) -> None:
    assert parse_duration(text) == seconds


@pytest.mark.parametrize(
    "text", ["", "15", "s", "15 s", "30m1h", "1h1h", "-5s", "5S", "5s ", "5s\n", "1e3s", "٣s", ".5s"]
)
def test_what_is_no_duration_is_none(text: str) -> None:
    assert parse_duration(text) is None


@given(st.integers(0, 365), st.integers(0, 23), st.integers(0, 59), st.integers(0, 59), st.integers(0, 999))
def test_the_parts_of_a_duration_are_added(days: int, hours: int, minutes: int, seconds: int, ms: int) -> None:
    expected = (((days * 24 + hours) * 60 + minutes) * 60 + seconds) * 1_000 + ms
    assert parse_duration(f"{days}d{hours}h{minutes}m{seconds}s{ms}ms") == expected / 1_000


@pytest.mark.parametrize("value", [15, 15.0, "15s", "15000ms", "0.25m"])
def test_a_field_holds_seconds_however_they_are_written(value: object) -> None:
    seconds = value_type(Seconds).read(value, None)
    assert type(seconds) is float
    assert seconds == 15.0


def test_a_field_of_whole_seconds_holds_an_int() -> None:
    keepalive_s = value_type(KeepaliveSeconds).read("1m", None)
    assert type(keepalive_s) is int
    assert keepalive_s == 60
    with pytest.raises(ConfigError, match="must be a whole number, found '7500ms'"):
        value_type(KeepaliveSeconds).read("7500ms", None)


@pytest.mark.parametrize("value", ["0s", "8d", "often", 0, 700_000, True, float("nan"), 10**400, "9" * 400 + "d"])
def test_bounds_hold_for_numbers_and_for_texts(value: object) -> None:
    with pytest.raises(ConfigError, match="must be seconds, more than 0 and at most a week"):
        value_type(Seconds).read(value, None)


def test_a_configuration_takes_durations_with_units() -> None:
    station = parse_config(
        "stations: {a: {source: {url: 'http://host', stall_timeout_s: 250ms}, retry: {longest_wait_s: 1h30m}}}\n"
        "analysis: {step_s: 500ms, smoothing: {dwell_s: 2m}}\n"
        "mqtt: {keepalive_s: 1m, heartbeat_s: '5m'}"
    )
    assert station.stations["a"].source.stall_timeout_s == 0.25  # type: ignore[union-attr]
    assert station.stations["a"].retry.longest_wait_s == 5_400
    assert (station.analysis.step_s, station.analysis.smoothing.dwell_s) == (0.5, 120)
    assert (station.mqtt.keepalive_s, station.mqtt.heartbeat_s) == (60, 300)


def test_a_long_text_is_refused_at_once() -> None:
    started_s = time.process_time()
    for text in ("1" * 1_000_000, "1" * 1_000_000 + "x", "1d" * 500_000, "1." * 500_000):
        assert parse_duration(text) is None
    assert time.process_time() - started_s < 5
