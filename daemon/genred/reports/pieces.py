"""Entries of the log cut to a period."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from genred.analysis.estimate import State

if TYPE_CHECKING:
    from genred.airplay.rows import Entry, GapRow
    from genred.reports.period import Period

TOUCHING_S = 0.001
"""What is no further apart follows without a hole; times of the log are exact to a microsecond."""


@dataclass(slots=True)
class Piece:
    """An entry, as much of it as lies within a period.

    Not frozen, which would double the time that making one takes; nobody changes one.

    Attributes:
        entry: Whose it is.
        on_air: A genre or a state.
        is_silence: Whether it is dead air.
        start_s: Where it begins, in seconds since 1970.
        end_s: Where it ends.
        seconds: How long it lasted by the monotonic clock.
    """

    entry: Entry
    on_air: str
    is_silence: bool
    start_s: float
    end_s: float
    seconds: float

    @property
    def is_music(self) -> bool:
        """Whether it has a genre."""
        return self.entry.genre is not None

    def part(self, start_s: float, end_s: float) -> Piece:
        """Gives what lies between two of its times."""
        seconds = self.seconds * (end_s - start_s) / (self.end_s - self.start_s)
        return Piece(self.entry, self.on_air, self.is_silence, start_s, end_s, seconds)


class Cutter:
    """Cuts rows to a period."""

    def __init__(self, period: Period) -> None:
        self._since_s, self._until_s = period.since.timestamp(), period.until.timestamp()

    def piece(self, entry: Entry) -> Piece | None:
        """Gives what of an entry lies within the period; None where nothing does."""
        cut = self.span(entry)
        if cut is None:
            return None
        start_s, end_s, share = cut
        return Piece(entry, entry.announcement, entry.state is State.SILENCE, start_s, end_s, entry.seconds * share)

    def span(self, row: Entry | GapRow) -> tuple[float, float, float] | None:
        """Gives start and end of a row within the period, and the share of the row that this is."""
        row_start_s, row_end_s = row.started_at.timestamp(), row.ended_at.timestamp()
        if self._since_s <= row_start_s < row_end_s <= self._until_s:
            return row_start_s, row_end_s, 1.0
        start_s, end_s = max(row_start_s, self._since_s), min(row_end_s, self._until_s)
        if end_s <= start_s:
            return None
        return start_s, end_s, (end_s - start_s) / (row_end_s - row_start_s)
