"""What the soak keeps of the events, in bounded memory: a listener that trusts nothing but what it was told."""

from __future__ import annotations

import threading
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from genred.events import Gap, Output, SourceLost, SourceRecovered, StationStatus
from genred.stations.time_account import MAX_ADVANCE_S, MIN_GAP_S

if TYPE_CHECKING:
    from genred.clock import Moment
    from genred.events import Event

TOLERANCE_S = 0.001
"""Of sums of many floating-point numbers."""


@dataclass
class Sheet:
    """One station's account, from its events alone.

    Attributes:
        told_until: Up to where all time since the first status is either analysed or in a gap, as the events tell it.
        unaccounted_s: Seconds that were in neither, or in both.
        backed_s: Seconds that the windows of late may yet speak for, and what they may bridge.
        gaps_since_s: Seconds of gaps since the last status.
        status: How the station stood last, by its own account.
        gaps_s: Seconds of all gaps, by their causes.
    """

    told_until: Moment | None = None
    unaccounted_s: float = 0.0
    backed_s: float = MIN_GAP_S
    gaps_since_s: float = 0.0
    status: StationStatus | None = None
    gaps_s: defaultdict[str, float] = field(default_factory=lambda: defaultdict(float))
    gaps: int = 0
    windows: int = 0
    lost: Counter[str] = field(default_factory=Counter)
    recover_s: list[float] = field(default_factory=list)


class Ledger(Output):
    """An output that follows each station's time from one status to the next.

    What a status says to be analysed must be so by its counters too, be in no gap, and have windows to speak for it.

    Args:
        window_s: What one window speaks for.
    """

    def __init__(self, window_s: float) -> None:
        self._window_s = window_s
        self._lock = threading.Lock()
        self.sheets: dict[str, Sheet] = defaultdict(Sheet)

    def handle(self, event: Event) -> None:
        with self._lock:
            sheet = self.sheets[event.station]
            match event:
                case Gap():
                    self._take_gap(sheet, event)
                case StationStatus() if event.accounted_until is not None:
                    self._take_status(sheet, event, event.accounted_until)
                case SourceLost():
                    sheet.lost[event.cause] += 1
                case SourceRecovered():
                    sheet.recover_s.append(event.duration_s)

    def end(self, station: str, began_at: Moment, ended_at: Moment) -> None:
        """The station was to tell of all time between two moments; its own begins with its first status."""
        sheet = self.sheets[station]
        sheet.unaccounted_s += _beyond_tolerance(ended_at.seconds_since(sheet.told_until or began_at))

    def _take_gap(self, sheet: Sheet, gap: Gap) -> None:
        sheet.gaps += 1
        sheet.gaps_s[gap.cause] += gap.duration_s
        sheet.gaps_since_s += gap.duration_s
        if sheet.told_until is not None:
            sheet.unaccounted_s += _beyond_tolerance(sheet.told_until.seconds_since(gap.started_at))

    def _take_status(self, sheet: Sheet, status: StationStatus, until: Moment) -> None:
        counters, before = status.counters, sheet.status.counters if sheet.status is not None else None
        analysed_s = counters.analysed_s - (before.analysed_s if before is not None else 0.0)
        windows = counters.windows - (before.windows if before is not None else 0)
        sheet.status, sheet.windows = status, counters.windows
        if sheet.told_until is not None:
            new_s = until.seconds_since(sheet.told_until)
            sheet.unaccounted_s += _beyond_tolerance(abs(new_s - sheet.gaps_since_s - analysed_s))
            # Windows may be of audio that came in advance, or of time of which it is not known yet whether audio lacks.
            most_s = MAX_ADVANCE_S + self._window_s + MIN_GAP_S + status.at.seconds_since(sheet.told_until)
            sheet.backed_s = min(sheet.backed_s + windows * self._window_s, most_s) - analysed_s
            sheet.unaccounted_s += _beyond_tolerance(-sheet.backed_s)
            sheet.backed_s = max(0.0, sheet.backed_s)
        sheet.told_until, sheet.gaps_since_s = until, 0.0


def _beyond_tolerance(seconds: float) -> float:
    return seconds if seconds > TOLERANCE_S else 0.0
