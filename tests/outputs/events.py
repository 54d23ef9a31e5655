"""Made-up words of made-up stations."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from genred.analysis.estimate import Level, State
from genred.clock import Moment
from genred.config.schema import Config, HomeAssistantConfig, MqttConfig, StationConfig, StreamSource
from genred.events import (
    AnnouncementChanged,
    ConnectionState,
    ConnectionStatus,
    ExpectationBroken,
    ExpectationFigure,
    ExpectationMet,
    ExpectationProfile,
    RecordingEnded,
    RecordingStarted,
    StationCounters,
    StationProfile,
    StationReport,
    StationStatus,
)

if TYPE_CHECKING:
    from genred.analysis.signal_faults import SignalFault
    from genred.cause import Cause

LABELS = ("classical", "jazz", "rock")
NOON = datetime(2026, 11, 22, 12, 0, 0, 250_000, tzinfo=UTC)
NOON_S = 1_000.0
RUN = "a1b2c3d4"


def moment(seconds: float, *, stepped_s: float = 0.0) -> Moment:
    """So many seconds after noon, the wall clock having been stepped by some more."""
    return Moment(NOON_S + seconds, NOON + timedelta(seconds=seconds + stepped_s), RUN)


def profile(
    station: str = "kitchen",
    *,
    enabled: bool = True,
    expectations: tuple[ExpectationProfile, ...] = (),
    measures_loudness: bool = False,
    is_recorded: bool = False,
) -> StationProfile:
    return StationProfile(
        id=station,
        name=station.title(),
        labels=LABELS,
        model="default",
        source_label="http://radio.example/",
        enabled=enabled,
        expectations=expectations,
        measures_loudness=measures_loudness,
        is_recorded=is_recorded,
    )


def broken(expectation: str = "not_metal", at_s: float = 10.0, *, station: str = "kitchen") -> ExpectationBroken:
    return ExpectationBroken(
        station=station,
        at=moment(at_s),
        expectation=expectation,
        description="no metal for 5 min",
        figures=(ExpectationFigure(of="metal", measured=300.5, expected=300.0, unit="seconds"),),
        answered_s=300.5,
    )


def met(
    expectation: str = "not_metal", at_s: float = 70.0, *, started_s: float = 10.0, station: str = "kitchen"
) -> ExpectationMet:
    return ExpectationMet(
        station=station,
        at=moment(at_s),
        started_at=moment(started_s),
        expectation=expectation,
        description="no metal for 5 min",
        figures=(),
        answered_s=30.0,
    )


def config(port: int = 1_883, *, stations: tuple[str, ...] = ("kitchen",), discovery: bool = False) -> Config:
    return Config(
        stations={station: StationConfig(source=StreamSource(url="http://radio.example/")) for station in stations},
        mqtt=MqttConfig(broker=f"127.0.0.1:{port}"),
        homeassistant=HomeAssistantConfig(enabled=discovery),
    )


def report(
    station: str = "kitchen",
    genre: str | None = "jazz",
    state: State = State.MUSIC,
    *,
    at_s: float = 5.0,
    since_s: float = 3.0,
    confidence: float = 0.8,
    rms_dbfs: float = -18.26,
    title: str | None = "Bill Evans - Waltz for Debby",
    windows: int = 7,
) -> StationReport:
    offline = state is State.OFFLINE
    rest = (1.0 - confidence) / (len(LABELS) - 1)
    probabilities = {label: confidence if label == (genre or LABELS[0]) else rest for label in LABELS}
    return StationReport(
        station=station,
        at=moment(at_s),
        state=state,
        genre=genre if state is State.MUSIC else None,
        confidence=None if offline else confidence,
        probabilities={} if offline else probabilities,
        since=moment(since_s),
        level=None if offline else Level(rms_dbfs=rms_dbfs, peak_dbfs=-3.04, clipped_share=0.0),
        title=title,
        model="default",
        loudness_lufs=None if offline else -16.42,
        windows=windows,
        dropped_windows=2,
        reconnects=1,
    )


def changed(
    announcement: str,
    at_s: float,
    *,
    station: str = "kitchen",
    previous: str | None = None,
    confidence: float = 0.9,
) -> AnnouncementChanged:
    return AnnouncementChanged(
        station=station,
        at=moment(at_s),
        previous=previous,
        previous_since=None if previous is None else moment(0),
        announcement=announcement,
        confidence=confidence,
    )


def connection(
    state: ConnectionState = ConnectionState.STREAMING, cause: Cause | None = None, *, since_s: float = 0.0
) -> ConnectionStatus:
    backing_off = state is ConnectionState.BACKING_OFF
    return ConnectionStatus(
        state=state, since=moment(since_s), cause=cause, retry_at=moment(since_s + 4.0) if backing_off else None
    )


def status(
    station: str = "kitchen",
    state: ConnectionState = ConnectionState.STREAMING,
    cause: Cause | None = None,
    *,
    at_s: float = 5.0,
    enabled: bool = True,
    clipping: bool = False,
    signal_faults: tuple[SignalFault, ...] = (),
    counters: StationCounters | None = None,
) -> StationStatus:
    return StationStatus(
        station=station,
        at=moment(at_s),
        enabled=enabled,
        connection=connection(state, cause, since_s=at_s),
        clipping=clipping,
        signal_faults=signal_faults,
        bytes_per_s=16_000.0,
        counters=counters or StationCounters(windows=7, dropped_windows=2, reconnects=1),
    )


def recording_started(at_s: float = 10.0, *, station: str = "kitchen") -> RecordingStarted:
    return RecordingStarted(
        station=station,
        at=moment(at_s),
        folder="/recordings",
        file=f"{station}/2026-11-22/12-00-10Z.mka",
        codec="mp3",
        rate_hz=44_100,
        channels=2,
        copied=True,
    )


def recording_ended(at_s: float = 20.0, cause: Cause | None = None, *, station: str = "kitchen") -> RecordingEnded:
    return RecordingEnded(
        station=station,
        at=moment(at_s),
        file=f"{station}/2026-11-22/12-00-10Z.mka",
        media_s=10.12345,
        size_bytes=160_000,
        cause=cause,
    )
