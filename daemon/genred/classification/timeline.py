"""The parts of a file in which one genre is on, placed with all that came before and after."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from typing import TYPE_CHECKING

import msgspec
import numpy as np

from genred.analysis.estimate import State

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from genred.analysis.analyzer import Analyzer
    from genred.analysis.estimate import Estimate

CONFIDENCE_DECIMALS = 3
TIME_DECIMALS = 2

MAJORITY = 0.5
"""A label that is the first choice of more windows than this is the answer, however unsure each of them is."""

LEAD = 0.1
"""By so much another label's posterior must lead for a part to end: where two are alike, the better one changes with
every window, and a tenth is passed within one or two where something really changes."""


class TimelineEntry(msgspec.Struct, frozen=True):
    """A part of a file that has one answer.

    Attributes:
        start_s: From the file's beginning.
        end_s: Likewise.
        word: The genre while there is one, else the state.
        confidence: Of the word, calibrated as live; of the likeliest label while uncertain; 1.0 in silence.
    """

    start_s: float
    end_s: float
    word: str
    confidence: float


class Timeline:
    """Builds a timeline window by window. Its memory grows with the changes, not with the windows.

    The estimates' own announcements are not used: they say what is known at the time, and this is about a file whose
    end is known. A part is uncertain only where neither the smoothed posterior nor most of its windows settle for a
    label.

    Args:
        analyzer: Whose estimates are added.
    """

    def __init__(self, analyzer: Analyzer) -> None:
        self._labels = analyzer.labels
        self._settings = analyzer.smoothing
        self._half_window_s = analyzer.window_s / 2
        self._step_s = analyzer.step_s
        self._share = min(1.0, analyzer.step_s / analyzer.window_s)
        self._enough = self._share / (1.0 - self._settings.fade(analyzer.step_s))
        self._smoother = analyzer.make_smoother()
        self._waiting: deque[_Window] = deque()
        self._entries: list[TimelineEntry] = []
        self._part: _Part | None = None
        self._start_s = 0.0
        self._last_s: float | None = None
        self._loud_until_s = self._low_until_s = 0.0

    def add(self, estimate: Estimate) -> None:
        """Takes the next window."""
        if estimate.changed_steps:
            self._mark_level(estimate.position_s - estimate.changed_steps * self._step_s, is_low=not estimate.is_low)
        if estimate.state is State.SILENCE:
            self._take(self._smoother.finish())
            self._enter(None, self._loud_until_s)
        else:
            probabilities = estimate.window_probabilities
            if self._part is not None and self._part.label is None:
                self._enter_after_silence()
            self._waiting.append(
                _Window(
                    estimate.position_s,
                    estimate.evidence,
                    None if probabilities is None else np.array(probabilities, np.float32),
                )
            )
            self._take(
                self._smoother.update(None if probabilities is None else np.log(probabilities), estimate.evidence)
            )
        self._mark_level(estimate.position_s, is_low=estimate.is_low)

    @property
    def entries(self) -> Sequence[TimelineEntry]:
        """What is known so far, not rounded; the last one may still grow."""
        return self._entries

    @property
    def decided_s(self) -> float:
        """Before this time no part will begin or end any more."""
        if self._part is not None and self._part.label is None:
            return max(self._start_s, self._low_until_s)
        if self._last_s is None:
            return self._start_s
        return max(self._start_s, min(self._last_s - self._half_window_s, self._loud_until_s))

    def forget_settled(self) -> int:
        """Drops the entries that will not change any more, all but the last. Returns how many."""
        count = max(0, len(self._entries) - 1)
        del self._entries[:count]
        return count

    def result(self, seconds: float) -> list[TimelineEntry]:
        """Gives the timeline, which tiles the file.

        Args:
            seconds: Length of the file.

        Raises:
            ValueError: There was no window.
        """
        self.finish(seconds)
        if not self._entries:
            raise ValueError("there was no window to summarise")
        return [
            TimelineEntry(
                round(entry.start_s, TIME_DECIMALS),
                round(entry.end_s, TIME_DECIMALS),
                entry.word,
                round(entry.confidence, CONFIDENCE_DECIMALS),
            )
            for entry in self._entries
        ]

    def finish(self, seconds: float) -> None:
        """Ends the last entry, with the file; see `result`."""
        self._take(self._smoother.finish())
        self._close(seconds)

    def _mark_level(self, until_s: float, *, is_low: bool) -> None:
        if is_low:
            self._low_until_s = until_s
        else:
            self._loud_until_s = until_s

    def _take(self, posteriors: NDArray[np.float64]) -> None:
        for posterior in posteriors:
            window = self._waiting.popleft()
            label = int(posterior.argmax())
            if self._part is not None and self._part.label is not None:
                label = label if posterior[label] - posterior[self._part.label] > LEAD else self._part.label
            if self._last_s is not None:
                # A window speaks for its middle.
                self._enter(label, (self._last_s + window.end_s) / 2 - self._half_window_s)
            elif self._part is None:
                self._enter(label, self._start_s)
            self._last_s = window.end_s
            assert self._part is not None  # noqa: S101 - entered above
            self._part.add(window, float(posterior[label]))

    def _enter_after_silence(self) -> None:
        self._close(self._low_until_s)

    def _enter(self, label: int | None, at_s: float) -> None:
        if self._part is not None and self._part.label == label:
            return
        self._close(at_s)
        self._part = _Part(label, len(self._labels))
        if label is None:
            self._last_s = None

    def _close(self, end_s: float) -> None:
        part, self._part = self._part, None
        end_s = max(self._start_s, end_s)
        if part is not None:
            word, confidence = self._answer(part)
            entry = TimelineEntry(self._start_s, end_s, word, confidence)
            last = self._entries[-1] if self._entries else None
            if last is not None and last.word == word:
                length_s = max(1e-9, end_s - last.start_s)
                shares = (
                    last.confidence * (last.end_s - last.start_s) + confidence * (end_s - entry.start_s)
                ) / length_s
                self._entries[-1] = TimelineEntry(last.start_s, end_s, word, shares)
            elif end_s > self._start_s:
                self._entries.append(entry)
        self._start_s = end_s

    def _answer(self, part: _Part) -> tuple[str, float]:
        """A part's word and confidence: as live, from the mean of what its windows hold."""
        if part.label is None:
            return State.SILENCE.value, 1.0
        mean = part.sum / part.weight if part.weight else np.full(len(self._labels), 1.0 / len(self._labels))
        probabilities = self._settings.probabilities(mean * min(self._enough, self._share * part.weight))
        confidence = float(probabilities[part.label])
        sure = (
            part.posterior_sum >= self._settings.announce_threshold * part.windows
            and confidence >= self._settings.least_confidence
        )
        if sure or part.first_choices[part.label] > MAJORITY * part.windows:
            return self._labels[part.label], confidence
        return State.UNCERTAIN.value, float(probabilities.max())


@dataclass(frozen=True, slots=True)
class _Window:
    end_s: float
    evidence: float
    probabilities: NDArray[np.float32] | None


class _Part:
    """What is summed up of one part; its label is None in silence."""

    def __init__(self, label: int | None, labels: int) -> None:
        self.label = label
        self.windows = 0
        self.posterior_sum = self.weight = 0.0
        self.sum = np.zeros(labels)
        self.first_choices = np.zeros(labels, np.int64)

    def add(self, window: _Window, posterior: float) -> None:
        self.windows += 1
        self.posterior_sum += posterior
        if window.probabilities is not None:
            self.weight += window.evidence
            self.sum += window.evidence * window.probabilities
            self.first_choices[int(window.probabilities.argmax())] += 1
