"""What the broker is shown of a station, and what of it has been published."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

from msgspec.structs import replace

from genred.analysis.estimate import State
from genred.events import (
    ConnectionState,
    ConnectionStatus,
    ExpectationBroken,
    ExpectationMet,
    RecordingEnded,
    RecordingStarted,
    StationReport,
    StationStatus,
)
from genred.outputs.mqtt.change_detection import has_changed

if TYPE_CHECKING:
    from genred.analysis.signal_faults import SignalFault
    from genred.cause import Cause
    from genred.clock import Moment
    from genred.events.profile import StationProfile


@dataclass(slots=True)
class PublishedStation:
    """A station as its topics show it.

    Attributes:
        profile: The constant part.
        enabled: Whether it is meant to listen.
        report: The newest one.
        clipping: Whether the input is overdriven.
        signal_faults: What is wrong with the channels.
        overloaded: Whether windows are given up, since the machine does not keep up.
        connection: How it stands with its source.
        broken_expectations: Ids of what is expected of it and broken, in the order in which it broke.
        is_recording: Whether its sound is being recorded.
        recording_cause: Why it is not, as far as known.
        published: The report last published, or None.
        published_at_s: When that was, on the monotonic scale.
    """

    profile: StationProfile
    enabled: bool
    report: StationReport
    connection: ConnectionStatus
    clipping: bool = False
    signal_faults: tuple[SignalFault, ...] = ()
    overloaded: bool = False
    broken_expectations: tuple[str, ...] = ()
    is_recording: bool = False
    recording_cause: Cause | None = None
    published: StationReport | None = None
    published_at_s: float = 0.0

    @classmethod
    def unreported(cls, profile: StationProfile, now: Moment) -> Self:
        """A station that has not spoken yet; it replaces what a killed daemon has left at the broker."""
        report = StationReport(
            station=profile.id,
            at=now,
            state=State.OFFLINE,
            genre=None,
            confidence=None,
            probabilities={},
            since=now,
            level=None,
            title=None,
            model=profile.model,
            windows=0,
            dropped_windows=0,
            reconnects=0,
        )
        return cls(profile, profile.enabled, report, ConnectionStatus(state=ConnectionState.STOPPED, since=now))

    @property
    def is_clipping(self) -> bool:
        """Whether the input is overdriven; an offline station has none."""
        return self.clipping and self.report.state is not State.OFFLINE

    @property
    def present_faults(self) -> tuple[SignalFault, ...]:
        """What is wrong with the channels; an offline station has none."""
        return () if self.report.state is State.OFFLINE else self.signal_faults

    def take(self, report: StationReport) -> bool:
        """Takes the newest report. Returns whether it must be published now."""
        must_publish = has_changed(self.published, report)
        if not must_publish and self.published is not None:
            # What has not changed reads the same in every heartbeat, too.
            report = replace(report, since=self.published.since)
        self.report = report
        return must_publish

    def take_status(self, status: StationStatus) -> bool:
        """Takes how the station stands. Returns whether that must be published now; counters alone need not be."""
        before = self._flags
        # Whether it is enabled comes as an event of its own, in order with those of whoever switched it.
        self.clipping, self.overloaded, self.connection = status.clipping, status.overloaded, status.connection
        self.signal_faults = status.signal_faults
        return before != self._flags

    @property
    def _flags(self) -> tuple[object, ...]:
        return self.clipping, self.signal_faults, self.overloaded, self.connection.state, self.connection.cause

    def take_expectation(self, event: ExpectationBroken | ExpectationMet) -> None:
        """Takes what is broken, or broken no longer."""
        others = tuple(name for name in self.broken_expectations if name != event.expectation)
        self.broken_expectations = (*others, event.expectation) if isinstance(event, ExpectationBroken) else others

    def take_recording(self, event: RecordingStarted | RecordingEnded) -> bool:
        """Takes that a file began or ended. Returns whether that must be published now: the next may just go on."""
        before = self.is_recording, self.recording_cause
        if isinstance(event, RecordingStarted):
            self.is_recording, self.recording_cause = True, None
        elif event.cause is not None:
            self.is_recording, self.recording_cause = False, event.cause
        return before != (self.is_recording, self.recording_cause)

    @property
    def recording(self) -> bool | None:
        """Whether its sound is being recorded; None where it is not meant to be."""
        return self.is_recording if self.profile.is_recorded else None

    def go_offline(self, now: Moment) -> bool:
        """Makes it offline, without numbers. Returns whether it was not so before."""
        if self.report.state is State.OFFLINE:
            return False
        self.report = self.report.off_air(now)
        return True
