"""What the soak keeps of the events, in bounded memory: a listener that trusts nothing but what it was told."""

from __future__ import annotations

import threading
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from genred.events import Gap, SourceLost, SourceRecovered, StationReport

if TYPE_CHECKING:
    from datetime import datetime

    from genred.events import Event


@dataclass
class Sheet:
    """One station's account, from its events alone.

    Attributes:
        seen_until: Up to where all time is either in a reported window or in a gap.
        unaccounted_s: Seconds that were in neither.
    """

    seen_until: datetime | None = None
    unaccounted_s: float = 0.0
    gaps_s: float = 0.0
    gaps: int = 0
    windows: int = 0
    lost: Counter[str] = field(default_factory=Counter)
    recover_s: list[float] = field(default_factory=list)


class Ledger:
    """An output that follows each station's time from window to gap to window.

    Args:
        window_s: What one report speaks for, back from its time.
        jitter_s: What may lie between the last report and a gap: a step, of which audio that was sent in advance
            has covered the time, and a block or two.
    """

    def __init__(self, window_s: float, jitter_s: float = 1.5) -> None:
        self._window_s = window_s
        self._jitter_s = jitter_s
        self._lock = threading.Lock()
        self.sheets: dict[str, Sheet] = defaultdict(Sheet)

    def handle(self, event: Event) -> None:
        with self._lock:
            sheet = self.sheets[event.station]
            match event:
                case StationReport() if event.confidence is not None:
                    sheet.windows = event.windows
                    self._cover(sheet, event.at, self._window_s)
                case Gap():
                    seconds = (event.at - event.started_at).total_seconds()
                    sheet.gaps += 1
                    sheet.gaps_s += seconds
                    self._cover(sheet, event.at, seconds)
                case SourceLost():
                    sheet.lost[event.cause] += 1
                case SourceRecovered():
                    sheet.recover_s.append((event.at - event.lost_at).total_seconds())

    def close(self) -> None:
        """Has nothing to let go of."""

    def begin(self, station: str, at: datetime) -> None:
        """The station's time is counted from here on."""
        self.sheets[station].seen_until = at

    def end(self, station: str, at: datetime) -> None:
        """The station's time is counted up to here."""
        self._cover(self.sheets[station], at, 0.0)

    def _cover(self, sheet: Sheet, until: datetime, seconds: float) -> None:
        if sheet.seen_until is None:
            return
        new_s = (until - sheet.seen_until).total_seconds()
        if new_s <= 0:
            return
        missing_s = new_s - seconds
        if missing_s > self._jitter_s:
            sheet.unaccounted_s += missing_s
        sheet.seen_until = until
