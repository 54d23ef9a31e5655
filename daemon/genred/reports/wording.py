"""Figures in words, the same in the page and in Markdown."""

from __future__ import annotations

import math
import re
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING

from genred.cause import Cause

if TYPE_CHECKING:
    from datetime import tzinfo

    from genred.reports.figures import PeriodFigures

_MINUTE_S, _HOUR_S, _DAY_S = 60, 3_600, 86_400
_MONTHS = (
    *("January", "February", "March", "April", "May", "June", "July"),
    *("August", "September", "October", "November", "December"),
)
_WEEKDAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_NAME_LENGTH = 18
NONE = "–"
"""Stands where there is no figure."""

_CAUSES = {
    Cause.STARTING: "starting",
    Cause.STOPPING: "stopping",
    Cause.DISABLED: "switched off",
    Cause.FAULT: "internal error",
    Cause.OVERRUN: "analysis too slow",
    Cause.NOT_RUNNING: "genred not running",
    Cause.NOT_CONFIGURED: "not configured",
    Cause.NOT_RECORDED: "not recorded",
    Cause.SUSPENDED: "machine suspended",
    Cause.CLOCK_STEP: "clock set",
    Cause.LATE: "audio arrived late",
    Cause.LOST: "packets lost",
    Cause.STALLED: "stream stalled",
    Cause.ENDED: "stream ended",
    Cause.RESET: "connection lost",
    Cause.BROKEN: "damaged audio",
    Cause.FAILED: "failed",
    Cause.DNS: "name not found",
    Cause.REFUSED: "connection refused",
    Cause.UNREACHABLE: "server unreachable",
    Cause.TIMEOUT: "timeout",
    Cause.TLS: "TLS failed",
    Cause.CLOSED: "server closed",
    Cause.NOT_HTTP: "not HTTP",
    Cause.REDIRECTS: "too many redirects",
    Cause.UNUSABLE: "unusable address",
    Cause.PLAYLIST: "playlist damaged",
    Cause.NOT_AUDIO: "no audio sent",
    Cause.NO_DEVICE: "no soundcard",
}


def cause(name: str) -> str:
    """Gives a cause in words."""
    known = _CAUSES.get(Cause(name)) if name in _CAUSES else None
    return known or re.sub(r"^http ", "HTTP ", name.replace("_", " "))


def share(value: float | None) -> str:
    """Gives a share in per cent, with more digits the smaller it is."""
    if value is None:
        return NONE
    per_cent = value * 100
    if per_cent == 0:
        return "0 %"
    if per_cent < 0.01:
        return "< 0.01 %"
    return f"{per_cent:.1f} %" if per_cent >= 1 else f"{per_cent:.2f} %"


def availability(value: float | None) -> str:
    """Gives an availability in per cent, never rounded up: 100 % means that nothing is missing."""
    return NONE if value is None else f"{math.floor(round(value * 10_000, 1)) / 100:g} %"


def points(change: float | None) -> str:
    """Gives the difference of two shares in percentage points, with an arrow."""
    if change is None:
        return NONE
    size = abs(change) * 100
    if size < 0.005:
        return "±0"
    return f"{_arrow(change)} {size:.1f} pt" if size >= 0.95 else f"{_arrow(change)} {size:.2f} pt"


def count_change(change: float | None) -> str:
    """Gives the difference of two counts, with an arrow."""
    if change is None:
        return NONE
    return f"{_arrow(change)} {abs(change):.0f}" if change else "±0"


def duration_change(change: float | None) -> str:
    """Gives the difference of two durations, with an arrow."""
    if change is None:
        return NONE
    return f"{_arrow(change)} {duration(abs(change))}" if abs(change) >= 0.05 else "±0"


def _arrow(change: float) -> str:
    return "▲" if change > 0 else "▼"


def duration(seconds: float | None) -> str:
    """Gives a duration to its two largest units."""
    if seconds is None:
        return NONE
    if seconds < _MINUTE_S - 0.05:
        return f"{seconds:.1f}".removesuffix(".0") + " s"
    whole = round(seconds)
    if whole < _HOUR_S:
        return f"{whole // 60} min {whole % 60} s" if whole % 60 else f"{whole // 60} min"
    minutes = round(seconds / 60)
    if seconds < 100 * _HOUR_S:
        return f"{minutes // 60} h {minutes % 60} min" if minutes % 60 else f"{minutes // 60} h"
    return f"{round(seconds / _HOUR_S):,} h".replace(",", "\N{NARROW NO-BREAK SPACE}")


def number(value: float | None) -> str:
    """Gives a count."""
    return NONE if value is None else f"{value:,.0f}".replace(",", "\N{NARROW NO-BREAK SPACE}")


def level(dbfs: float | None) -> str:
    """Gives a level."""
    return NONE if dbfs is None else f"{dbfs:.0f} dBFS".replace("-", "\N{MINUS SIGN}")


def loudness(lufs: float | None) -> str:
    """Gives a loudness."""
    return NONE if lufs is None else f"{lufs:.1f} LUFS".replace("-", "\N{MINUS SIGN}")


def loudness_range(lu: float | None) -> str:
    """Gives a loudness range."""
    return NONE if lu is None else f"{lu:.1f} LU"


def true_peak(dbtp: float | None) -> str:
    """Gives a true peak."""
    return NONE if dbtp is None else f"{dbtp:.1f} dBTP".replace("-", "\N{MINUS SIGN}")


def loudness_change(change: float | None) -> str:
    """Gives the difference of two loudnesses, with an arrow."""
    if change is None:
        return NONE
    return f"{_arrow(change)} {abs(change):.1f} LU" if change else "±0"


def silence_kind(digital: bool | None) -> str:
    """Says whether a silence is digital."""
    return NONE if digital is None else "digital" if digital else "analogue"


def day(of: date) -> str:
    """Gives a day without its year."""
    return f"{_WEEKDAYS[of.weekday()]} {of.day} {_MONTHS[of.month - 1][:3]}"


def full_day(of: date) -> str:
    """Gives a day with its year."""
    return f"{day(of)} {of.year}"


def month(of: date) -> str:
    """Gives a month with its year."""
    return f"{_MONTHS[of.month - 1][:3]} {of.year}"


def clock_time(at: datetime, zone: tzinfo) -> str:
    """Gives the day and the time on the clock there, with the zone where clocks show that time twice."""
    local = at.astimezone(zone)
    return f"{day(local.date())} {local:%H:%M:%S}{_which(local)}"


def minute(at: datetime, zone: tzinfo) -> str:
    """Gives the year, the day and the minute on the clock there."""
    local = at.astimezone(zone)
    return f"{full_day(local.date())}, {local:%H:%M}{_which(local)}"


def _which(local: datetime) -> str:
    is_twice = local.replace(fold=0).utcoffset() != local.replace(fold=1).utcoffset()
    return f" {local.tzname()}" if is_twice else ""


def period(of: PeriodFigures, zone: tzinfo) -> str:
    """Gives a period its name."""
    first = of.since.astimezone(zone)
    last = (of.until - timedelta(microseconds=1)).astimezone(zone)
    match of.kind:
        case "day":
            named = full_day(first.date())
        case "week":
            named = f"Week {first.isocalendar().week}, {first.isocalendar().year}"
        case "month":
            named = f"{_MONTHS[first.month - 1]} {first.year}"
        case _ if _is_whole_days(of, zone):
            named = f"{full_day(first.date())} to {full_day(last.date())}"
        case _:
            return f"{minute(of.since, zone)} to {minute(of.until, zone)}"
    return named if of.is_over else f"{named}, until {_until(of, zone)}"


def _until(of: PeriodFigures, zone: tzinfo) -> str:
    local = of.until.astimezone(zone)
    return f"{local:%H:%M}" if of.kind == "day" else f"{day(local.date())} {local:%H:%M}"


def _is_whole_days(of: PeriodFigures, zone: tzinfo) -> bool:
    return all(f"{at.astimezone(zone):%H%M%S%f}" == "000000000000" for at in (of.since, of.until))


def on_air(name: str) -> str:
    """Gives a genre or a state as it is shown, bounded in length."""
    return name if len(name) <= _NAME_LENGTH else f"{name[: _NAME_LENGTH - 1]}…"


def confidence(value: float | None) -> str:
    """Gives a confidence in whole per cent."""
    return NONE if value is None else f"{value * 100:.0f} %"
