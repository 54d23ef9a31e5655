"""What the reports of one entry come to."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from genred.events import StationReport

_SILENT_DBFS = -120.0


class Means:
    """Sums up reports in constant memory."""

    def __init__(self) -> None:
        self.reports = 0
        self._confidence = 0.0
        self._least_confidence = math.inf
        self._probabilities: list[float] = []
        self._power = 0.0
        self._levels = 0

    def add(self, report: StationReport) -> None:
        """Takes a report with something on air."""
        if report.confidence is None:
            return
        self.reports += 1
        self._confidence += report.confidence
        self._least_confidence = min(self._least_confidence, report.confidence)
        shares = list(report.probabilities.values())
        if len(shares) != len(self._probabilities):
            self._probabilities = [0.0] * len(shares)
        self._probabilities = [sum_ + share for sum_, share in zip(self._probabilities, shares, strict=True)]
        if report.level is not None:
            self._levels += 1
            self._power += 10 ** (report.level.rms_dbfs / 10)

    @property
    def confidence(self) -> float | None:
        """The mean; None without a report."""
        return self._confidence / self.reports if self.reports else None

    @property
    def least_confidence(self) -> float | None:
        """The lowest; None without a report."""
        return self._least_confidence if self.reports else None

    @property
    def probabilities(self) -> tuple[float, ...]:
        """The mean of each label; empty without a report."""
        return tuple(sum_ / self.reports for sum_ in self._probabilities)

    @property
    def level_dbfs(self) -> float | None:
        """The level of the mean power; None without a report."""
        if not self._levels:
            return None
        power = self._power / self._levels
        return max(_SILENT_DBFS, 10 * math.log10(power)) if power > 0 else _SILENT_DBFS
