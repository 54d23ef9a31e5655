"""Listening: test clips through the daemon's own `Analyzer`, on the quantized bundle."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from genred.analysis.analyzer import Analyzer
from genred.classification.windows import estimate_windows
from genred_build.data.audio import read_recording
from genred_build.errors import BuildError
from genred_build.evaluation.metrics import Answers

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from pathlib import Path

    from numpy.typing import NDArray

    from genred.analysis.bundle import ModelBundle


@dataclass(frozen=True, slots=True)
class HeldOutClip:
    """A clip that is tested, and which of its segments.

    Attributes:
        group: Number of its artist, or of its song where no artist is known; None where it is like no other clip.
    """

    clip_id: str
    path: Path
    label: int
    segments: tuple[int, ...]
    group: int | None = None


@dataclass(frozen=True, slots=True)
class SegmentPredictions:
    """What the analyzer said of each segment.

    Attributes:
        probabilities: (windows, labels) calibrated, unsmoothed; NaN where the analyzer heard silence.
        truth: (windows,) label indices.
        clip: (windows,) numbers of clips.
        group: (windows,) numbers of artists, or of songs where no artist is known.
    """

    probabilities: NDArray[np.float64]
    truth: NDArray[np.int64]
    clip: NDArray[np.int64]
    group: NDArray[np.int64]

    @property
    def answered(self) -> NDArray[np.bool_]:
        """(windows,): whether there is an answer."""
        return ~np.isnan(self.probabilities[:, 0])

    @property
    def confidence(self) -> NDArray[np.float64]:
        """(windows,): largest probability; 0 without an answer."""
        return np.where(self.answered, np.nan_to_num(self.probabilities).max(axis=1), 0.0)

    def by_window(self) -> Answers:
        """Each window on its own."""
        answer = np.where(self.answered, np.nan_to_num(self.probabilities).argmax(axis=1), -1)
        return Answers(self.truth, answer, self.group)

    def by_clip(self) -> Answers:
        """Each clip by its mean probabilities, as `genred classify` sums up a file."""
        clips, first = np.unique(self.clip, return_index=True)
        truth = self.truth[first]
        answer = np.full(len(clips), -1, np.int64)
        for index, clip in enumerate(clips):
            own = (self.clip == clip) & self.answered
            if own.any():
                answer[index] = int(self.probabilities[own].mean(axis=0).argmax())
        return Answers(truth, answer, self.group[first])


def predict_segments(
    bundle: ModelBundle,
    clips: Iterable[HeldOutClip],
    *,
    degrade: Callable[[NDArray[np.float32], np.random.Generator], NDArray[np.float32]] | None = None,
    read: Callable[[Path], NDArray[np.float32]] | None = None,
) -> SegmentPredictions:
    """Plays segments to an analyzer, each to one that has heard nothing before.

    Args:
        bundle: The network.
        clips: What to play; an unreadable one is an error, since `prepare` has read it.
        degrade: Done to each whole clip first.
        read: Instead of reading the file, as from a memory of samples.
    """
    analyzer = Analyzer(bundle)
    spec = bundle.card.front_end
    rows, truth, numbers, groups = [], [], [], []
    silence = np.full(len(bundle.card.labels), np.nan)
    for number, clip in enumerate(clips):
        samples = read(clip.path) if read else read_recording(clip.path).samples
        if degrade:
            samples = degrade(samples, np.random.default_rng([7, number]))
        for segment in clip.segments:
            start = segment * spec.window_samples
            window = samples[start : start + spec.window_samples]
            window = np.pad(window, (0, spec.window_samples - window.size))
            analyzer.reset()
            estimates = list(estimate_windows(analyzer, [np.ascontiguousarray(window, np.float32)]))
            if len(estimates) != 1:
                raise BuildError(f"{clip.path}: segment {segment} gave {len(estimates)} estimates, not one")
            probabilities = estimates[0].window_probabilities
            rows.append(silence if probabilities is None else np.array(probabilities))
            truth.append(clip.label)
            numbers.append(number)
            groups.append(-1 - number if clip.group is None else clip.group)
    if not rows:
        raise BuildError("no test clips to evaluate")
    whose = (np.array(each, np.int64) for each in (truth, numbers, groups))
    return SegmentPredictions(np.stack(rows), *whose)
