"""Every word that is published, without a broker."""

from __future__ import annotations

import dataclasses
import json
from datetime import UTC, datetime, timedelta, timezone
from typing import TYPE_CHECKING, Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from genred.analysis.estimate import State
from genred.analysis.signal_faults import SignalFault
from genred.cause import Cause
from genred.clock import Moment
from genred.events import (
    ClippingEnded,
    ClippingStarted,
    ConnectionState,
    ExpectationBroken,
    ExpectationFigure,
    ExpectationMet,
    Gap,
    MetReason,
    RecordingGap,
    SignalFaultEnded,
    SignalFaultStarted,
    SilenceEnded,
    SilenceStarted,
    SourceLost,
    SourceRecovered,
    StationSwitched,
    TitleChanged,
)
from genred.outputs.mqtt.change_detection import has_changed
from genred.payloads.event import event_payload
from genred.payloads.state import state_payload, timestamp
from tests.outputs.events import RUN, changed, connection, moment, recording_ended, recording_started, report, status

if TYPE_CHECKING:
    from genred.events import Event

START, END = "2026-11-22T12:00:01.250Z", "2026-11-22T12:00:04.000Z"


def said(event: Event) -> dict[str, Any]:
    payload = msgspec.json.encode(event_payload(event, node="attic"))
    content: dict[str, Any] = json.loads(payload)
    assert content.pop("schema") == 1
    assert content.pop("node") == "attic"
    assert content.pop("station") == "kitchen"
    assert content.pop("run") == RUN
    return content


@pytest.mark.parametrize(
    ("event", "expected"),
    [
        (
            SilenceStarted(station="kitchen", at=moment(1), level_dbfs=-71.26),
            {"at": START, "event": "silence_started", "level_dbfs": -71.3, "digital": False},
        ),
        (
            SilenceStarted(station="kitchen", at=moment(1), level_dbfs=-120.0, digital=True),
            {"at": START, "event": "silence_started", "level_dbfs": -120.0, "digital": True},
        ),
        (
            SilenceEnded(station="kitchen", at=moment(3.75), started_at=moment(1), level_dbfs=-20.0),
            {"at": END, "event": "silence_ended", "started_at": START, "duration_s": 2.75, "level_dbfs": -20.0},
        ),
        (
            ClippingStarted(station="kitchen", at=moment(1), clipped_share=0.01234),
            {"at": START, "event": "clipping_started", "clipped_share": 0.012},
        ),
        (
            ClippingEnded(station="kitchen", at=moment(3.75), started_at=moment(1)),
            {"at": END, "event": "clipping_ended", "started_at": START, "duration_s": 2.75},
        ),
        (
            SignalFaultStarted(
                station="kitchen", at=moment(1), fault=SignalFault.INVERTED_CHANNEL, channel=1, value=-0.98765
            ),
            {"at": START, "event": "signal_fault_started", "fault": "inverted_channel", "channel": 1, "value": -0.988},
        ),
        (
            SignalFaultEnded(station="kitchen", at=moment(3.75), started_at=moment(1), fault=SignalFault.DC_OFFSET),
            {
                "at": END,
                "event": "signal_fault_ended",
                "fault": "dc_offset",
                "started_at": START,
                "duration_s": 2.75,
            },
        ),
        (
            TitleChanged(station="kitchen", at=moment(1), title="A - B", artist="A", song="B", previous=None),
            {"at": START, "event": "title_changed", "previous": None, "title": "A - B", "artist": "A", "song": "B"},
        ),
        (
            TitleChanged(station="kitchen", at=moment(1), title=None, artist=None, song=None, previous="A - B"),
            {"at": START, "event": "title_changed", "previous": "A - B", "title": None, "artist": None, "song": None},
        ),
        (
            SourceLost(station="kitchen", at=moment(1), cause=Cause("http_404"), message="not found"),
            {"at": START, "event": "source_lost", "cause": "http_404", "message": "not found"},
        ),
        (
            SourceRecovered(station="kitchen", at=moment(3.75), lost_at=moment(1), cause=Cause("http_404"), attempts=3),
            {
                "at": END,
                "event": "source_recovered",
                "lost_at": START,
                "duration_s": 2.75,
                "cause": "http_404",
                "attempts": 3,
            },
        ),
        (
            Gap(station="kitchen", at=moment(3.75), started_at=moment(1), cause=Cause.STALLED),
            {"at": END, "event": "gap", "started_at": START, "duration_s": 2.75, "cause": "stalled"},
        ),
        (
            StationSwitched(station="kitchen", at=moment(1), enabled=False),
            {"at": START, "event": "station_switched", "enabled": False},
        ),
        (
            ExpectationBroken(
                station="kitchen",
                at=moment(1),
                expectation="share_jazz",
                description="at least 70 % jazz over 1 h",
                figures=(ExpectationFigure(of="jazz", measured=0.61236, expected=0.7, unit="share"),),
                answered_s=1_800.04,
            ),
            {
                "at": START,
                "event": "expectation_broken",
                "expectation": "share_jazz",
                "description": "at least 70 % jazz over 1 h",
                "figures": [{"of": "jazz", "measured": 0.612, "expected": 0.7, "unit": "share"}],
                "answered_s": 1_800.0,
            },
        ),
        (
            ExpectationMet(
                station="kitchen",
                at=moment(3.75),
                started_at=moment(1),
                expectation="silence",
                description="no silence for more than 20 s",
                figures=(ExpectationFigure(of="silence", measured=0.04, expected=20, unit="seconds"),),
                answered_s=20.0,
                reason=MetReason.SPAN_OVER,
            ),
            {
                "at": END,
                "event": "expectation_met",
                "expectation": "silence",
                "description": "no silence for more than 20 s",
                "figures": [{"of": "silence", "measured": 0.0, "expected": 20.0, "unit": "seconds"}],
                "answered_s": 20.0,
                "reason": "span_over",
                "started_at": START,
                "duration_s": 2.75,
            },
        ),
        (
            changed("jazz", 1),
            {
                "at": START,
                "event": "genre_changed",
                "previous": None,
                "previous_since": None,
                "word": "jazz",
                "confidence": 0.9,
            },
        ),
        (
            recording_started(1),
            {
                "at": START,
                "event": "recording_started",
                "file": "kitchen/2026-11-22/12-00-10Z.mka",
                "codec": "mp3",
                "rate_hz": 44_100,
                "channels": 2,
                "copied": True,
            },
        ),
        (
            recording_ended(1, Cause.DISK_FULL),
            {
                "at": START,
                "event": "recording_ended",
                "file": "kitchen/2026-11-22/12-00-10Z.mka",
                "duration_s": 10.123,
                "size_bytes": 160_000,
                "cause": "disk_full",
            },
        ),
        (
            RecordingGap(station="kitchen", at=moment(3.75), started_at=moment(1), cause=Cause.DISK_FULL),
            {"at": END, "event": "recording_gap", "started_at": START, "duration_s": 2.75, "cause": "disk_full"},
        ),
    ],
    ids=lambda value: type(value).__name__,
)
def test_event_is_published_as_documented(event: Event, expected: dict[str, Any]) -> None:
    assert said(event) == expected


@pytest.mark.parametrize("event", [report(), status()], ids=["report", "status"])
def test_what_is_state_is_no_event(event: Event) -> None:
    assert event_payload(event, node="attic") is None


@pytest.mark.parametrize("stepped_s", [3_600.0, -3_600.0])
def test_step_of_the_wall_clock_changes_no_duration(stepped_s: float) -> None:
    began, ended = moment(1), moment(3.75, stepped_s=stepped_s)
    for event in (
        Gap(station="kitchen", at=ended, started_at=began, cause=Cause.STALLED),
        SilenceEnded(station="kitchen", at=ended, started_at=began, level_dbfs=-20.0),
        ClippingEnded(station="kitchen", at=ended, started_at=began),
        SourceRecovered(station="kitchen", at=ended, lost_at=began, cause=Cause.STALLED, attempts=1),
    ):
        assert said(event)["duration_s"] == 2.75


def test_state_tells_how_the_station_stands_with_its_source() -> None:
    backing_off = connection(ConnectionState.BACKING_OFF, Cause("http_404"))
    content = msgspec.to_builtins(state_payload(report(), backing_off, node="attic", enabled=True, clipping=True))
    standing = {name: content[name] for name in ("connection", "cause", "retry_at", "run", "clipping")}
    assert standing == {
        "connection": "backing_off",
        "cause": "http_404",
        "retry_at": "2026-11-22T12:00:04.250Z",
        "run": RUN,
        "clipping": True,
    }


def test_state_names_the_expectations_that_are_broken() -> None:
    payload = state_payload(report(), connection(), node="attic", enabled=True, broken_expectations=("silence",))
    assert msgspec.to_builtins(payload)["broken_expectations"] == ("silence",)


def test_offline_station_has_no_numbers() -> None:
    payload = state_payload(
        report(state=State.OFFLINE), connection(ConnectionState.STOPPED), node="attic", enabled=False
    )
    assert (payload.genre, payload.confidence, payload.level_dbfs, payload.peak_dbfs) == (None, None, None, None)
    assert payload.probabilities == {}
    assert not payload.enabled


def test_times_of_other_zones_are_published_in_utc() -> None:
    zone = timezone(timedelta(hours=5, minutes=30))
    elsewhere = dataclasses.replace(moment(0), utc=moment(0).utc.astimezone(zone))
    assert timestamp(elsewhere) == "2026-11-22T12:00:00.250Z"


@given(confidence=st.floats(0, 1), level=st.floats(-120, 0))
def test_state_is_always_valid_json_with_short_numbers(confidence: float, level: float) -> None:
    payload = msgspec.json.encode(
        state_payload(report(confidence=confidence, rms_dbfs=level), connection(), node="attic", enabled=True)
    )
    content = json.loads(payload)
    assert content["confidence"] == pytest.approx(confidence, abs=5e-4)
    assert content["level_dbfs"] == pytest.approx(level, abs=0.051)
    assert len(payload) < 700


def test_first_report_is_news() -> None:
    assert has_changed(None, report())


@pytest.mark.parametrize(
    "other",
    [
        report(genre="rock"),
        report(state=State.SILENCE),
        report(state=State.OFFLINE),
        report(title="Another"),
        report(title=None),
        report(since_s=4.1),
        report(confidence=0.74),
        report(rms_dbfs=-21.5),
    ],
)
def test_report_that_says_something_new_is_news(other: object) -> None:
    assert has_changed(report(), other)  # type: ignore[arg-type]


def test_flicker_and_counters_are_no_news() -> None:
    assert not has_changed(report(), report(confidence=0.83, rms_dbfs=-17.0, windows=500, at_s=100.0))
    offline = report(state=State.OFFLINE)
    assert not has_changed(offline, report(state=State.OFFLINE, windows=9, at_s=100.0))


def test_beginning_that_wanders_with_the_clock_is_no_news() -> None:
    for jitter_s in (-0.4, -0.000_001, 0.000_001, 0.000_7, 0.4):
        assert not has_changed(report(), report(since_s=3.0 + jitter_s, at_s=100.0))


@given(
    start=st.datetimes(timezones=st.just(UTC), max_value=datetime(9000, 1, 1)),  # noqa: DTZ001 - hypothesis adds it
    duration=st.timedeltas(min_value=timedelta(), max_value=timedelta(days=400)),
)
def test_times_are_rounded_and_agree_with_their_duration(start: datetime, duration: timedelta) -> None:
    began = Moment(1_000.0, start, RUN)
    ended = Moment(1_000.0 + duration.total_seconds(), start + duration, RUN)
    gap = said(Gap(station="kitchen", at=ended, started_at=began, cause=Cause.STALLED))
    ends = [datetime.fromisoformat(gap[key]) for key in ("started_at", "at")]
    assert (ends[1] - ends[0]).total_seconds() == pytest.approx(gap["duration_s"], abs=0.0011)
    assert abs(ends[0] - start) <= timedelta(microseconds=500)


def test_slow_drift_is_news_in_the_end() -> None:
    published = report(confidence=0.5)
    steps = [report(confidence=0.5 + 0.01 * step) for step in range(10)]
    assert [has_changed(published, step) for step in steps].index(True) == 5
