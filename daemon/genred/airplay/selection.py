"""Which entries of a log somebody asks for."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, TypeVar

from genred.airplay.cutting import cut
from genred.airplay.rows import Entry, Loudness

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from datetime import datetime

    from genred.analysis.estimate import State

E = TypeVar("E", bound=Entry)


@dataclass(frozen=True, slots=True, kw_only=True)
class Selection:
    """What is asked for; an entry must fit all of it.

    Attributes:
        since: Aware; what began earlier is cut there. None for the beginning.
        until: Aware; what ends later is cut there. None for the end.
        genres: Any of these; none for all, and for what has no genre.
        states: Any of these; none for all.
        title: Text that the title has in it, in whatever case; empty for all.
        min_seconds: At least so long, after cutting.
        merge_under_s: Shorter interruptions count as what they interrupt.
    """

    since: datetime | None = None
    until: datetime | None = None
    genres: frozenset[str] = frozenset()
    states: frozenset[State] = frozenset()
    title: str = ""
    min_seconds: float = 0.0
    merge_under_s: float = 0.0

    def of(self, entries: Iterable[E]) -> Iterator[E]:
        """Gives what fits of a station's entries, which come oldest first."""
        found = (cut(entry, self.since, self.until) for entry in entries)
        chosen = (entry for entry in found if entry is not None)
        for entry in merge_under(chosen, self.merge_under_s) if self.merge_under_s else chosen:
            if self._fits(entry):
                yield entry

    def _fits(self, entry: Entry) -> bool:
        return (
            (not self.genres or entry.genre in self.genres)
            and (not self.states or entry.state in self.states)
            and (not self.title or self.title.casefold() in (entry.title or "").casefold())
            and entry.seconds >= self.min_seconds
        )


def merge_under(entries: Iterable[E], seconds: float) -> Iterator[E]:
    """Makes one entry of neighbours with the same thing on air, and of an interruption and what it interrupts.

    Args:
        entries: Of one station, oldest first.
        seconds: What is shorter counts as what was on air before it, though not an outage.
    """
    held: E | None = None
    for entry in entries:
        if held is None:
            held = entry
        elif _continues(held, entry) or (entry.seconds < seconds and _is_interruption(held, entry)):
            held = _together(held, entry)
        else:
            yield held
            held = entry
    if held is not None:
        yield held


def _continues(before: Entry, later: Entry) -> bool:
    return (before.announcement, before.title, before.cause) == (later.announcement, later.title, later.cause)


def _is_interruption(before: Entry, later: Entry) -> bool:
    return before.cause is None and later.cause is None and before.ended_at == later.started_at


def _together(before: E, later: E) -> E:
    """The first entry, as long as both; means are weighted where both are of one kind."""
    seconds = before.seconds + later.seconds
    longer = replace(before, ended_at=later.ended_at, seconds=seconds)
    if before.announcement != later.announcement or before.model != later.model or not seconds:
        return longer
    weight = later.seconds / seconds
    lows = [low for low in (before.least_confidence, later.least_confidence) if low is not None]
    return replace(
        longer,
        confidence=_mean(before.confidence, later.confidence, weight),
        least_confidence=min(lows, default=None),
        probabilities=tuple(
            a + (b - a) * weight for a, b in zip(before.probabilities, later.probabilities, strict=False)
        )
        or before.probabilities,
        level_dbfs=_mean(before.level_dbfs, later.level_dbfs, weight),
        loudness=_louder(before.loudness, later.loudness, weight),
        reports=before.reports + later.reports,
    )


def _mean(before: float | None, later: float | None, weight: float) -> float | None:
    if before is None or later is None:
        return before if later is None else later
    return before + (later - before) * weight


def _louder(before: Loudness | None, later: Loudness | None, weight: float) -> Loudness | None:
    """The loudness of the mean power, which gates once more might lower; what the range of both is nobody knows."""
    if before is None or later is None:
        return before if later is None else later
    power = _mean(10 ** (before.integrated_lufs / 10), 10 ** (later.integrated_lufs / 10), weight) or 0.0
    peaks = [peak for peak in (before.true_peak_dbtp, later.true_peak_dbtp) if peak is not None]
    return Loudness(integrated_lufs=10 * math.log10(power), true_peak_dbtp=max(peaks, default=None))
