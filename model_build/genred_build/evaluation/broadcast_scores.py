"""A simulated broadcast: test clips in a row, as a station plays them, and how stable each smoothing is."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
import numpy as np

from genred.analysis.analyzer import Analyzer
from genred.classification.windows import estimate_windows, in_seconds

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from genred.analysis.bundle import ModelBundle
    from genred_build.evaluation.predictions import HeldOutClip

BLOCK_S = 180.0
"""A station stays with one genre for about so long; as many clips of it are played in a row."""

EMA_SHARE = 0.2
"""Weight of the newest window in the exponential moving average of probabilities."""


class BroadcastScores(msgspec.Struct, frozen=True):
    """How one way of smoothing did over the whole broadcast.

    Attributes:
        accuracy: Share of windows with the right answer.
        answered: Share of windows with any answer.
        flips_an_hour: Changes to an answer that is wrong, an hour of broadcast.
        switch_s: Median seconds from a change of genre until the answer is right, of the blocks where it came; None
            where it came in none.
        missed: Share of blocks in which it never came.
        hours: Length of the broadcast.
    """

    smoothing: str
    accuracy: float
    answered: float
    flips_an_hour: float
    switch_s: float | None
    missed: float
    blocks: int
    hours: float


def score_broadcast(
    bundle: ModelBundle, clips: Sequence[HeldOutClip], read: Callable[[Path], NDArray[np.float32]], *, seed: int = 0
) -> list[BroadcastScores]:
    """Plays every test clip once, in blocks of one genre, to one analyzer that is never reset.

    Args:
        bundle: Network and smoothing.
        clips: Played in a random order of blocks.
        read: Gives a file's samples.
        seed: Of that order.

    Returns:
        Window argmax, EMA and the sticky HMM with its announcement, over the same estimates.
    """
    analyzer = Analyzer(bundle)
    labels = bundle.card.labels
    truth: list[int] = []
    block_of: list[int] = []
    window_answers: list[NDArray[np.float64]] = []
    announced: list[int] = []
    last: NDArray[np.float64] = np.full(len(labels), 1.0 / len(labels))
    for number, block in enumerate(_blocks(clips, seed)):
        for clip in block:
            for estimate in estimate_windows(analyzer, in_seconds(read(clip.path)), finish=False):
                if estimate.window_probabilities is not None:
                    last = np.array(estimate.window_probabilities)
                window_answers.append(last)
                announced.append(labels.index(estimate.announcement) if estimate.announcement in labels else -1)
                truth.append(clip.label)
                block_of.append(number)
    windows = np.stack(window_answers)
    smoothed = np.empty_like(windows)
    mean = windows[0]
    for index, row in enumerate(windows):
        mean = EMA_SHARE * row + (1 - EMA_SHARE) * mean
        smoothed[index] = mean
    ways = {
        "window argmax": windows.argmax(axis=1),
        f"EMA ({EMA_SHARE:g} a window)": smoothed.argmax(axis=1),
        "sticky HMM, as announced": np.array(announced),
    }
    spans = np.array(truth), np.array(block_of), analyzer.step_s
    return [_judge(name, answers, *spans) for name, answers in ways.items()]


def _blocks(clips: Sequence[HeldOutClip], seed: int) -> list[list[HeldOutClip]]:
    """Blocks of up to `BLOCK_S`, in an order in which neighbours differ where that can be had."""
    rng = np.random.default_rng(seed)
    by_label: dict[int, list[list[HeldOutClip]]] = {}
    for index in rng.permutation(len(clips)):
        clip = clips[index]
        blocks = by_label.setdefault(clip.label, [[]])
        # GTZAN's clips last thirty seconds.
        if len(blocks[-1]) >= BLOCK_S / 30:
            blocks.append([])
        blocks[-1].append(clip)
    order: list[list[HeldOutClip]] = []
    while any(by_label.values()):
        before = order[-1][0].label if order else None
        others = {label: len(blocks) for label, blocks in by_label.items() if blocks and label != before}
        remaining = others or {label: len(blocks) for label, blocks in by_label.items() if blocks}
        most = max(remaining.values())
        label = int(rng.choice([label for label, count in remaining.items() if count == most]))
        order.append(by_label[label].pop())
    return order


def _judge(
    name: str, answers: NDArray[np.int64], truth: NDArray[np.int64], blocks: NDArray[np.int64], step_s: float
) -> BroadcastScores:
    changed = np.flatnonzero(answers[1:] != answers[:-1]) + 1
    wrong_changes = [index for index in changed if answers[index] >= 0 and answers[index] != truth[index]]
    waits, missed = [], 0
    for block in np.unique(blocks):
        inside = np.flatnonzero(blocks == block)
        right = np.flatnonzero(answers[inside] == truth[inside])
        if right.size:
            waits.append(float(right[0]) * step_s)
        else:
            missed += 1
    hours = truth.size * step_s / 3600
    count = len(np.unique(blocks))
    return BroadcastScores(
        name,
        float((answers == truth).mean()),
        float((answers >= 0).mean()),
        len(wrong_changes) / hours,
        float(np.median(waits)) if waits else None,
        missed / count,
        count,
        hours,
    )
