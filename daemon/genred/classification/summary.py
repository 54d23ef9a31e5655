"""The estimates of a file summed up, one after the other."""

from __future__ import annotations

from collections import Counter, defaultdict
from typing import TYPE_CHECKING

import msgspec
import numpy as np

from genred.analysis.estimate import State
from genred.classification.fault_spans import FaultSpan
from genred.classification.timeline import CONFIDENCE_DECIMALS, MAJORITY, TimelineEntry

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from genred.analysis.estimate import Estimate
    from genred.classification.timeline import Timeline

SHARE_DECIMALS = 4
LENGTH_DECIMALS = 3
_LEAST_S = 1e-9


class Medium(msgspec.Struct, frozen=True, omit_defaults=True):
    """What a file is.

    Attributes:
        codec: As FFmpeg calls it.
        rate_hz: Before resampling.
        channels: Likewise.
        bitrate_bps: As announced, if it is.
        title: As the file's tags give it, if they do.
        note: What is odd about it and was put right.
    """

    codec: str
    rate_hz: int
    channels: int
    bitrate_bps: int | None = None
    title: str | None = None
    note: str | None = None


class Classification(msgspec.Struct, frozen=True, omit_defaults=True):
    """What is known of one file.

    Attributes:
        path: As text that every output can hold.
        seconds: Its length.
        windows: How many were analysed.
        word: The answer in one word: the genre or `speech` that most of the timeline has, else `silence` or
            `uncertain`.
        confidence: Of the word: mean over its time on the timeline.
        shares: Share of all windows on which the network's first choice was this label (`silence` for windows without
            sound); sum 1, largest first, labels without a window left out.
        mean: Mean probability of each label over the windows with sound, unsmoothed; all labels.
        timeline: The parts that have one answer, smoothed over what comes before and after each.
        model: Name of the model.
        medium: What the file is.
        signal_faults: Parts in which something is wrong with the channels; left out where there are none.
        path_b64: The path's bytes in Base64, where they are no UTF-8 and `path` cannot hold them.
    """

    path: str
    seconds: float
    windows: int
    word: str
    confidence: float
    shares: dict[str, float]
    mean: dict[str, float]
    timeline: list[TimelineEntry]
    model: str
    medium: Medium | None = None
    signal_faults: list[FaultSpan] = msgspec.field(default_factory=list)
    path_b64: str | None = None

    @property
    def windows_text(self) -> str:
        """How many windows, in words."""
        return "1 window" if self.windows == 1 else f"{self.windows} windows"


class Summary:
    """Sums estimates up; its memory grows with the changes on the timeline, not with the windows.

    Args:
        labels: Of the network, in its order.
        timeline: Empty.

    Attributes:
        windows: Estimates so far.
    """

    def __init__(self, labels: Sequence[str], timeline: Timeline) -> None:
        self.windows = 0
        self._labels = labels
        self._counts: Counter[str] = Counter()
        self._sum = np.zeros(len(labels))
        self._timeline = timeline

    def add(self, estimate: Estimate) -> None:
        """Takes the next window."""
        self.windows += 1
        if estimate.window_probabilities is None:
            self._counts[State.SILENCE.value] += 1
        else:
            self._sum += estimate.window_probabilities
            self._counts[self._labels[int(np.argmax(estimate.window_probabilities))]] += 1
        self._timeline.add(estimate)

    def result(self, path: str, seconds: float, model: str, medium: Medium | None = None) -> Classification:
        """Gives what the windows so far amount to.

        Args:
            path: Of the file.
            seconds: Its length.
            model: Name of the model.
            medium: What the file is.

        Raises:
            ValueError: There was no window.
        """
        timeline = self._timeline.result(seconds)
        with_sound = self.windows - self._counts[State.SILENCE.value]
        mean = self._sum / max(1, with_sound)
        word, confidence = self._headline(timeline, mean)
        return Classification(
            path=path,
            seconds=round(seconds, LENGTH_DECIMALS),
            windows=self.windows,
            word=word,
            confidence=round(confidence, CONFIDENCE_DECIMALS),
            shares={label: round(count / self.windows, SHARE_DECIMALS) for label, count in self._counts.most_common()},
            mean={label: round(float(value), SHARE_DECIMALS) for label, value in zip(self._labels, mean, strict=True)},
            timeline=timeline,
            model=model,
            medium=medium,
        )

    def _headline(self, timeline: list[TimelineEntry], mean: NDArray[np.float64]) -> tuple[str, float]:
        """The word that most of the timeline has; one that answers goes before one that does not."""
        seconds: defaultdict[str, float] = defaultdict(float)
        weighted: defaultdict[str, float] = defaultdict(float)
        for entry in timeline:
            length_s = max(_LEAST_S, entry.end_s - entry.start_s)
            seconds[entry.word] += length_s
            weighted[entry.word] += length_s * entry.confidence
        answers = [word for word in seconds if word in self._labels]
        if answers:
            word = max(answers, key=seconds.__getitem__)
            return word, weighted[word] / seconds[word]
        label, count = self._counts.most_common(1)[0]
        if label in self._labels and count > MAJORITY * self.windows:
            return label, float(mean[self._labels.index(label)])
        word = State.UNCERTAIN.value if State.UNCERTAIN.value in seconds else State.SILENCE.value
        return word, weighted[word] / seconds[word]
