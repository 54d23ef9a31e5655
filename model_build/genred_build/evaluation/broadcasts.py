"""Simulated broadcasts: what a station plays in an hour, and what the daemon's analyzer hears of it.

A broadcast is blocks of one genre, songs of 30 to 240 s with cross-fades, talk between songs, and dead air.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import TYPE_CHECKING

import numpy as np

from genred.analysis.analyzer import Analyzer
from genred.analysis.estimate import State
from genred.audio import SAMPLE_RATE_HZ
from genred.classification.windows import estimate_windows, in_seconds
from genred_build.errors import BuildError
from genred_build.npz import DAMAGED, write_npz
from genred_build.spec.labels import LABELS, SPEECH

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from genred.analysis.bundle import ModelBundle

SILENCE = -2
_FADE_S = 3.0
_TALK_SHARE = 0.4
_SILENCE_SHARE = 0.15
_SILENCE_S = (4.0, 20.0)
_GRID = SAMPLE_RATE_HZ // 10


@dataclass(frozen=True, slots=True)
class Song:
    """Samples at 22,050 Hz, their label, and whose they are."""

    samples: NDArray[np.float32]
    label: int
    artist: str = ""


@dataclass(frozen=True, slots=True)
class Broadcast:
    """What went on air.

    Attributes:
        samples: (n,) float32.
        label_at_s: (seconds,) label of each second, `SILENCE` for dead air.
        block_at_s: (seconds,) counts up with each change of what is on air for long: genre blocks and talk.
        artist_at_s: (seconds,) whose song it is; empty for dead air.
    """

    samples: NDArray[np.float32]
    label_at_s: NDArray[np.int64]
    block_at_s: NDArray[np.int64]
    artist_at_s: NDArray[np.str_]


@dataclass(frozen=True, slots=True)
class Playback:
    """What the analyzer heard of a broadcast, step by step.

    Attributes:
        probabilities: (steps, 11), NaN in a silent step.
        truth: (steps,) label in the middle of the newest second.
        block: (steps,)
        silent: (steps,) whether the gate was closed.
        artist: (steps,) whose song `truth` is.
    """

    probabilities: NDArray[np.float64]
    truth: NDArray[np.int64]
    block: NDArray[np.int64]
    silent: NDArray[np.bool_]
    step_s: float
    window_s: float
    artist: NDArray[np.str_]


def simulate_broadcast(songs: Sequence[Song], minutes: float, seed: int, block_s: float = 180.0) -> Broadcast:
    """Plans and mixes a broadcast; songs come round again in another order when all were played."""
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
            song = shelves[genre][order[number % len(order)]]
            played = _lengthened(song.samples, wanted)
            number += 1
            filled += played.size / SAMPLE_RATE_HZ
            mixer.append(_levelled(played), genre, block, song.artist)
            if SPEECH in shelves and rng.random() < _TALK_SHARE:
                talk = shelves[SPEECH][rng.integers(len(shelves[SPEECH]))]
                spoken = _lengthened(talk.samples, rng.uniform(8.0, 40.0))
                mixer.append(_levelled(spoken), SPEECH, block + 1, talk.artist)
                block += 2
            elif rng.random() < _SILENCE_SHARE:
                quiet = np.zeros(round(rng.uniform(*_SILENCE_S) * SAMPLE_RATE_HZ), np.float32)
                mixer.append(quiet, SILENCE, block, "", fade=False)
    samples = np.concatenate(mixer.pieces)
    seconds = samples.size // SAMPLE_RATE_HZ
    at = (np.arange(seconds) * SAMPLE_RATE_HZ + SAMPLE_RATE_HZ // 2) // _GRID
    labels, blocks, artists = (np.array(each)[at] for each in (mixer.labels, mixer.blocks, mixer.artists))
    return Broadcast(samples, labels, blocks, artists)


def play(bundle: ModelBundle, broadcast: Broadcast) -> Playback:
    """Plays a broadcast once, a second at a time."""
    analyzer = Analyzer(bundle)
    rows, truth, block, silent, artist = [], [], [], [], []
    nothing = np.full(len(LABELS), np.nan)
    for estimate in estimate_windows(analyzer, in_seconds(broadcast.samples)):
        second = min(int(estimate.position_s - 0.5), len(broadcast.label_at_s) - 1)
        probabilities = estimate.window_probabilities
        rows.append(nothing if probabilities is None else np.array(probabilities))
        truth.append(broadcast.label_at_s[second])
        block.append(broadcast.block_at_s[second])
        artist.append(broadcast.artist_at_s[second])
        silent.append(estimate.state is State.SILENCE)
    return Playback(
        np.array(rows),
        np.array(truth),
        np.array(block),
        np.array(silent),
        analyzer.step_s,
        analyzer.window_s,
        np.array(artist),
    )


def write_playbacks(path: Path, playbacks: Sequence[Playback]) -> None:
    """Writes playbacks as `read_playbacks` reads them."""
    write_npz(
        path,
        {
            f"{number}/{field.name}": np.asarray(getattr(playback, field.name))
            for number, playback in enumerate(playbacks)
            for field in fields(Playback)
        },
    )


def read_playbacks(path: Path) -> list[Playback]:
    """Reads what `write_playbacks` wrote.

    Raises:
        BuildError: It cannot be read.
    """
    try:
        with np.load(path) as stored:
            numbers = sorted({int(name.partition("/")[0]) for name in stored.files})
            found = [{field.name: stored[f"{number}/{field.name}"] for field in fields(Playback)} for number in numbers]
    except DAMAGED as error:
        raise BuildError(f"{path}: cannot be read ({error}); delete it and rerun the command") from error
    return [Playback(**{**one, "step_s": float(one["step_s"]), "window_s": float(one["window_s"])}) for one in found]


class _Mixer:
    """Puts pieces in a row, cross-faded, on a grid of tenths of a second."""

    def __init__(self) -> None:
        self.pieces: list[NDArray[np.float32]] = []
        self.labels: list[int] = []
        self.blocks: list[int] = []
        self.artists: list[str] = []

    @property
    def seconds(self) -> float:
        return len(self.labels) / 10

    def append(self, samples: NDArray[np.float32], label: int, block: int, artist: str, *, fade: bool = True) -> None:
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
            del self.labels[-half:], self.blocks[-half:], self.artists[-half:]
            count -= half
        self.labels += [label] * count
        self.blocks += [block] * count
        self.artists += [artist] * count
        self.pieces.append(samples)


def _lengthened(samples: NDArray[np.float32], seconds: float) -> NDArray[np.float32]:
    """An excerpt of thirty seconds stands for its song: played again until the song is over."""
    size = round(seconds * SAMPLE_RATE_HZ)
    return np.resize(samples, size) if samples.size < size else samples[:size]


def _levelled(samples: NDArray[np.float32]) -> NDArray[np.float32]:
    """At -20 dBFS RMS, as a station's processor would have it."""
    return samples * np.float32(0.1 / max(1e-6, float(np.sqrt(np.mean(np.square(samples))))))
