"""The longest times of one thing on air."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from genred.analysis.estimate import State
from genred.reports.hours import utc
from genred.reports.longest import Longest
from genred.reports.structure import SECONDS_DECIMALS, Figures

if TYPE_CHECKING:
    from genred.reports.pieces import Piece

BRIDGED_S = 30.0
"""An interruption of at most so long ends no run: a jingle, a moment of uncertainty between two titles."""

_KEPT = 10


class LongRun(Figures, frozen=True):
    """One thing on air for long.

    Attributes:
        on_air: A genre or `speech`.
        started_at: When it began.
        ended_at: When it ended.
        seconds: How long it was on air in that time, interruptions left out.
    """

    on_air: str
    started_at: datetime
    ended_at: datetime
    seconds: float


@dataclass(slots=True)
class _OpenRun:
    start_s: float
    end_s: float
    seconds: float


class LongestRuns:
    """Finds runs of a genre or of speech; what is uncertain, silent or offline is no run."""

    def __init__(self) -> None:
        self._open: dict[str, _OpenRun] = {}
        self._longest: Longest[tuple[str, _OpenRun]] = Longest(_KEPT)

    def add(self, piece: Piece) -> None:
        """Takes the next piece."""
        if not piece.is_music and piece.entry.state is not State.SPEECH:
            return
        run = self._open.get(piece.on_air)
        if run is not None and piece.start_s - run.end_s <= BRIDGED_S:
            run.end_s, run.seconds = piece.end_s, run.seconds + piece.seconds
            return
        if run is not None:
            self._longest.add(run.seconds, (piece.on_air, run))
        self._open[piece.on_air] = _OpenRun(piece.start_s, piece.end_s, piece.seconds)

    def figures(self) -> list[LongRun]:
        """Ends all runs and gives the longest, the longest first."""
        for on_air, run in self._open.items():
            self._longest.add(run.seconds, (on_air, run))
        self._open = {}
        return [
            LongRun(
                on_air=on_air,
                started_at=utc(run.start_s),
                ended_at=utc(run.end_s),
                seconds=round(run.seconds, SECONDS_DECIMALS),
            )
            for on_air, run in self._longest.by_length()
        ]
