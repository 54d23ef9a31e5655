"""Recordings that follow each other as one: what was on air in them, without a seam.

The windows of a recording are counted from its beginning, as everywhere; those that begin in it and end in the next one
were read with it. So each second between the first and the last is in as many windows as any other, and the timeline is
smoothed over the seam with all that is known on both sides of it.
"""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TYPE_CHECKING

from genred.analysis.estimate import State
from genred.analysis.span_watch import SpanWatch
from genred.archive.means import MeansOfEntries
from genred.archive.windows import unpacked
from genred.classification.timeline import Timeline
from genred.config.schema import AnalysisConfig

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from datetime import datetime

    from genred.analysis.analyzer import Analyzer
    from genred.analysis.estimate import Estimate
    from genred.archive.means import EntrySums
    from genred.classification.timeline import TimelineEntry


_LENGTH_ERROR_S = 0.001
"""Lengths are kept in milliseconds."""


@dataclass(frozen=True, slots=True)
class Link:
    """A recording of a chain.

    Attributes:
        started_at: When it began.
        seconds: Its length.
        result: Number of its result.
        title: Of its tags, in full, and split where it is; None where they have none.
        artist: Likewise.
        song: Likewise.
    """

    started_at: datetime
    seconds: float
    result: int
    title: str | None = None
    artist: str | None = None
    song: str | None = None

    @property
    def ended_at(self) -> datetime:
        """When it ended, by its length."""
        return self.started_at + timedelta(seconds=self.seconds)


@dataclass(frozen=True, slots=True)
class Stretch:
    """A part of a chain in which one thing was on air.

    Attributes:
        started_at: When it began.
        ended_at: When it ended.
        word: What was on air.
        confidence: Of the word.
        sums: Of its windows.
    """

    started_at: datetime
    ended_at: datetime
    word: str
    confidence: float
    sums: EntrySums


def stretches(chain: Sequence[Link], analyzer: Analyzer, windows: Callable[[int], bytes]) -> Iterator[Stretch]:
    """Gives what was on air in a chain, in its order. Of a long one, no more than a part is in memory.

    Args:
        chain: One recording at least, each beginning where the one before it ends.
        analyzer: Of the model.
        windows: Gives the packed windows of a result.
    """
    clock = _ChainClock(chain)
    timeline = Timeline(analyzer)
    means = MeansOfEntries(len(analyzer.labels), analyzer.window_s, analyzer.step_s)

    def stretch(index: int, entry: TimelineEntry) -> Stretch:
        return Stretch(clock.at(entry.start_s), clock.at(entry.end_s), entry.word, entry.confidence, means.of(index))

    for estimate in _joined(chain, clock, analyzer, windows):
        timeline.add(estimate)
        means.add(estimate, timeline)
        for index, entry in enumerate(timeline.entries[:-1]):
            yield stretch(index, entry)
        means.forget(timeline.forget_settled())
    timeline.finish(clock.seconds)
    means.finish(timeline)
    for index, entry in enumerate(timeline.entries):
        yield stretch(index, entry)


def _joined(
    chain: Sequence[Link], clock: _ChainClock, analyzer: Analyzer, windows: Callable[[int], bytes]
) -> Iterator[Estimate]:
    """Gives the windows of all recordings, placed from the beginning of the chain; dead air goes on over a seam."""
    silence = AnalysisConfig().silence
    gate = SpanWatch(silence.start_s, silence.end_s)
    for index, link in enumerate(chain):
        is_last = index == len(chain) - 1
        for window in unpacked(windows(link.result), len(analyzer.labels)):
            if is_last and window.end_s > link.seconds + _LENGTH_ERROR_S:
                break  # what it was read with does not follow here
            estimate = window.estimate
            gate.update(analyzer.step_s, holds=estimate.is_low)
            # Of the first recording, the gate that it was read with knows all of its first window.
            silent = estimate.state is State.SILENCE or (index > 0 and gate.on)
            yield replace(
                estimate,
                position_s=clock.starts_s[index] + estimate.position_s,
                state=State.SILENCE if silent else State.UNCERTAIN,
            )


class _ChainClock:
    """From seconds of a chain's audio to the time: that of the recording in which they are."""

    def __init__(self, chain: Sequence[Link]) -> None:
        self._chain = chain
        self.starts_s = [0.0]
        for link in chain:
            self.starts_s.append(self.starts_s[-1] + link.seconds)
        self.seconds = self.starts_s.pop()

    def at(self, audio_s: float) -> datetime:
        """Gives the time; never falls as `audio_s` rises."""
        index = min(len(self._chain), max(1, bisect_right(self.starts_s, audio_s))) - 1
        at = self._chain[index].started_at + timedelta(seconds=audio_s - self.starts_s[index])
        following = self._chain[index + 1 : index + 2]
        return min(at, following[0].started_at) if following else at
