"""What alerts are about: faults that begin and end, made of events."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from genred.analysis.estimate import State
from genred.events import (
    ConnectionState,
    ExpectationBroken,
    ExpectationMet,
    LogFailing,
    LogWorking,
    SilenceEnded,
    SilenceStarted,
    StationReport,
    StationStatus,
    StationSwitched,
)
from genred.masking import mask_text
from genred.printable import printable

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from genred.clock import Moment
    from genred.events import DaemonEvent, Event, StationProfile

DEAD_AIR, OFFLINE, EXPECTATION, LOG, RESTART = "dead_air", "offline", "expectation", "log", "restart"

_MAX_DETAIL_CHARACTERS = 200

_NOT_ON_AIR = frozenset(
    {ConnectionState.CONNECTING, ConnectionState.STALLED, ConnectionState.BACKING_OFF, ConnectionState.FAILED}
)


@dataclass(frozen=True, slots=True)
class FaultKey:
    """What tells a fault from all others.

    Attributes:
        what: One of the words of `alerts.ID.what`.
        station: Its id; empty for the daemon itself.
        expectation: Id of the one that is broken, or empty.
    """

    what: str
    station: str = ""
    expectation: str = ""


@dataclass(frozen=True, slots=True)
class FaultBegan:
    """A fault began, or more is known of one that goes on.

    Attributes:
        at: When.
        problem: What is wrong, in some words that go after the name of who has it.
        detail: More of it; may be empty.
        momentary: Whether it is over as soon as it is told.
    """

    key: FaultKey
    at: Moment
    problem: str
    detail: str = ""
    momentary: bool = False


@dataclass(frozen=True, slots=True)
class FaultEnded:
    """A fault ended, if there was one."""

    key: FaultKey
    at: Moment


FaultChange = FaultBegan | FaultEnded


class FaultTracker:
    """Finds the beginnings and ends of faults in the events of all stations; an end may come without a beginning."""

    def __init__(self) -> None:
        self._stations: frozenset[str] | None = None
        self._silent: set[str] = set()
        self._offline: dict[str, str] = {}
        self._broken: dict[str, set[str]] = {}

    def handle(self, event: Event) -> Iterator[FaultChange]:
        """Takes an event; what one that is no more still says of itself is no fault."""
        station = event.station
        if self._stations is not None and station not in self._stations:
            return
        match event:
            case StationReport():
                if station in self._silent and event.state is not State.SILENCE:
                    self._silent.discard(station)
                    yield FaultEnded(FaultKey(DEAD_AIR, station), event.at)
            case StationStatus():
                yield from self._status(event)
            case SilenceStarted():
                self._silent.add(station)
                detail = "digital silence" if event.digital else f"{event.level_dbfs:.0f} dBFS"
                yield FaultBegan(FaultKey(DEAD_AIR, station), event.at, "dead air", detail)
            case SilenceEnded():
                self._silent.discard(station)
                yield FaultEnded(FaultKey(DEAD_AIR, station), event.at)
            case ExpectationBroken():
                self._broken.setdefault(station, set()).add(event.expectation)
                key = FaultKey(EXPECTATION, station, event.expectation)
                yield FaultBegan(key, event.at, f"not as expected ({printable(event.description)})", _figures(event))
            case ExpectationMet():
                self._broken.get(station, set()).discard(event.expectation)
                yield FaultEnded(FaultKey(EXPECTATION, station, event.expectation), event.at)
            case StationSwitched(enabled=False):
                yield from self._end_all(station, event.at)
            case _:
                pass

    def handle_daemon(self, event: DaemonEvent) -> Iterator[FaultChange]:
        """Takes an event of the daemon as a whole."""
        match event:
            case LogFailing():
                yield FaultBegan(FaultKey(LOG), event.at, "the airplay log cannot be written", _short(event.reason))
            case LogWorking():
                yield FaultEnded(FaultKey(LOG), event.at)

    def update(self, stations: Sequence[StationProfile], at: Moment) -> Iterator[FaultChange]:
        """Ends the faults of stations that are no more."""
        self._stations = kept = frozenset(profile.id for profile in stations)
        for station in sorted((self._silent | self._offline.keys() | self._broken.keys()) - kept):
            yield from self._end_all(station, at)

    def _status(self, event: StationStatus) -> Iterator[FaultChange]:
        state, station = event.connection.state, event.station
        if event.enabled and state in _NOT_ON_AIR:
            detail = _short(event.connection.last_error or "")
            # Why becomes known after that it is.
            if station not in self._offline or (detail and self._offline[station] != detail):
                self._offline[station] = detail
                yield FaultBegan(FaultKey(OFFLINE, station), event.connection.since, "offline", detail)
        elif station in self._offline and state is not ConnectionState.STOPPED:
            # One that is stopped while it is switched on ends with the daemon.
            del self._offline[station]
            yield FaultEnded(FaultKey(OFFLINE, station), event.at)

    def _end_all(self, station: str, at: Moment) -> Iterator[FaultChange]:
        self._silent.discard(station)
        self._offline.pop(station, None)
        for expectation in sorted(self._broken.pop(station, ())):
            yield FaultEnded(FaultKey(EXPECTATION, station, expectation), at)
        yield FaultEnded(FaultKey(DEAD_AIR, station), at)
        yield FaultEnded(FaultKey(OFFLINE, station), at)


def _figures(event: ExpectationBroken) -> str:
    return ", ".join(
        f"{figure.measured:.0%} {figure.of}" if figure.unit == "share" else f"{figure.measured:.0f} s {figure.of}"
        for figure in event.figures
    )


def _short(text: str) -> str:
    return mask_text(printable(text))[:_MAX_DETAIL_CHARACTERS]
