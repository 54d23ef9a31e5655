"""Smoothing, tuned on programmes: what a station plays in an hour, and how the filter's numbers answer to it.

A programme is blocks of one genre, songs of 30 to 240 s with cross-fades, talk between songs, and dead air. Each is
played once to the daemon's own `Analyzer`; the window probabilities that it heard are then filtered again with other
numbers by the daemon's own `GenreFilter`, which gives the answers that playing the programme anew would (but for the
few steps in which the analyzer trusts a window less, since part of it was silent).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import msgspec
import numpy as np

from genred.analysis.analyzer import Analyzer
from genred.analysis.estimate import State
from genred.analysis.frontend import SAMPLE_RATE_HZ
from genred.analysis.genre_filter import GenreFilter, GenreFilterSettings
from genred_build.student.weights import LABELS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from genred.analysis.bundle import ModelBundle

SPEECH = LABELS.index("speech")
SILENCE = -2
UNCERTAIN = -1
_FADE_S = 3.0
_TALK_SHARE = 0.4
_SILENCE_SHARE = 0.15
_SILENCE_S = (4.0, 20.0)
_GRID = SAMPLE_RATE_HZ // 10


@dataclass(frozen=True, slots=True)
class Song:
    """Samples at 22,050 Hz and their label."""

    samples: NDArray[np.float32]
    label: int


@dataclass(frozen=True, slots=True)
class Programme:
    """What went on air.

    Attributes:
        samples: (n,) float32.
        label_at_s: (seconds,) label of each second, `SILENCE` for dead air.
        block_at_s: (seconds,) counts up with each change of what is on air for long: genre blocks and talk.
    """

    samples: NDArray[np.float32]
    label_at_s: NDArray[np.int64]
    block_at_s: NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Playback:
    """What the analyzer heard of a programme, step by step.

    Attributes:
        probabilities: (steps, 11), NaN in a silent step.
        truth: (steps,) label in the middle of the newest second.
        block: (steps,)
        silent: (steps,) whether the gate was closed.
    """

    probabilities: NDArray[np.float64]
    truth: NDArray[np.int64]
    block: NDArray[np.int64]
    silent: NDArray[np.bool_]
    step_s: float
    window_s: float


class Steadiness(msgspec.Struct, frozen=True):
    """How one smoothing did.

    Attributes:
        spurious_an_hour: Changes to a word that was not on air, an hour.
        switches_an_hour: All changes of the answer, an hour; `truth_an_hour` really happened.
        seconds_to_right: Median over blocks, from the block's start; blocks where it never came count as infinite.
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
    seconds_to_right: float
    never_right: float
    answered_share: float
    late_share: float
    wrong_share: float


def make_programme(songs: Sequence[Song], minutes: float, seed: int, block_s: float = 180.0) -> Programme:
    """Plans and mixes a programme; songs come round again in another order when all were played."""
    rng = np.random.default_rng(seed)
    shelves = {label: [song for song in songs if song.label == label] for label in sorted({s.label for s in songs})}
    genres = [label for label in shelves if label != SPEECH]
    mixer = _Mixer()
    block, genre = -1, -1
    while mixer.seconds < minutes * 60:
        genre = int(rng.choice([label for label in genres if label != genre]))
        block += 1
        filled = 0.0
        order = rng.permutation(len(shelves[genre]))
        number = 0
        while filled < block_s:
            wanted = float(np.clip(rng.lognormal(np.log(120.0), 0.6), 30.0, min(240.0, max(30.0, block_s - filled))))
            song = _lengthened(shelves[genre][order[number % len(order)]].samples, wanted)
            number += 1
            filled += song.size / SAMPLE_RATE_HZ
            mixer.append(_levelled(song), genre, block)
            if SPEECH in shelves and rng.random() < _TALK_SHARE:
                talk = _lengthened(shelves[SPEECH][rng.integers(len(shelves[SPEECH]))].samples, rng.uniform(8.0, 40.0))
                mixer.append(_levelled(talk), SPEECH, block + 1)
                block += 2
            elif rng.random() < _SILENCE_SHARE:
                quiet = np.zeros(round(rng.uniform(*_SILENCE_S) * SAMPLE_RATE_HZ), np.float32)
                mixer.append(quiet, SILENCE, block, fade=False)
    samples = np.concatenate(mixer.pieces)
    seconds = samples.size // SAMPLE_RATE_HZ
    at = (np.arange(seconds) * SAMPLE_RATE_HZ + SAMPLE_RATE_HZ // 2) // _GRID
    return Programme(samples, np.array(mixer.labels)[at], np.array(mixer.blocks)[at])


def play(bundle: ModelBundle, programme: Programme) -> Playback:
    """Plays a programme once, a second at a time."""
    analyzer = Analyzer(bundle)
    rows, truth, block, silent = [], [], [], []
    nothing = np.full(len(LABELS), np.nan)
    for start in range(0, programme.samples.size, SAMPLE_RATE_HZ):
        for estimate in analyzer.push(programme.samples[start : start + SAMPLE_RATE_HZ]):
            second = min(int(estimate.position_s - 0.5), len(programme.label_at_s) - 1)
            heard = estimate.window_probabilities
            rows.append(nothing if heard is None else np.array(heard))
            truth.append(programme.label_at_s[second])
            block.append(programme.block_at_s[second])
            silent.append(estimate.state is State.SILENCE)
    return Playback(
        np.array(rows), np.array(truth), np.array(block), np.array(silent), analyzer.step_s, analyzer.window_s
    )


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
    """Filters what was heard of a programme, step by step."""
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
    """Counts over one programme.

    Attributes:
        waits_s: To the right genre, of each block of music; infinite where it never came.
        truths: Changes of what was on air.
        answered: (blocks,) steps with a word.
        late: (blocks,) steps with a word that is on air no more but was a window ago.
        wrong: (blocks,) steps with a word that was not even then.
    """

    waits_s: tuple[float, ...]
    spurious: int
    switches: int
    truths: int
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
    return Tally(
        waits_s=tuple(waits),
        spurious=int((word & ~was_on_air)[changed].sum()),
        switches=len(changed),
        truths=int((truth[1:] != truth[:-1]).sum()),
        answered=np.bincount(block[word], minlength=block.max() + 1),
        late=np.bincount(block[word & was_on_air & (answer != truth)], minlength=block.max() + 1),
        wrong=np.bincount(block[word & ~was_on_air], minlength=block.max() + 1),
        steps=len(truth),
        step_s=playback.step_s,
    )


def steadiness(name: str, tallies: Sequence[Tally]) -> Steadiness:
    """Sums tallies up, over several programmes."""
    waits = [wait for one in tallies for wait in one.waits_s]
    steps = sum(one.steps for one in tallies)
    hours = sum(one.steps * one.step_s for one in tallies) / 3600
    return Steadiness(
        smoothing=name,
        hours=round(hours, 3),
        blocks=len(waits),
        truth_an_hour=round(sum(one.truths for one in tallies) / hours, 1),
        switches_an_hour=round(sum(one.switches for one in tallies) / hours, 1),
        spurious_an_hour=round(sum(one.spurious for one in tallies) / hours, 1),
        seconds_to_right=round(float(np.median(waits)), 1),
        never_right=round(float(np.isinf(waits).mean()), 4),
        answered_share=round(sum(int(one.answered.sum()) for one in tallies) / steps, 4),
        late_share=round(sum(int(one.late.sum()) for one in tallies) / steps, 4),
        wrong_share=round(sum(int(one.wrong.sum()) for one in tallies) / steps, 4),
    )


def steadiness_line(row: Steadiness) -> str:
    """Gives it as a terminal shows it."""
    return (
        f"{row.smoothing}: {row.spurious_an_hour} spurious switches an hour, {row.seconds_to_right} s to the right "
        f"genre (median of {row.blocks} blocks); of {row.hours:.1f} h, {row.answered_share:.1%} answered, "
        f"{row.late_share:.1%} late, {row.wrong_share:.1%} wrong"
    )


class _Mixer:
    """Puts pieces in a row, cross-faded, on a grid of tenths of a second."""

    def __init__(self) -> None:
        self.pieces: list[NDArray[np.float32]] = []
        self.labels: list[int] = []
        self.blocks: list[int] = []

    @property
    def seconds(self) -> float:
        return len(self.labels) / 10

    def append(self, samples: NDArray[np.float32], label: int, block: int, *, fade: bool = True) -> None:
        samples = samples[: samples.size // _GRID * _GRID]
        count = samples.size // _GRID
        overlap = round(_FADE_S * 10) * _GRID
        if fade and self.pieces and min(self.pieces[-1].size, samples.size) > 2 * overlap:
            ramp = np.linspace(0.0, 1.0, overlap, dtype=np.float32)
            before = self.pieces.pop()
            mixed = before[-overlap:] * np.sqrt(1 - ramp) + samples[:overlap] * np.sqrt(ramp)
            self.pieces.append(before[:-overlap])
            samples = np.concatenate([mixed, samples[overlap:]])
            # The first half of a fade still belongs to what was on air.
            half = overlap // _GRID // 2
            del self.labels[-half:], self.blocks[-half:]
            count -= half
        self.labels += [label] * count
        self.blocks += [block] * count
        self.pieces.append(samples)


def _lengthened(samples: NDArray[np.float32], seconds: float) -> NDArray[np.float32]:
    """An excerpt of thirty seconds stands for its song: played again until the song is over."""
    size = round(seconds * SAMPLE_RATE_HZ)
    return np.resize(samples, size) if samples.size < size else samples[:size]


def _levelled(samples: NDArray[np.float32]) -> NDArray[np.float32]:
    """At -20 dBFS RMS, as a station's processor would have it."""
    return samples * np.float32(0.1 / max(1e-6, float(np.sqrt(np.mean(np.square(samples))))))
