"""The hours of a period as clocks on the wall show them, through every change of daylight saving time."""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from itertools import chain, pairwise
from typing import TYPE_CHECKING

from genred.reports.period import Period

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import tzinfo

_DAY = timedelta(days=1)

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


class HoursOfPeriod:
    """The hours of a period; those of the days that nobody looks at are not made.

    Args:
        period: Which.
    """

    def __init__(self, period: Period) -> None:
        self.days: list[tuple[date, datetime]] = []
        """Each local day, with where it begins in the period."""
        self._made: list[list[Hour] | None] = []
        self._starts: list[datetime] = []
        self._zone = period.zone
        at = period.since
        while at < period.until:
            at = self._add_plain_day(at) if _is_plain_day(at, period) else self._add_hours(at, period)
        self._starts_s = [start.timestamp() for start in self._starts]

    def __iter__(self) -> Iterator[Hour]:
        """Gives all of them."""
        return chain.from_iterable(map(self._hours, range(len(self._made))))

    def at(self, at_s: float) -> Hour:
        """Gives the hour that a time of the period, in seconds since 1970, is in."""
        hours_there = self._hours(max(0, bisect_right(self._starts_s, at_s) - 1))
        return next((hour for hour in hours_there if hour.ended_at.timestamp() > at_s), hours_there[-1])

    def _add_plain_day(self, at: datetime) -> datetime:
        self.days.append((at.astimezone(self._zone).date(), at))
        self._starts.append(at)
        self._made.append(None)
        return at + _DAY

    def _add_hours(self, at: datetime, period: Period) -> datetime:
        """Up to the next midnight on the clocks, if there is one."""
        made: list[Hour] = []
        for hour in hours(Period(at, period.until, period.zone)):
            is_another_day = not made or hour.day != made[-1].day
            if made and is_another_day and not hour.starts_s:
                break
            if is_another_day:
                self.days.append((hour.day, hour.started_at))
            made.append(hour)
        self._starts.append(at)
        self._made.append(made)
        return made[-1].ended_at

    def _hours(self, index: int) -> list[Hour]:
        made = self._made[index]
        if made is None:
            made = self._made[index] = _plain_hours(self._starts[index], self._zone)
        return made


def _is_plain_day(since: datetime, period: Period) -> bool:
    """Whether a day of 24 hours begins at a time: clocks are not set twice in so short a time."""
    local, until = since.astimezone(period.zone), since + _DAY
    return (
        (local.hour, local.minute, local.second, local.microsecond) == (0, 0, 0, 0)
        and until <= period.until
        and _offset(until, period.zone) == local.utcoffset()
    )


def _plain_hours(since: datetime, zone: tzinfo) -> list[Hour]:
    local = since.astimezone(zone)
    starts = [since + timedelta(hours=number) for number in range(25)]
    return [
        Hour(start, end, local.date(), number * 3_600.0, _offset(since, zone).total_seconds())
        for number, (start, end) in enumerate(pairwise(starts))
    ]


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
