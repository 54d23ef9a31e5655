"""Smoothing: how the filter's numbers answer to broadcasts, beside single windows and a moving average.

A broadcast is played once; the window probabilities that the analyzer heard are then filtered again with other
numbers by the daemon's own `GenreFilter`, which gives the answers that playing the broadcast anew would (but for the
few steps in which the analyzer trusts a window less, since part of it was silent).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import msgspec
import numpy as np

from genred.analysis.genre_filter import GenreFilter, GenreFilterSettings
from genred_build.evaluation.broadcasts import SILENCE
from genred_build.spec.labels import LABELS, SPEECH

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from genred_build.evaluation.broadcasts import Playback

UNCERTAIN = -1


class Stability(msgspec.Struct, frozen=True):
    """How one smoothing did.

    Attributes:
        spurious_an_hour: Changes to a word that was not on air, an hour.
        switches_an_hour: All changes of the answer, an hour; `truth_an_hour` really happened.
        seconds_to_right: Median over blocks, from the block's start; None where it never came in half of them.
        never_right: Share of blocks in which it never came.
        answered_share: Share of the time with any word.
        late_share: Share of the time with a word that is on air no more but was a window ago.
        wrong_share: Share of the time with a word that was not even then.
    """

    smoothing: str
    hours: float
    blocks: int
    truth_an_hour: float
    switches_an_hour: float
    spurious_an_hour: float
    seconds_to_right: float | None
    never_right: float
    answered_share: float
    late_share: float
    wrong_share: float


@dataclass(frozen=True, slots=True)
class Followed:
    """What the filter said at each step.

    Attributes:
        answers: (steps,) what is announced: a label, `UNCERTAIN` or `SILENCE`.
        probabilities: (steps, 11), NaN in a silent step.
    """

    answers: NDArray[np.int64]
    probabilities: NDArray[np.float64]


def follow(playback: Playback, settings: GenreFilterSettings) -> Followed:
    """Filters what was heard of a broadcast, step by step."""
    genre_filter = GenreFilter(len(LABELS), playback.step_s, playback.window_s, settings)
    answers = np.full(len(playback.truth), UNCERTAIN, np.int64)
    probabilities = np.full((len(playback.truth), len(LABELS)), np.nan)
    logs = np.log(np.maximum(np.nan_to_num(playback.probabilities), 1e-12))
    for step, (row, silent) in enumerate(zip(logs, playback.silent, strict=True)):
        if silent:
            genre_filter.reset()
            answers[step] = SILENCE
            continue
        genre_filter.update(row if np.isfinite(playback.probabilities[step, 0]) else None)
        probabilities[step] = genre_filter.probabilities
        if genre_filter.announced is not None:
            answers[step] = genre_filter.announced
    return Followed(answers, probabilities)


def filtered(playback: Playback, settings: GenreFilterSettings) -> NDArray[np.int64]:
    """Gives what is announced at each step: a label, `UNCERTAIN` or `SILENCE`."""
    return follow(playback, settings).answers


def window_argmax(playback: Playback) -> NDArray[np.int64]:
    """Gives each window's own answer, as without any smoothing."""
    answers = np.nan_to_num(playback.probabilities).argmax(axis=1)
    return np.where(playback.silent, SILENCE, answers)


def moving_average(playback: Playback, share: float = 0.2) -> NDArray[np.int64]:
    """Gives the leader of an exponential moving average of probabilities."""
    answers = np.full(len(playback.truth), SILENCE, np.int64)
    mean = np.full(len(LABELS), 1 / len(LABELS))
    for step, row in enumerate(playback.probabilities):
        if playback.silent[step]:
            mean = np.full(len(LABELS), 1 / len(LABELS))
            continue
        if np.isfinite(row[0]):
            mean = share * row + (1 - share) * mean
        answers[step] = int(mean.argmax())
    return answers


@dataclass(frozen=True, slots=True)
class Tally:
    """Counts over one broadcast.

    Attributes:
        waits_s: To the right genre, of each block of music; infinite where it never came.
        truths: Changes of what was on air.
        artists: Whose songs there were.
        answered: (artists,) steps with a word.
        late: (artists,) steps with a word that is on air no more but was a window ago.
        wrong: (artists,) steps with a word that was not even then.
    """

    waits_s: tuple[float, ...]
    spurious: int
    switches: int
    truths: int
    artists: NDArray[np.str_]
    answered: NDArray[np.int64]
    late: NDArray[np.int64]
    wrong: NDArray[np.int64]
    steps: int
    step_s: float


def tally(playback: Playback, answer: NDArray[np.int64]) -> Tally:
    """Compares answers with what was on air."""
    waits: list[float] = []
    truth = playback.truth
    word = answer >= 0
    changed = np.flatnonzero(answer[1:] != answer[:-1]) + 1
    recent = round(playback.window_s / playback.step_s) + 1
    was_on_air = answer == truth
    for steps in range(1, recent + 1):
        was_on_air[steps:] |= answer[steps:] == truth[:-steps]
    _, block = np.unique(playback.block, return_inverse=True)
    for number in range(block.max() + 1):
        inside = np.flatnonzero((block == number) & (truth != SILENCE))
        if inside.size and truth[inside[0]] != SPEECH:
            right = np.flatnonzero(answer[inside] == truth[inside])
            waits.append(float(right[0]) * playback.step_s if right.size else np.inf)
    artists, artist = np.unique(playback.artist, return_inverse=True)
    late = word & was_on_air & (answer != truth)
    answered, late_steps, wrong = (
        np.bincount(artist[chosen], minlength=len(artists)) for chosen in (word, late, word & ~was_on_air)
    )
    return Tally(
        waits_s=tuple(waits),
        spurious=int((word & ~was_on_air)[changed].sum()),
        switches=len(changed),
        truths=int((truth[1:] != truth[:-1]).sum()),
        artists=artists,
        answered=answered,
        late=late_steps,
        wrong=wrong,
        steps=len(truth),
        step_s=playback.step_s,
    )


def stability(name: str, tallies: Sequence[Tally]) -> Stability:
    """Sums tallies up, over several broadcasts."""
    waits = [wait for one in tallies for wait in one.waits_s]
    median = float(np.median(waits)) if waits else np.inf
    steps = sum(one.steps for one in tallies)
    hours = sum(one.steps * one.step_s for one in tallies) / 3600
    return Stability(
        smoothing=name,
        hours=round(hours, 3),
        blocks=len(waits),
        truth_an_hour=round(sum(one.truths for one in tallies) / hours, 1),
        switches_an_hour=round(sum(one.switches for one in tallies) / hours, 1),
        spurious_an_hour=round(sum(one.spurious for one in tallies) / hours, 1),
        seconds_to_right=round(median, 1) if np.isfinite(median) else None,
        never_right=round(float(np.isinf(waits).mean()), 4) if waits else 0.0,
        answered_share=round(sum(int(one.answered.sum()) for one in tallies) / steps, 4),
        late_share=round(sum(int(one.late.sum()) for one in tallies) / steps, 4),
        wrong_share=round(sum(int(one.wrong.sum()) for one in tallies) / steps, 4),
    )


def stability_line(row: Stability) -> str:
    """Gives it as a terminal shows it."""
    never = row.seconds_to_right is None
    wait = "mostly never the right genre" if never else f"{row.seconds_to_right} s to the right genre"
    return (
        f"{row.smoothing}: {row.spurious_an_hour} spurious switches an hour, {wait} (median of "
        f"{row.blocks} blocks); of {row.hours:.1f} h, {row.answered_share:.1%} answered, "
        f"{row.late_share:.1%} late, {row.wrong_share:.1%} wrong"
    )
