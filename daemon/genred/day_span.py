"""A span of each day by the local clock, such as 06:00-10:00 or 22:00-07:00."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import TYPE_CHECKING, Self

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo

PATTERN = r"(?:[01][0-9]|2[0-3]):[0-5][0-9]-(?:(?:[01][0-9]|2[0-3]):[0-5][0-9]|24:00)"
"""What a span is written like; hours have two digits, and a day ends at 24:00."""

_TEXT = re.compile(PATTERN)

_DAY_MINUTES = 24 * 60


@dataclass(frozen=True, slots=True)
class Occurrence:
    """A span on one day.

    Attributes:
        day: On which it begins.
        starts_at: UTC, included.
        ends_at: UTC, excluded.
    """

    day: date
    starts_at: datetime
    ends_at: datetime


@dataclass(frozen=True, slots=True)
class DaySpan:
    """A span of each day, perhaps over midnight.

    It lasts from the first moment at which the clock shows its beginning to the last at which it shows its end, so
    that an hour that comes twice counts twice and one that is left out does not count.

    Attributes:
        begin: Minute of the day.
        end: Minute of the day, or of the next one where it is before the beginning.
    """

    begin: int
    end: int

    @classmethod
    def parse(cls, text: str) -> Self | None:
        """Reads `06:00-10:00`; None where the text is no span."""
        if not _TEXT.fullmatch(text):
            return None
        begin, end = (int(part[:2]) * 60 + int(part[3:]) for part in text.split("-"))
        return None if begin == end else cls(begin, end)

    def __str__(self) -> str:
        return f"{_clock(self.begin)}-{_clock(self.end)}"

    @property
    def usual_s(self) -> float:
        """How long it lasts on a day without a change of the clock."""
        return ((self.end - self.begin) % _DAY_MINUTES or _DAY_MINUTES) * 60.0

    def at(self, utc: datetime, zone: ZoneInfo) -> Occurrence | None:
        """Gives the occurrence that a moment lies in, or None."""
        today = utc.astimezone(zone).date()
        for days in (1, 0, -1):
            occurrence = self._on(today + timedelta(days=days), zone)
            if occurrence is not None and occurrence.starts_at <= utc < occurrence.ends_at:
                return occurrence
        return None

    def next_start(self, utc: datetime, zone: ZoneInfo) -> datetime:
        """Gives when the next occurrence after a moment begins, or at least until when none does."""
        today = utc.astimezone(zone).date()
        occurrences = [self._on(today + timedelta(days=days), zone) for days in (0, 1, 2)]
        starts = [found.starts_at for found in occurrences if found is not None and utc < found.starts_at]
        return min(starts, default=utc)

    def _on(self, day: date, zone: ZoneInfo) -> Occurrence | None:
        last_day = day + timedelta(days=int(self.end < self.begin))
        try:
            return Occurrence(day, _instant(day, self.begin, zone, fold=0), _instant(last_day, self.end, zone, fold=1))
        except OverflowError:
            return None


def _clock(minute: int) -> str:
    return f"{minute // 60:02}:{minute % 60:02}"


def _instant(day: date, minute: int, zone: ZoneInfo, *, fold: int) -> datetime:
    """The first (fold 0) or last (fold 1) instant at which the clock shows this; where it never does, of the change."""
    if minute == _DAY_MINUTES:
        day, minute = day + timedelta(days=1), 0
    wanted = datetime.combine(day, time(minute // 60, minute % 60))
    utc = wanted.replace(tzinfo=zone, fold=fold).astimezone(UTC)
    if utc.astimezone(zone).replace(tzinfo=None) == wanted:
        return utc
    # The clock skips this: PEP 495 gives an instant after the change for fold 0, and one before it for fold 1.
    before = wanted.replace(tzinfo=zone, fold=1).astimezone(UTC)
    after = wanted.replace(tzinfo=zone, fold=0).astimezone(UTC)
    while after - before > timedelta(seconds=1):
        middle = before + (after - before) // 2
        if middle.astimezone(zone).replace(tzinfo=None) < wanted:
            before = middle
        else:
            after = middle
    return after.replace(microsecond=0)
