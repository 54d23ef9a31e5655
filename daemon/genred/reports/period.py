"""The time that a report is of: a day, a week, a month of a zone, or any other."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta, tzinfo
from enum import StrEnum

from genred.time_zones import midnight

_NAMELESS = "localtime"
"""What a zone is called of which only the rules are known; see `genred.time_zones.machine_zone`."""


class PeriodKind(StrEnum):
    """What a period is in the calendar."""

    DAY = "day"
    WEEK = "week"
    MONTH = "month"
    SPAN = "span"


@dataclass(frozen=True, slots=True)
class Period:
    """A time [since, until) as it is lived in one zone.

    Attributes:
        since: Its beginning, aware UTC.
        until: Its end, likewise.
        zone: The zone of its days and hours.
        kind: What it is in the calendar.
    """

    since: datetime
    until: datetime
    zone: tzinfo
    kind: PeriodKind = PeriodKind.SPAN

    def __post_init__(self) -> None:
        """Refuses an empty time."""
        if self.until <= self.since:
            raise ValueError(f"the period ends at {self.until.isoformat()}, not after its beginning")

    @property
    def seconds(self) -> float:
        """How long it is: a day of 23 or 25 hours is so long."""
        return (self.until - self.since).total_seconds()

    @property
    def first_day(self) -> date:
        """The day that it begins on."""
        return self.since.astimezone(self.zone).date()

    @property
    def last_day(self) -> date:
        """The day of its last moment."""
        return (self.until - timedelta(microseconds=1)).astimezone(self.zone).date()

    def before(self) -> Period:
        """Gives the period before: the calendar's, or the time of the same length."""
        match self.kind:
            case PeriodKind.DAY:
                return day(self.first_day - timedelta(days=1), self.zone)
            case PeriodKind.WEEK:
                return week(self.first_day - timedelta(days=7), self.zone)
            case PeriodKind.MONTH:
                return month(self.first_day - timedelta(days=1), self.zone)
        return Period(self.since - (self.until - self.since), self.since, self.zone)

    def up_to(self, now: datetime) -> Period:
        """Gives what has passed of it; all of it where nothing has."""
        return Period(self.since, now, self.zone, self.kind) if self.since < now < self.until else self


def day(of: date, zone: tzinfo) -> Period:
    """Gives a day."""
    return _days(of, of + timedelta(days=1), zone, PeriodKind.DAY)


def week(of: date, zone: tzinfo) -> Period:
    """Gives the week, Monday to Sunday (ISO 8601), that a day is in."""
    monday = of - timedelta(days=of.weekday())
    return _days(monday, monday + timedelta(days=7), zone, PeriodKind.WEEK)


def month(of: date, zone: tzinfo) -> Period:
    """Gives the month that a day is in."""
    first = of.replace(day=1)
    return _days(first, (first + timedelta(days=31)).replace(day=1), zone, PeriodKind.MONTH)


def days(since: date, until: date, zone: tzinfo) -> Period:
    """Gives whole days.

    Args:
        since: The first.
        until: The day after the last.
        zone: Of the days.
    """
    return _days(since, until, zone, PeriodKind.SPAN)


def _days(since: date, until: date, zone: tzinfo, kind: PeriodKind) -> Period:
    return Period(midnight(since, zone), midnight(until, zone), zone, kind)


def zone_name(zone: tzinfo, at: datetime) -> str:
    """Gives the name of a zone, as in `Europe/Berlin`; of one without a name the one that it has at a time."""
    key = getattr(zone, "key", None)
    return key if key and key != _NAMELESS else at.astimezone(zone).tzname() or str(zone)
