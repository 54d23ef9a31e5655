"""One life of a station over several processes: what each says for itself, joined where one ended and the next began.

Whoever takes the events of a station need not know that it has a process that may be killed: counters never fall, a
change of the announcement names the one before, an outage has two ends, and the gap reaches from what was last
accounted for to what is accounted for again.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec.structs import fields, replace

from genred.analysis.estimate import State
from genred.cause import Cause
from genred.events import (
    AnnouncementChanged,
    ConnectionState,
    ConnectionStatus,
    Gap,
    SourceLost,
    SourceRecovered,
    StationCounters,
    StationReport,
    StationStatus,
    StationSwitched,
)
from genred.service.shards.open_spans import OpenSpans

if TYPE_CHECKING:
    from collections.abc import Iterator

    from genred.clock import Clock, Moment
    from genred.events import Event

_MEANT_TO_PLAY = frozenset(
    {
        ConnectionState.CONNECTING,
        ConnectionState.STREAMING,
        ConnectionState.STALLED,
        ConnectionState.BACKING_OFF,
    }
)


class Continuation:
    """Follows the events of one station, and makes those of its next process go on where the last one ended.

    Args:
        station: The station's id.
        live: Whether its time is accounted for; a file that is read as fast as possible has no gaps.
        clock: For the times of what is said in place of a process that has ended.
    """

    def __init__(self, station: str, *, live: bool, clock: Clock) -> None:
        self._station = station
        self._live = live
        self._clock = clock
        self._status: StationStatus | None = None
        self._report: StationReport | None = None
        self._announced: AnnouncementChanged | None = None
        self._spans = OpenSpans(station)
        self._lost: SourceLost | None = None
        # Of the processes before the present one.
        self._before = StationCounters()
        # Where the account of the present process began, its gaps, and how far windows and gaps of all have come.
        self._account_from: Moment | None = None
        self._gaps_s = 0.0
        self._accounted_until = clock.moment(clock.monotonic())
        # What the time without a process is called, and whether an outage ends when audio flows.
        self._cause = Cause.STARTING
        self._resumes = False

    def take(self, event: Event) -> Iterator[Event]:
        """Gives what is to be published of an event of the present process."""
        match event:
            case StationReport():
                yield self._take_report(event)
            case StationStatus():
                yield from self._take_status(event)
            case AnnouncementChanged():
                yield from self._take_announcement(event)
            case SourceLost():
                if self._lost is None:
                    self._lost = event
                    yield event
            case SourceRecovered():
                yield self._take_recovery(event)
            case Gap():
                self._gaps_s += event.duration_s
                self._account(event.at)
                yield event
            case _:
                self._spans.note(event)
                yield event

    def break_off(self, message: str, *, retry_at: float | None = None) -> Iterator[Event]:
        """Gives what is to be published when the process has ended, since it cannot say it any more.

        Args:
            message: What happened to it, for people.
            retry_at: Monotonic time of the next attempt; None while that is not known.
        """
        status = self._status
        if status is None:
            return
        now = self._clock.moment(self._clock.monotonic())
        yield from self._go_off_air(now)
        state = status.connection.state
        counters = _counters(status, self._report)
        if state in _MEANT_TO_PLAY:
            counters = replace(counters, faults=counters.faults + 1)
            if self._lost is None:
                self._lost = SourceLost(station=self._station, at=now, cause=Cause.FAULT, message=message)
                yield self._lost
            waits = ConnectionState.CONNECTING if retry_at is None else ConnectionState.BACKING_OFF
            connection = ConnectionStatus(
                state=waits,
                since=now,
                cause=Cause.FAULT,
                last_error=message,
                retry_at=None if retry_at is None else now.on_this_clock(retry_at),
                attempts=1,
                source=status.connection.source,
            )
            status = replace(status, connection=connection, bytes_per_s=0.0)
            self._resumes, self._cause = True, Cause.FAULT
        else:
            self._cause = Cause.ENDED if status.enabled else Cause.DISABLED
        self._before = self._end_account(counters)
        accounted_until = self._accounted_until if self._live else None
        self._status = replace(
            status,
            at=now,
            clipping=False,
            signal_faults=(),
            overloaded=False,
            accounted_until=accounted_until,
            counters=self._before,
        )
        yield self._status

    def switch(self, *, enabled: bool) -> Iterator[Event]:
        """Gives what is to be published when the station is switched while it has no process."""
        now = self._clock.moment(self._clock.monotonic())
        yield StationSwitched(station=self._station, at=now, enabled=enabled)
        if self._status is not None:
            state = ConnectionState.CONNECTING if enabled else ConnectionState.STOPPED
            connection = ConnectionStatus(state=state, since=now, source=self._status.connection.source)
            self._status = replace(self._status, at=now, enabled=enabled, connection=connection)
            yield self._status

    def _go_off_air(self, now: Moment) -> Iterator[Event]:
        """Ends what was on air, in the order in which a station does it."""
        level_dbfs = -120.0 if self._report is None or self._report.level is None else self._report.level.rms_dbfs
        yield from self._spans.end(now, level_dbfs)
        if self._announced is not None and self._announced.announcement != State.OFFLINE:
            self._announced = AnnouncementChanged(
                station=self._station,
                at=now,
                previous=self._announced.announcement,
                previous_since=self._announced.at,
                announcement=State.OFFLINE.value,
                confidence=None,
            )
            yield self._announced
        if self._report is not None and self._report.state is not State.OFFLINE:
            self._report = self._report.off_air(now)
            yield self._report

    def _take_report(self, event: StationReport) -> StationReport:
        announced = self._announced
        if announced is not None and announced.announcement == event.announcement:
            event = replace(event, since=announced.at)
        self._report = replace(
            event,
            windows=event.windows + self._before.windows,
            dropped_windows=event.dropped_windows + self._before.dropped_windows,
            reconnects=event.reconnects + self._before.reconnects,
        )
        return self._report

    def _take_status(self, event: StationStatus) -> Iterator[Event]:
        if self._account_from is None:
            yield from self._begin_account(event)
        if self._resumes and event.connection.state is ConnectionState.STREAMING:
            yield from self._resume(event)
        if event.accounted_until is not None:
            self._account(event.accounted_until)
        self._status = replace(event, counters=_sum(self._before, event.counters))
        yield self._status

    def _begin_account(self, event: StationStatus) -> Iterator[Event]:
        """Takes the first status of a process, which is published as it begins: until then there was none."""
        begins_at = event.accounted_until or event.at
        self._account_from, self._gaps_s = begins_at, 0.0
        if self._live:
            gap = Gap(station=self._station, at=begins_at, started_at=self._accounted_until, cause=self._cause)
            self._before = replace(self._before, unanalysed_s=self._before.unanalysed_s + gap.duration_s)
            yield gap
        self._accounted_until = begins_at

    def _end_account(self, counters: StationCounters) -> StationCounters:
        """Gives the counters up to where time is accounted for: what came later will be in a gap."""
        analysed_s = 0.0
        if self._live and self._account_from is not None:
            analysed_s = self._accounted_until.seconds_since(self._account_from) - self._gaps_s
        gaps_s, self._gaps_s, self._account_from = self._gaps_s, 0.0, None
        return replace(
            counters,
            analysed_s=self._before.analysed_s + max(0.0, analysed_s),
            unanalysed_s=self._before.unanalysed_s + gaps_s,
        )

    def _account(self, until: Moment) -> None:
        if until.monotonic_s > self._accounted_until.monotonic_s:
            self._accounted_until = until

    def _resume(self, event: StationStatus) -> Iterator[Event]:
        """Publishes the end of the outage that the last process left behind; its successor knows of none."""
        self._resumes = False
        self._before = replace(self._before, reconnects=self._before.reconnects + 1)
        if self._lost is not None:
            at = event.connection.since
            recovered = SourceRecovered(station=self._station, at=at, lost_at=at, cause=Cause.FAULT, attempts=0)
            yield self._recovery(recovered)

    def _take_recovery(self, event: SourceRecovered) -> SourceRecovered:
        self._resumes = False
        return self._recovery(event)

    def _recovery(self, event: SourceRecovered) -> SourceRecovered:
        lost, self._lost = self._lost, None
        return event if lost is None else replace(event, lost_at=lost.at, cause=lost.cause)

    def _take_announcement(self, event: AnnouncementChanged) -> Iterator[Event]:
        before = self._announced
        if before is not None:
            if before.announcement == event.announcement:
                return
            event = replace(event, previous=before.announcement, previous_since=before.at)
        self._announced = event
        yield event


_COUNTERS: tuple[str, ...] = tuple(field.name for field in fields(StationCounters))


def _sum(before: StationCounters, present: StationCounters) -> StationCounters:
    return StationCounters(**{name: getattr(before, name) + getattr(present, name) for name in _COUNTERS})


def _counters(status: StationStatus, report: StationReport | None) -> StationCounters:
    """Gives those of the last status, and of a report after which the process did not live to publish one."""
    if report is None:
        return status.counters
    return replace(
        status.counters,
        windows=max(status.counters.windows, report.windows),
        dropped_windows=max(status.counters.dropped_windows, report.dropped_windows),
        reconnects=max(status.counters.reconnects, report.reconnects),
    )
