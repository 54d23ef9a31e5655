"""The days of a period, each with its own figures."""

from __future__ import annotations

from bisect import bisect_right
from typing import TYPE_CHECKING

from msgspec.structs import asdict, replace

from genred.day_figures import DayFigures
from genred.reports.pieces import TOUCHING_S
from genred.reports.shares import TimeShares
from genred.reports.structure import SECONDS_DECIMALS, SHARE_DECIMALS

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import date

    from genred.reports.hours import HoursOfPeriod
    from genred.reports.pieces import Piece


class ReportedDay(DayFigures, frozen=True, kw_only=True):
    """A day of a station in a report.

    Attributes:
        loudness_lufs: Integrated loudness; None where it was not measured.
    """

    loudness_lufs: float | None = None


class _Day:
    def __init__(self, of: date) -> None:
        self.date = of
        self.shares = TimeShares()
        self.dead_airs = 0
        self.silent_until_s = float("-inf")
        self.unavailable_s = 0.0

    def figures(self) -> DayFigures:
        shares = self.shares
        analysed_s = max(0.0, shares.logged_s - self.unavailable_s)
        return DayFigures(
            day=self.date,
            logged_s=round(shares.logged_s, SECONDS_DECIMALS),
            music_s=round(shares.music_s, SECONDS_DECIMALS),
            genre=shares.genre,
            dead_air_s=round(shares.seconds.get("silence", 0.0), SECONDS_DECIMALS),
            dead_airs=self.dead_airs,
            availability=round(analysed_s / shares.logged_s, SHARE_DECIMALS) if shares.logged_s else None,
        )


class Days:
    """Sums up days; a silence over midnight counts on both.

    Args:
        hours: Of the period.
    """

    def __init__(self, hours: HoursOfPeriod) -> None:
        starts: dict[date, float] = {}
        for of, started_at in hours.days:
            starts.setdefault(of, started_at.timestamp())
        self._dates = list(starts)
        self._starts_s = list(starts.values())
        self._days: dict[date, _Day] = {}

    def add(self, of: date, piece: Piece) -> None:
        """Takes the next piece, which lies within a day."""
        day = self._day(of)
        day.shares.add(piece)
        if piece.is_silence:
            day.dead_airs += piece.start_s - day.silent_until_s > TOUCHING_S
            day.silent_until_s = piece.end_s

    def unavailable(self, start_s: float, end_s: float, seconds: float) -> None:
        """Takes an outage, wherever it begins and ends, and how long it was."""
        share = seconds / (end_s - start_s) if end_s > start_s else 0.0
        index = max(0, bisect_right(self._starts_s, start_s) - 1)
        while start_s < end_s and index < len(self._dates):
            is_last = index + 1 == len(self._dates)
            until_s = end_s if is_last else min(end_s, self._starts_s[index + 1])
            self._day(self._dates[index]).unavailable_s += (until_s - start_s) * share
            start_s, index = until_s, index + 1

    def only(self) -> DayFigures:
        """Gives the day where there is only one, without its loudness."""
        (of,) = self._dates
        return self._day(of).figures()

    def figures(self, loudness_of: Callable[[date], float | None] = lambda _day: None) -> list[ReportedDay]:
        """Gives all days in order.

        Args:
            loudness_of: Gives the integrated loudness of a day, where it was measured.
        """
        nothing = ReportedDay(**asdict(_Day(self._dates[0]).figures()))
        return [
            ReportedDay(**asdict(self._days[of].figures()), loudness_lufs=loudness_of(of))
            if of in self._days
            else replace(nothing, day=of, loudness_lufs=loudness_of(of))
            for of in self._dates
        ]

    def _day(self, of: date) -> _Day:
        if of not in self._days:
            self._days[of] = _Day(of)
        return self._days[of]
