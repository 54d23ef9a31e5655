"""The hours of a period as clocks on the wall show them, through every change of daylight saving time."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import tzinfo

    from genred.reports.period import Period

_TURN_PRECISION = timedelta(seconds=1)


@dataclass(frozen=True, slots=True)
class Hour:
    """A stretch of at most an hour in which clocks ran on and showed one hour of one day.

    Attributes:
        started_at: Aware UTC.
        ended_at: Likewise.
        day: The local day.
        starts_s: What clocks showed at its start, in seconds since 00:00.
        utc_offset_s: What they are ahead of UTC.
        pass_: 1 for the second time that clocks show it on that day, else 0.
    """

    started_at: datetime
    ended_at: datetime
    day: date
    starts_s: float
    utc_offset_s: float
    pass_: int = 0

    @property
    def number(self) -> int:
        """The hour on the clock, 0 to 23."""
        return int(self.starts_s // 3_600)

    @property
    def seconds(self) -> float:
        """How long it is."""
        return (self.ended_at - self.started_at).total_seconds()


def hours(period: Period) -> Iterator[Hour]:
    """Gives the hours of a period, cut at its ends and where clocks are set."""
    at = period.since
    shown_until_s, shown_day = 0.0, None
    while at < period.until:
        local = at.astimezone(period.zone)
        into_hour = timedelta(minutes=local.minute, seconds=local.second, microseconds=local.microsecond)
        end = _turn(at, at + timedelta(hours=1) - into_hour, period.zone)
        starts_s = local.hour * 3_600 + into_hour.total_seconds()
        if local.date() != shown_day:
            shown_until_s, shown_day = 0.0, local.date()
        until = min(end, period.until)
        again = starts_s < shown_until_s - _TURN_PRECISION.total_seconds()
        yield Hour(at, until, local.date(), starts_s, _offset(at, period.zone).total_seconds(), int(again))
        shown_until_s = max(shown_until_s, starts_s + (until - at).total_seconds())
        at = end


def _turn(since: datetime, until: datetime, zone: tzinfo) -> datetime:
    """The first moment at which clocks are set within a time, or its end."""
    before = _offset(since, zone)
    if _offset(until - _TURN_PRECISION, zone) == before:
        return until
    low, high = since, until
    while high - low > _TURN_PRECISION:
        middle = low + (high - low) / 2
        low, high = (middle, high) if _offset(middle, zone) == before else (low, middle)
    return _whole_second(high)


def _whole_second(at: datetime) -> datetime:
    return at.replace(microsecond=0)


def _offset(at: datetime, zone: tzinfo) -> timedelta:
    return at.astimezone(zone).utcoffset() or timedelta()


def utc(seconds: float) -> datetime:
    """Gives the time of so many seconds since 1970."""
    return datetime.fromtimestamp(seconds, UTC)
