"""Times as people write them: ISO 8601, and words such as "yesterday", "last week", "3 hours ago"."""

from __future__ import annotations

import re
import warnings
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, tzinfo
from typing import TYPE_CHECKING

from genred.errors import UsageError
from genred.time_zones import find_zone, midnight

if TYPE_CHECKING:
    from collections.abc import Callable

_DAY = timedelta(days=1)

_MAX_CHARACTERS = 60

_ELAPSED = re.compile(
    r"(?:(?:\d+(?:\.\d+)?|an?) ?(?:h|hrs?|hours?|m|mins?|minutes?|s|secs?|seconds?)(?:,? and |, ?| ))+ago", re.ASCII
)
"""Time that has passed, which no change of the clocks makes longer or shorter."""


class MomentError(UsageError):
    """A text that is no time."""


@dataclass(frozen=True, slots=True)
class TimeSpan:
    """A span of time, its bounds aware: a moment where both are the same."""

    since: datetime
    until: datetime


def read_zone(name: str) -> tzinfo:
    """Gives the time zone of a name.

    Args:
        name: IANA's, `UTC`, or empty for the machine's.

    Raises:
        MomentError: There is no such zone.
    """
    zone = find_zone(name)
    if zone is None:
        raise MomentError(f"there is no time zone {name[:_MAX_CHARACTERS]!r}; write it like Europe/Berlin or UTC")
    return zone


def read_period(text: str, zone: tzinfo, now: datetime | None = None) -> TimeSpan:
    """Reads a day, a week, a month, or a moment.

    Args:
        text: `2026-11-29`, `2026-11`, `today`, `yesterday`, `this week`, `last week`, `this month`, `last month`; else
            a moment: ISO 8601, or words such as `3 hours ago` or `monday 6:00`.
        zone: Of times that have none of their own; weeks begin on Monday (ISO 8601).
        now: Aware; None for the present.

    Raises:
        MomentError: The text is none of these.
    """
    now = (now or datetime.now(UTC)).astimezone(zone)
    words = " ".join(text.lower().split())
    try:
        days = _days(words, now.date())
        if days is not None:
            return TimeSpan(*(midnight(day, zone).astimezone(zone) for day in days))
        moment = _moment(text.strip(), zone, now)
    except OverflowError:
        raise _error(text) from None
    return TimeSpan(moment, moment)


def _days(words: str, today: date) -> tuple[date, date] | None:
    """The first day of a named period or of a date, and the one after it."""
    if words in NAMED_PERIODS:
        return NAMED_PERIODS[words](today)
    try:
        if len(words) == len("2026-11"):
            return _month(date.fromisoformat(f"{words}-01"))
        start = date.fromisoformat(words)
    except ValueError:
        return None
    return start, start + _DAY


def _week(day: date) -> tuple[date, date]:
    monday = day - timedelta(days=day.weekday())
    return monday, monday + 7 * _DAY


def _month(day: date) -> tuple[date, date]:
    first = day.replace(day=1)
    return first, (first + 31 * _DAY).replace(day=1)


NAMED_PERIODS: dict[str, Callable[[date], tuple[date, date]]] = {
    "today": lambda today: (today, today + _DAY),
    "yesterday": lambda today: (today - _DAY, today),
    "this week": _week,
    "last week": lambda today: _week(today - 7 * _DAY),
    "this month": _month,
    "last month": lambda today: _month(today.replace(day=1) - _DAY),
}
"""Gives for each today the first day of a period and the one after it."""


def _moment(text: str, zone: tzinfo, now: datetime) -> datetime:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        elapsed = _ELAPSED.fullmatch(" ".join(text[:_MAX_CHARACTERS].lower().split()))
        moment = (
            _spoken(text, now.astimezone(UTC)).replace(tzinfo=UTC).astimezone(zone) if elapsed else _spoken(text, now)
        )
    return moment if moment.tzinfo is not None else moment.replace(tzinfo=zone)


def _spoken(text: str, now: datetime) -> datetime:
    import dateparser  # noqa: PLC0415 - likewise

    settings = {"RELATIVE_BASE": now.replace(tzinfo=None), "PREFER_DATES_FROM": "past"}
    found: datetime | None = None
    # Of digits alone dateparser makes a date of any order, such as 13 January of 2026-13-01.
    if len(text) <= _MAX_CHARACTERS and any(character.isalpha() for character in text):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # dateparser's own, of Python's
            found = dateparser.parse(text, languages=["en"], settings=settings)
    if found is None:
        raise _error(text)
    return found


def _error(text: str) -> MomentError:
    return MomentError(
        f"{text[:_MAX_CHARACTERS]!r} is not a time; write it like 2026-11-29, 2026-11-29T06:00, yesterday, "
        "last week or 3 hours ago"
    )
