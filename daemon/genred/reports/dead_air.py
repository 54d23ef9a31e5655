"""Dead air: every silence, however many entries it is made of."""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from genred.reports.hours import utc
from genred.reports.longest import Longest
from genred.reports.pieces import TOUCHING_S
from genred.reports.structure import LEVEL_DECIMALS, SECONDS_DECIMALS, Compared, Figures

if TYPE_CHECKING:
    from genred.reports.pieces import Piece

LISTED = 50
"""So many are listed, the longest; `genred airplay --state silence` lists all."""

DIGITAL_DBFS = -100.0
"""A mean level under this is digital silence: one bit of 16 toggling makes -93 dBFS at least."""


class DeadAir(Figures, frozen=True):
    """A silence.

    Attributes:
        started_at: When it began.
        seconds: How long it was.
        level_dbfs: RMS level; None where it is not known.
        digital: Whether every sample was zero: a stuck encoder or a muted input; None where it is not known.
    """

    started_at: datetime
    seconds: float
    level_dbfs: float | None
    digital: bool | None


class DeadAirFigures(Figures, frozen=True):
    """All dead air.

    Attributes:
        count: How often, beside the period before.
        seconds: How long in all, likewise.
        longest_s: The longest; None without any.
        longest: The longest ones, in order of time.
    """

    count: Compared
    seconds: Compared
    longest_s: float | None
    longest: list[DeadAir]


@dataclass(slots=True)
class _Silence:
    start_s: float
    end_s: float
    seconds: float
    power: float = 0.0
    measured_s: float = 0.0

    def figures(self) -> DeadAir:
        level = None
        if self.measured_s:
            level = round(10 * math.log10(max(self.power / self.measured_s, 1e-12)), LEVEL_DECIMALS)
        return DeadAir(
            started_at=utc(self.start_s),
            seconds=round(self.seconds, SECONDS_DECIMALS),
            level_dbfs=level,
            digital=None if level is None else level <= DIGITAL_DBFS,
        )


class DeadAirs:
    """Counts silences; those that touch are one."""

    def __init__(self) -> None:
        self.count = 0
        self.seconds = 0.0
        self.longest_s: float | None = None
        self._open: _Silence | None = None
        self._longest: Longest[_Silence] = Longest(LISTED)

    def add(self, piece: Piece) -> None:
        """Takes the next piece."""
        if not piece.is_silence:
            return
        silence = self._open
        if silence is None or piece.start_s - silence.end_s > TOUCHING_S:
            self.finish()
            silence = self._open = _Silence(piece.start_s, piece.end_s, 0.0)
        silence.end_s = piece.end_s
        silence.seconds += piece.seconds
        if piece.entry.level_dbfs is not None:
            silence.power += piece.seconds * 10 ** (piece.entry.level_dbfs / 10)
            silence.measured_s += piece.seconds

    def finish(self) -> None:
        """Ends the silence that is open."""
        silence, self._open = self._open, None
        if silence is not None:
            self.count += 1
            self.seconds += silence.seconds
            self.longest_s = max(self.longest_s or 0.0, silence.seconds)
            self._longest.add(silence.seconds, silence)

    def longest(self) -> list[DeadAir]:
        """Gives the longest, in order of time."""
        return [silence.figures() for silence in self._longest.by_time()]
