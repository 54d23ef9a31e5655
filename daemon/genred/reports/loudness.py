"""The loudness of a period, of its days and of the hours of the clock: from histograms, since loudness does not add up.

A quarter of an hour counts where it began.
"""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from genred.audio.loudness import LoudnessSums
from genred.reports.structure import LEVEL_DECIMALS, SECONDS_DECIMALS, Compared, Figures

if TYPE_CHECKING:
    from datetime import date

    from genred.airplay.rows import LoudnessRow
    from genred.reports.period import Period


class HourLoudness(Figures, frozen=True):
    """An hour of the clock, over all days.

    Attributes:
        hour: 0 to 23.
        seconds: How much of it was measured.
        integrated_lufs: Integrated loudness (ITU-R BS.1770); None where nothing was louder than -70 LUFS.
        range_lu: Loudness range (EBU Tech 3342), likewise.
        true_peak_dbtp: Highest true peak, likewise.
    """

    hour: int
    seconds: float
    integrated_lufs: float | None
    range_lu: float | None
    true_peak_dbtp: float | None


class LoudnessFigures(Figures, frozen=True):
    """The loudness of a period.

    Attributes:
        seconds: How much of it was measured.
        integrated_lufs: Integrated loudness, beside the period before.
        range_lu: Loudness range, likewise.
        true_peak_dbtp: Highest true peak, likewise.
        hours: The hours of the clock, those that were measured.
    """

    seconds: float
    integrated_lufs: Compared
    range_lu: Compared
    true_peak_dbtp: Compared
    hours: list[HourLoudness]


class MeasuredLoudness:
    """Adds the quarters of an hour of a period up.

    Args:
        period: What began outside of it is left out.
    """

    def __init__(self, period: Period) -> None:
        self._period = period
        self._all = _Part()
        self._hours: dict[int, _Part] = defaultdict(_Part)
        self._days: dict[date, _Part] = defaultdict(_Part)

    def add(self, row: LoudnessRow) -> None:
        """Takes the next quarter."""
        if not self._period.since <= row.started_at < self._period.until:
            return
        local = row.started_at.astimezone(self._period.zone)
        for part in (self._all, self._hours[local.hour], self._days[local.date()]):
            part.add(row)

    def of_day(self, day: date) -> float | None:
        """Gives the integrated loudness of a day."""
        return self._days[day].integrated_lufs if day in self._days else None

    def figures(self, before: MeasuredLoudness) -> LoudnessFigures | None:
        """Gives all figures beside those of the period before; None where nothing was measured."""
        if not self._all.seconds:
            return None
        now, then = self._all, before._all
        return LoudnessFigures(
            seconds=round(now.seconds, SECONDS_DECIMALS),
            integrated_lufs=_compared(now.integrated_lufs, then.integrated_lufs),
            range_lu=_compared(now.range_lu, then.range_lu),
            true_peak_dbtp=_compared(now.true_peak_dbtp, then.true_peak_dbtp),
            hours=[
                HourLoudness(
                    hour=hour,
                    seconds=round(part.seconds, SECONDS_DECIMALS),
                    integrated_lufs=part.integrated_lufs,
                    range_lu=part.range_lu,
                    true_peak_dbtp=part.true_peak_dbtp,
                )
                for hour, part in sorted(self._hours.items())
            ],
        )


class _Part:
    def __init__(self) -> None:
        self.seconds = 0.0
        self._sums = LoudnessSums()

    def add(self, row: LoudnessRow) -> None:
        self.seconds += row.seconds
        self._sums.merge(row.momentary, row.short_term, row.true_peak_dbtp)

    @property
    def integrated_lufs(self) -> float | None:
        value = self._sums.value
        return None if value is None else round(value.integrated_lufs, LEVEL_DECIMALS)

    @property
    def range_lu(self) -> float | None:
        value = self._sums.value
        return None if value is None or value.range_lu is None else round(value.range_lu, LEVEL_DECIMALS)

    @property
    def true_peak_dbtp(self) -> float | None:
        value = self._sums.value
        return None if value is None else round(value.true_peak_dbtp, LEVEL_DECIMALS) + 0.0  # not -0.0


def _compared(now: float | None, then: float | None) -> Compared:
    change = None if now is None or then is None else round(now - then, LEVEL_DECIMALS)
    return Compared(value=now, before=then, change=change)
