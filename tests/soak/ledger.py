"""What the soak keeps of the events, in bounded memory: a listener that trusts nothing but what it was told."""

from __future__ import annotations

import threading
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from genred.events import Gap, Output, SourceLost, SourceRecovered, StationReport, StationStatus
from genred.stations.announcer import SELDOM_S

if TYPE_CHECKING:
    from genred.clock import Moment
    from genred.events import Event


@dataclass
class Sheet:
    """One station's account, from its events alone.

    Attributes:
        seen_until: Up to where all time is either in a reported window or in a gap.
        unaccounted_s: Seconds that were in neither.
        status: How the station stood last, by its own account.
    """

    seen_until: Moment | None = None
    unaccounted_s: float = 0.0
    status: StationStatus | None = None
    gaps_s: float = 0.0
    gaps: int = 0
    windows: int = 0
    lost: Counter[str] = field(default_factory=Counter)
    recover_s: list[float] = field(default_factory=list)


class Ledger(Output):
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
                    self._cover(sheet, event.at, self._window_s + self._unreported_s(sheet))
                case Gap():
                    sheet.gaps += 1
                    sheet.gaps_s += event.duration_s
                    self._cover(sheet, event.at, event.duration_s + self._unreported_s(sheet))
                case StationStatus():
                    sheet.status = event
                case SourceLost():
                    sheet.lost[event.cause] += 1
                case SourceRecovered():
                    sheet.recover_s.append(event.duration_s)

    @staticmethod
    def _unreported_s(sheet: Sheet) -> float:
        """Seconds of windows that were not reported: under load, what did not change is reported seldom."""
        overloaded = sheet.status is not None and sheet.status.overloaded
        return SELDOM_S if overloaded else 0.0

    def begin(self, station: str, at: Moment) -> None:
        """The station's time is counted from here on."""
        self.sheets[station].seen_until = at

    def end(self, station: str, at: Moment) -> None:
        """The station's time is counted up to here."""
        self._cover(self.sheets[station], at, 0.0)

    def _cover(self, sheet: Sheet, until: Moment, seconds: float) -> None:
        if sheet.seen_until is None:
            return
        new_s = until.seconds_since(sheet.seen_until)
        if new_s <= 0:
            return
        missing_s = new_s - seconds
        if missing_s > self._jitter_s:
            sheet.unaccounted_s += missing_s
        sheet.seen_until = until
