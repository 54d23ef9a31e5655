"""What one alert tells, and when: no fault twice, none too early, none in quiet hours. Pure, on a given clock."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import Enum
from typing import TYPE_CHECKING

from genred.outputs.alerts.faults import FaultBegan
from genred.time_zones import find_zone, machine_zone

if TYPE_CHECKING:
    from genred.clock import Moment
    from genred.config.schema import AlertConfig
    from genred.outputs.alerts.faults import FaultChange, FaultKey

LEAST_SETTLE_S = 5.0
MOST_SETTLE_S = 60.0
"""How long a fault must stay away before it is over: as long as it must last, within these."""


class NoticeKind(Enum):
    """Of what is told of a fault."""

    BEGAN = "began"
    GOES_ON = "goes on"
    OVER = "over"


@dataclass(frozen=True, slots=True)
class Notice:
    """One thing to tell.

    Attributes:
        kind: Whether the fault began, goes on or is over.
        fault: As it began.
        at: Until when that is known: when it ended, or now.
    """

    kind: NoticeKind
    fault: FaultBegan
    at: Moment


@dataclass(slots=True)
class _Known:
    fault: FaultBegan
    ended_at: Moment | None = None
    told_at_s: float | None = None


class Desk:
    """Decides what is told.

    Args:
        config: Of the alert.
    """

    def __init__(self, config: AlertConfig) -> None:
        self._config = config
        self._settle_s = min(max(config.after_s, LEAST_SETTLE_S), MOST_SETTLE_S)
        self._zone = find_zone(config.time_zone) or machine_zone()
        self._known: dict[FaultKey, _Known] = {}

    def reconfigured(self, config: AlertConfig) -> Desk:
        """Gives one that goes by another configuration and tells nothing again that this one has told."""
        desk = Desk(config)
        desk._known = {key: known for key, known in self._known.items() if desk.cares_for(key)}
        return desk

    def cares_for(self, key: FaultKey) -> bool:
        """Says whether a fault is to be told here."""
        stations = self._config.stations
        if key.what not in self._config.what:
            return False
        return stations is None or not key.station or key.station in stations

    @property
    def waits(self) -> bool:
        """Whether anything may be to tell later, though nothing more happens."""
        return bool(self._known)

    def take(self, change: FaultChange) -> bool:
        """Takes the beginning or the end of a fault. Returns whether it matters here."""
        if not self.cares_for(change.key):
            return False
        known = self._known.get(change.key)
        if isinstance(change, FaultBegan):
            if known is None or (known.told_at_s is None and known.ended_at is not None and not self._is_due(known)):
                self._known[change.key] = _Known(change)
            else:
                # It has come back before it was over, or more is known of it.
                known.ended_at = None
                known.fault = replace(known.fault, detail=change.detail)
        elif known is not None and known.ended_at is None:
            known.ended_at = change.at
        return True

    def advance(self, now: Moment) -> list[Notice]:
        """Gives what is to be told now."""
        if not self._known or self._is_quiet(now):
            self._forget_untold()
            return []
        notices: list[Notice] = []
        for key, known in list(self._known.items()):
            if known.told_at_s is None:
                self._tell(key, known, now, notices)
            if known.told_at_s is not None:
                self._follow(key, known, now, notices)
        return notices

    def _tell(self, key: FaultKey, known: _Known, now: Moment, notices: list[Notice]) -> None:
        if known.fault.momentary:
            del self._known[key]
            notices.append(Notice(NoticeKind.BEGAN, known.fault, now))
        elif self._is_due(known, now):
            known.told_at_s = now.monotonic_s
            notices.append(Notice(NoticeKind.BEGAN, known.fault, now))
        elif known.ended_at is not None:
            del self._known[key]

    def _follow(self, key: FaultKey, known: _Known, now: Moment, notices: list[Notice]) -> None:
        every_s = self._config.every_s
        if known.ended_at is not None:
            if now.monotonic_s - known.ended_at.monotonic_s >= self._settle_s:
                self._known.pop(key, None)
                notices.append(Notice(NoticeKind.OVER, known.fault, known.ended_at))
        elif every_s is not None and now.monotonic_s - (known.told_at_s or 0.0) >= every_s:
            known.told_at_s = now.monotonic_s
            notices.append(Notice(NoticeKind.GOES_ON, known.fault, now))

    def _forget_untold(self) -> None:
        """In quiet hours, what came and went is of no interest any more."""
        for key, known in list(self._known.items()):
            ended_at = known.ended_at
            if known.told_at_s is None and ended_at is not None and not known.fault.momentary:
                del self._known[key]

    def _is_due(self, known: _Known, now: Moment | None = None) -> bool:
        until = known.ended_at or now
        return until is not None and until.monotonic_s - known.fault.at.monotonic_s >= self._config.after_s

    def _is_quiet(self, now: Moment) -> bool:
        return self._config.quiet is not None and self._config.quiet.at(now.utc, self._zone) is not None
