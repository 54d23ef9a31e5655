"""Tuning: the filter's numbers, chosen on some programmes and judged on others."""

from __future__ import annotations

from itertools import product
from typing import TYPE_CHECKING

import msgspec
import numpy as np

from genred.analysis.genre_filter import GenreFilterSettings
from genred_build.audio import read_recording
from genred_build.student.smoothing import (
    Playback,
    Song,
    Steadiness,
    Tally,
    filtered,
    make_programme,
    moving_average,
    play,
    steadiness,
    tally,
    window_argmax,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from genred.analysis.bundle import ModelBundle
    from genred_build.student.corpus import CorpusFile

MOST_SPURIOUS = 12.0
"""Spurious switches an hour that are borne."""

MOST_SECONDS = 12.0
"""Median seconds to the right genre that are borne."""


class Tuned(msgspec.Struct, frozen=True, kw_only=True):
    """What programmes showed.

    Attributes:
        settings: Chosen on all programmes that there were to choose on.
        programmes: Each way of smoothing, on programmes that its numbers were not chosen on.
        coverage: On the same ones, at rising thresholds: threshold, share of the time with an answer, share of these
            answers that were right.
    """

    settings: GenreFilterSettings
    programmes: tuple[Steadiness, ...]
    coverage: tuple[tuple[float, float, float], ...]


def play_programmes(bundle: ModelBundle, files: Sequence[CorpusFile], seeds: Sequence[int]) -> list[Playback]:
    """Plays an hour's programme of these files for each seed."""
    songs = [Song(read_recording(file.path).samples, file.label) for file in files]
    return [play(bundle, make_programme(songs, _PROGRAMME_MINUTES, seed=seed)) for seed in seeds]


def tune(playbacks: Sequence[Playback]) -> GenreFilterSettings:
    """Chooses the filter's numbers.

    Among those with at most `MOST_SPURIOUS` spurious switches an hour and a median of `MOST_SECONDS` to the right
    genre, the one with the most time right, where a second wrong costs as much as two seconds right bring; where none
    keeps both bounds, the one that breaks them least.
    """
    return _best(_tallies(playbacks), range(len(playbacks)))


def tuned_on(playbacks: Sequence[Playback], judged: Sequence[Playback]) -> Tuned:
    """Tunes on some programmes and judges on others."""
    return judged_with(tune(playbacks), judged)


def judged_with(settings: GenreFilterSettings, judged: Sequence[Playback]) -> Tuned:
    """Judges numbers that were chosen elsewhere."""
    return _judged(settings, judged, [settings] * len(judged))


def tuned_by_folds(folds: Sequence[Sequence[Playback]]) -> Tuned:
    """Tunes on all programmes, and judges each fold's with what the other folds' alone would have chosen."""
    playbacks = [playback for fold in folds for playback in fold]
    fold_of = [number for number, fold in enumerate(folds) for _ in fold]
    tallies = _tallies(playbacks)
    by_fold = [
        _best(tallies, [index for index, own in enumerate(fold_of) if own != number]) for number in range(len(folds))
    ]
    return _judged(_best(tallies, range(len(playbacks))), playbacks, [by_fold[number] for number in fold_of])


def _judged(chosen: GenreFilterSettings, judged: Sequence[Playback], settings: Sequence[GenreFilterSettings]) -> Tuned:
    pairs = list(zip(judged, settings, strict=True))
    programmes = (
        steadiness("window argmax", [tally(one, window_argmax(one)) for one in judged]),
        steadiness("EMA (0.2 a window)", [tally(one, moving_average(one)) for one in judged]),
        steadiness("sticky HMM, as announced", [tally(one, filtered(one, own)) for one, own in pairs]),
    )
    coverage = []
    for threshold in np.arange(0.3, 1.0, 0.1):
        result = steadiness("", [tally(one, filtered(one, _announcing(own, float(threshold)))) for one, own in pairs])
        coverage.append((round(float(threshold), 2), result.answered_share, round(1 - result.wrong_of_answered, 4)))
    return Tuned(settings=chosen, programmes=programmes, coverage=tuple(coverage))


def _tallies(playbacks: Sequence[Playback]) -> dict[GenreFilterSettings, list[Tally]]:
    """Gives what every choice of numbers does on each programme."""
    choices = [
        _announcing(GenreFilterSettings(hold_s, weight, 0.0, 0.0, dwell_s), announce)
        for hold_s, weight, announce, dwell_s in product(_HOLDS_S, _WEIGHTS, _ANNOUNCE, _DWELLS_S)
    ]
    return {settings: [tally(one, filtered(one, settings)) for one in playbacks] for settings in choices}


def _best(tallies: dict[GenreFilterSettings, list[Tally]], programmes: Sequence[int]) -> GenreFilterSettings:
    def cost(settings: GenreFilterSettings) -> tuple[float, float]:
        result = steadiness("", [tallies[settings][index] for index in programmes])
        broken = max(0.0, result.spurious_an_hour / MOST_SPURIOUS - 1)
        broken += max(0.0, min(result.seconds_to_right, 600.0) / MOST_SECONDS - 1)
        return round(broken, 6), 3 * result.wrong_share - result.answered_share

    return min(tallies, key=cost)


def _announcing(settings: GenreFilterSettings, threshold: float) -> GenreFilterSettings:
    release = round(_RELEASE * threshold, 3)
    return GenreFilterSettings(settings.hold_s, settings.evidence_weight, threshold, release, settings.dwell_s)


_PROGRAMME_MINUTES = 60
_HOLDS_S = (60.0, 120.0, 240.0)
_WEIGHTS = (0.4, 0.7, 1.0, 1.5)
_ANNOUNCE = (0.4, 0.5, 0.6, 0.7, 0.8, 0.9)
_DWELLS_S = (2.0, 4.0)
_RELEASE = 0.7
