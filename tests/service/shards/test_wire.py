"""What goes into the pipe comes out of it."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from genred.analysis.estimate import Level, State
from genred.analysis.signal_faults import SignalFault
from genred.audio import SourceInfo
from genred.audio.loudness import LoudnessReading
from genred.cause import Cause
from genred.clock import Moment
from genred.config.schema import (
    AnalysisConfig,
    CommandSource,
    FileSource,
    PipeSource,
    RetryConfig,
    SmoothingConfig,
    SoundcardSource,
    SourceConfig,
    StreamSource,
)
from genred.events import (
    AnnouncementChanged,
    ClippingEnded,
    ClippingStarted,
    ConnectionState,
    ConnectionStatus,
    Event,
    ExpectationBroken,
    ExpectationFigure,
    ExpectationMet,
    Gap,
    LoudnessMeasured,
    MetReason,
    RecordingEnded,
    RecordingGap,
    RecordingProgress,
    RecordingStarted,
    SignalFaultEnded,
    SignalFaultStarted,
    SilenceEnded,
    SilenceStarted,
    SourceLost,
    SourceRecovered,
    StationCounters,
    StationReport,
    StationStatus,
    StationSwitched,
    TitleChanged,
)
from genred.service.shards import wire

if TYPE_CHECKING:
    from genred.analysis.bundle import ModelBundle

AT = Moment(12.25, datetime(2026, 1, 1, 12, 0, 0, 123456, tzinfo=UTC), "a run")
LATER = Moment(15.0, datetime(2025, 12, 31, tzinfo=UTC), "a run")

EVENTS: list[Event] = [
    StationReport(
        station="a",
        at=AT,
        state=State.MUSIC,
        genre="jazz",
        confidence=0.1,
        probabilities={"jazz": 1 / 3, "rock": 2 / 3},
        since=AT,
        level=Level(-12.5, float("-inf"), 0.0),
        title="Ünïcödé \N{MUSICAL SYMBOL G CLEF}",
        model="m",
        windows=2**40,
        dropped_windows=0,
        reconnects=3,
    ),
    StationStatus(
        station="a",
        at=AT,
        enabled=True,
        overloaded=True,
        connection=ConnectionStatus(
            state=ConnectionState.BACKING_OFF,
            since=AT,
            cause=Cause.for_http_status(404),
            last_error="gone",
            retry_at=LATER,
            attempts=2,
            source=SourceInfo("mp3", 44_100, 2, 128_000, "A name", None),
        ),
        clipping=False,
        signal_faults=(SignalFault.INVERTED_CHANNEL, SignalFault.DC_OFFSET),
        bytes_per_s=16_000.5,
        counters=StationCounters(windows=7, analysed_s=0.1),
    ),
    AnnouncementChanged(station="a", at=LATER, previous=None, previous_since=None, announcement="jazz", confidence=0.5),
    StationSwitched(station="a", at=AT, enabled=False),
    SilenceStarted(station="a", at=AT, level_dbfs=-120.0, digital=True),
    SilenceEnded(station="a", at=LATER, started_at=AT, level_dbfs=-20.0),
    ClippingStarted(station="a", at=AT, clipped_share=0.25),
    ClippingEnded(station="a", at=LATER, started_at=AT),
    SignalFaultStarted(station="a", at=AT, fault=SignalFault.DEAD_CHANNEL, channel=2, value=-120.0),
    SignalFaultEnded(station="a", at=LATER, started_at=AT, fault=SignalFault.DEAD_CHANNEL),
    TitleChanged(station="a", at=AT, title="X - Y", artist="X", song="Y", previous=None),
    SourceLost(station="a", at=AT, cause=Cause.DNS, message="no such name"),
    SourceRecovered(station="a", at=LATER, lost_at=AT, cause=Cause.DNS, attempts=1),
    Gap(station="a", at=LATER, started_at=AT, cause=Cause.OVERRUN),
    ExpectationBroken(
        station="a",
        at=AT,
        expectation="not_metal",
        description="no metal for 5 min",
        figures=(ExpectationFigure(of="metal", measured=300.5, expected=300.0, unit="seconds"),),
        answered_s=300.5,
    ),
    ExpectationMet(
        station="a",
        at=LATER,
        started_at=AT,
        expectation="not_metal",
        description="no metal for 5 min",
        figures=(),
        answered_s=30.0,
        reason=MetReason.SWITCHED_OFF,
    ),
    RecordingStarted(
        station="a",
        at=AT,
        folder="/r",
        file="a/2026-01-01/12-00-00Z.mka",
        codec="mp3",
        rate_hz=44_100,
        channels=2,
        copied=True,
    ),
    RecordingProgress(station="a", at=AT, file="a/2026-01-01/12-00-00Z.mka", media_s=10.25, size_bytes=2**40),
    RecordingEnded(station="a", at=AT, file="a/2026-01-01/12-00-00Z.mka", media_s=10.25, size_bytes=9, cause=None),
    LoudnessMeasured(
        station="a",
        at=AT,
        readings=(LoudnessReading(None, None, -120.0), LoudnessReading(-23.0, -22.5, -1.0)),
    ),
    RecordingGap(station="a", at=LATER, started_at=AT, cause=Cause.DISK_FULL),
]


@pytest.mark.parametrize("event", EVENTS, ids=lambda event: type(event).__name__)
def test_an_event_comes_out_as_it_went_in(event: Event) -> None:
    answer = wire.decode_answer(wire.encode(wire.Published(event)))
    assert answer == wire.Published(event)
    assert repr(answer) == repr(wire.Published(event))


def test_every_kind_of_event_is_tried_here() -> None:
    assert {type(event) for event in EVENTS} == set(Event.__args__)


@pytest.mark.parametrize(
    "source",
    [
        StreamSource(url="https://user:secret@host/stream", user_agent="x"),
        SoundcardSource(soundcard=3),
        SoundcardSource(rate_hz=48_000),
        FileSource(file="/x", pace="fast", loop=True),
        CommandSource(command=("rtl_fm", "-f", "97.1M")),
        PipeSource(rate_hz=44_100),
    ],
    ids=lambda source: type(source).__name__,
)
def test_a_station_is_made_as_it_is_configured(source: SourceConfig) -> None:
    made = wire.MakeStation(
        "a",
        1,
        **wire.pack_source(source),
        model="hash",
        analysis=AnalysisConfig(smoothing=SmoothingConfig(hold_s=9.0)),
        retry=RetryConfig(first_wait_s=0.5),
        enabled=False,
    )
    arrived = wire.decode_command(wire.encode(made))
    assert isinstance(arrived, wire.MakeStation)
    assert wire.unpack_source(arrived) == source
    assert (arrived.analysis, arrived.retry, arrived.enabled) == (made.analysis, made.retry, made.enabled)


def test_a_model_arrives_whole(tiny_bundle: ModelBundle) -> None:
    model = wire.TakeModel(tiny_bundle.card, tiny_bundle.tflite, str(tiny_bundle.path))
    assert wire.decode_command(wire.encode(model)) == model


def test_answers_without_an_event_arrive() -> None:
    for answer in (wire.Pulse(), wire.StationsEnded(["a", "b"])):
        assert wire.decode_answer(wire.encode(answer)) == answer
