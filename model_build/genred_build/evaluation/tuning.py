"""Tuning: the filter's numbers, chosen on some broadcasts and judged on others."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise, product
from typing import TYPE_CHECKING

import msgspec
import numpy as np

from genred.analysis.genre_filter import GenreFilterSettings
from genred_build.data.audio import read_recording
from genred_build.data.corpus import artist_of
from genred_build.evaluation.assess import BOOTSTRAPS, weighted_ece
from genred_build.evaluation.broadcasts import Playback, Song, play, simulate_broadcast
from genred_build.evaluation.smoothing import (
    Followed,
    Stability,
    Tally,
    filtered,
    follow,
    moving_average,
    stability,
    tally,
    window_argmax,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from genred.analysis.bundle import ModelBundle
    from genred_build.data.corpus import CorpusFile

MOST_SPURIOUS = 10.0
"""Spurious switches an hour that are borne: a little under twelve, so that twelve hold on other broadcasts."""

MOST_SECONDS = 11.0
"""Median seconds to the right genre that are borne, likewise."""


TUNING_NOTE = "by smoothing.least_confidence"
"""How a card's note on what the confidence is worth begins."""

MOST_WRONG = 0.19
"""Share of the time with a wrong word that is borne by default: a little under a fifth, likewise."""


class Coverage(msgspec.Struct, frozen=True, kw_only=True):
    """What asking for confidence brings.

    Attributes:
        least_confidence: What was asked for.
        answered: Share of the time with a word.
        late: Share of that time in which the word is on air no more but was a window ago.
        wrong: Share of that time in which it was not even then.
        low: Lower end of the 95 % interval of `wrong`, by a bootstrap over artists.
        high: Its upper end.
    """

    least_confidence: float
    answered: float
    late: float
    wrong: float
    low: float
    high: float


class Reliability(msgspec.Struct, frozen=True, kw_only=True):
    """What a published confidence is worth, within bounds.

    Attributes:
        above: Lower bound of the confidence.
        below: Upper bound.
        confidence: Mean of it.
        right: Share of the time with such a confidence in which the word is on air.
        low: Lower end of the 95 % interval of `right`, by a bootstrap over artists.
        high: Its upper end.
        time: Share of the time with a word.
    """

    above: float
    below: float
    confidence: float
    right: float
    low: float
    high: float
    time: float


class Tuned(msgspec.Struct, frozen=True, kw_only=True):
    """What broadcasts showed.

    Attributes:
        settings: Chosen on all broadcasts that there were to choose on.
        programmes: Each way of smoothing, on programmes that its numbers were not chosen on.
        coverage: On the same ones, at rising `least_confidence`.
        confidence_error: Expected calibration error of the announced confidence, over the time with an answer: a late
            word counts as wrong here.
        reliability: The announced confidence against how often it is right, in the same sense.
    """

    settings: GenreFilterSettings
    programmes: tuple[Stability, ...]
    coverage: tuple[Coverage, ...]
    confidence_error: float
    reliability: tuple[Reliability, ...] = ()


def describe_tuning(tuned: Tuned, by: str) -> str:
    """Says in a line what the confidence is worth, for the card.

    Args:
        tuned: What broadcasts showed.
        by: Who heard them.
    """
    hours = tuned.programmes[-1].hours
    rows = "; ".join(
        f"{row.least_confidence:g}: {row.answered:.0%} answered, {row.wrong:.0%} of it wrong ({row.low:.0%} to "
        f"{row.high:.0%}) and {row.late:.0%} late"
        for row in tuned.coverage
    )
    return f"{TUNING_NOTE}, on {hours:.1f} hours of programmes that were played to {by}: {rows}"


def play_broadcasts(bundle: ModelBundle, files: Sequence[CorpusFile], seeds: Sequence[int]) -> list[Playback]:
    """Plays an hour's broadcast of these files for each seed."""
    songs = [Song(read_recording(file.path).samples, file.label, artist_of(file)) for file in files]
    return [play(bundle, simulate_broadcast(songs, _BROADCAST_MINUTES, seed=seed)) for seed in seeds]


def tune(playbacks: Sequence[Playback]) -> GenreFilterSettings:
    """Chooses the filter's numbers.

    Among those with at most `MOST_SPURIOUS` spurious switches an hour and a median of `MOST_SECONDS` to the right
    genre, the one with the most time right, where a second wrong costs as much as two seconds right bring; where none
    keeps both bounds, the one that breaks them least. The confidence's own numbers are those that say best whether
    what is announced is on air (least cross-entropy), and as little of it is asked for as leaves at most
    `MOST_WRONG` of the time with a wrong word.
    """
    return _Tuner(playbacks).best(range(len(playbacks)))


def tuned_on(playbacks: Sequence[Playback], judged: Sequence[Playback]) -> Tuned:
    """Tunes on some broadcasts and judges on others."""
    return judged_with(tune(playbacks), judged)


def judged_with(settings: GenreFilterSettings, judged: Sequence[Playback]) -> Tuned:
    """Judges numbers that were chosen elsewhere."""
    return _judged(settings, judged, [settings] * len(judged))


def tuned_by_folds(folds: Sequence[Sequence[Playback]], steady: GenreFilterSettings | None = None) -> Tuned:
    """Tunes on all broadcasts, and judges each fold's with what the other folds' alone would have chosen.

    Args:
        folds: The broadcasts of each.
        steady: The filter's numbers, if those are to stay and only the confidence's are fitted.
    """
    playbacks = [playback for fold in folds for playback in fold]
    fold_of = [number for number, fold in enumerate(folds) for _ in fold]
    tuner = _Tuner(playbacks, steady)
    by_fold = [
        tuner.best([index for index, own in enumerate(fold_of) if own != number]) for number in range(len(folds))
    ]
    return _judged(tuner.best(range(len(playbacks))), playbacks, [by_fold[number] for number in fold_of])


def _judged(chosen: GenreFilterSettings, judged: Sequence[Playback], settings: Sequence[GenreFilterSettings]) -> Tuned:
    pairs = list(zip(judged, settings, strict=True))
    followed = [follow(one, own) for one, own in pairs]
    broadcasts = (
        stability("window argmax", [tally(one, window_argmax(one)) for one in judged]),
        stability("EMA (0.2 a window)", [tally(one, moving_average(one)) for one in judged]),
        stability(
            "sticky HMM, as announced",
            [tally(one, found.answers) for one, found in zip(judged, followed, strict=True)],
        ),
    )
    coverage = [
        _coverage(least, [tally(one, filtered(one, replace(own, least_confidence=least))) for one, own in pairs])
        for least in _COVERAGE
    ]
    return Tuned(
        settings=chosen,
        programmes=broadcasts,
        coverage=tuple(coverage),
        confidence_error=_confidence_error(judged, followed),
        reliability=_reliability(judged, followed),
    )


def _coverage(least: float, tallies: Sequence[Tally]) -> Coverage:
    artist = np.concatenate([one.artists for one in tallies])
    answered, late, wrong = (
        np.concatenate([getattr(one, name) for one in tallies]) for name in ("answered", "late", "wrong")
    )
    low, high = _interval(artist, wrong, answered)
    told = max(1, int(answered.sum()))
    return Coverage(
        least_confidence=least,
        answered=round(told / sum(one.steps for one in tallies), 4),
        late=round(int(late.sum()) / told, 4),
        wrong=round(int(wrong.sum()) / told, 4),
        low=round(float(low), 4),
        high=round(float(high), 4),
    )


def _interval(artist: NDArray[np.str_], part: NDArray[np.integer], whole: NDArray[np.integer]) -> tuple[float, float]:
    """Gives the 95 % interval of the share of the whole, by drawing artists anew."""
    _, index = np.unique(artist, return_inverse=True)
    parts, wholes = np.bincount(index, part), np.bincount(index, whole)
    drawn = np.random.default_rng(0).integers(0, len(parts), (BOOTSTRAPS, len(parts)))
    low, high = np.percentile(parts[drawn].sum(axis=1) / np.maximum(1, wholes[drawn].sum(axis=1)), [2.5, 97.5])
    return float(low), float(high)


def _reliability(judged: Sequence[Playback], followed: Sequence[Followed]) -> tuple[Reliability, ...]:
    sures, rights, artists = [], [], []
    for playback, found in zip(judged, followed, strict=True):
        probabilities, words, right = _told(playback, found)
        sures.append(probabilities[np.arange(len(words)), words])
        rights.append(right)
        artists.append(playback.artist[found.answers >= 0])
    sure, right, artist = np.concatenate(sures), np.concatenate(rights), np.concatenate(artists)
    rows = []
    for above, below in pairwise(_BINS):
        inside = (sure >= above) & ((sure < below) | (below == _BINS[-1]))
        if inside.any():
            low, high = _interval(artist[inside], right[inside].astype(int), np.ones(int(inside.sum()), int))
            rows.append(
                Reliability(
                    above=above,
                    below=below,
                    confidence=round(float(sure[inside].mean()), 4),
                    right=round(float(right[inside].mean()), 4),
                    low=round(low, 4),
                    high=round(high, 4),
                    time=round(float(inside.mean()), 4),
                )
            )
    return tuple(rows)


def _confidence_error(judged: Sequence[Playback], followed: Sequence[Followed]) -> float:
    told = [_told(playback, found) for playback, found in zip(judged, followed, strict=True)]
    sure = np.concatenate([probabilities[np.arange(len(words)), words] for probabilities, words, _ in told])
    right = np.concatenate([right for _, _, right in told])
    return round(weighted_ece(sure, right, np.ones(len(sure))), 4) if sure.size else 0.0


def _told(playback: Playback, found: Followed) -> tuple[NDArray[np.float64], NDArray[np.int64], NDArray[np.bool_]]:
    """Gives the steps with a word: all words' probabilities, what is announced, and whether it is on air."""
    steps = np.flatnonzero(found.answers >= 0)
    words = found.answers[steps]
    return found.probabilities[steps], words, words == playback.truth[steps]


class _Tuner:
    """Chooses numbers on any of some broadcasts; what each choice does on each broadcast is worked out once.

    Args:
        playbacks: The broadcasts.
        steady: The filter's numbers, if only the confidence's are chosen.
    """

    def __init__(self, playbacks: Sequence[Playback], steady: GenreFilterSettings | None = None) -> None:
        self._playbacks = playbacks
        self._steady = steady
        self._tallies: dict[tuple[GenreFilterSettings, int], Tally] = {}
        self._losses: dict[tuple[GenreFilterSettings, int], tuple[NDArray[np.float64], int]] = {}

    def best(self, broadcasts: Sequence[int]) -> GenreFilterSettings:
        steady = self._steady and replace(self._steady, least_confidence=0.0, sharpness=1.0)
        steady = steady or self._cheapest(
            [
                GenreFilterSettings(hold_s, weight, announce, round(_RELEASE * announce, 3), dwell_s)
                for hold_s, weight, announce, dwell_s in product(_HOLDS_S, _WEIGHTS, _ANNOUNCE, _DWELLS_S)
            ],
            broadcasts,
        )
        sure = self._most_truthful(steady, broadcasts)
        for asked in [replace(sure, least_confidence=least) for least in _LEAST]:
            if stability("", [self._tally(asked, index) for index in broadcasts]).wrong_share <= MOST_WRONG:
                break
        return asked

    def _cheapest(self, choices: Sequence[GenreFilterSettings], broadcasts: Sequence[int]) -> GenreFilterSettings:
        def cost(settings: GenreFilterSettings) -> tuple[float, float]:
            result = stability("", [self._tally(settings, index) for index in broadcasts])
            broken = max(0.0, result.spurious_an_hour / MOST_SPURIOUS - 1)
            broken += max(0.0, min(result.seconds_to_right, 600.0) / MOST_SECONDS - 1)
            return round(broken, 6), 3 * result.wrong_share - result.answered_share

        return min(choices, key=cost)

    def _most_truthful(self, steady: GenreFilterSettings, broadcasts: Sequence[int]) -> GenreFilterSettings:
        best, chosen = np.inf, steady
        for memory_s, doubt in product(_MEMORIES_S, _DOUBTS):
            settings = replace(steady, memory_s=memory_s, doubt_windows=doubt)
            losses, counts = zip(*(self._loss(settings, index) for index in broadcasts), strict=True)
            loss = np.sum(losses, axis=0) / max(1, sum(counts))
            if loss.min() < best:
                best, chosen = float(loss.min()), replace(settings, sharpness=_SHARPNESSES[int(loss.argmin())])
        return chosen

    def _tally(self, settings: GenreFilterSettings, index: int) -> Tally:
        key = settings, index
        if key not in self._tallies:
            playback = self._playbacks[index]
            self._tallies[key] = tally(playback, filtered(playback, settings))
        return self._tallies[key]

    def _loss(self, settings: GenreFilterSettings, index: int) -> tuple[NDArray[np.float64], int]:
        """The cross-entropy of "what is announced is on air" at each sharpness, summed, and over how many steps."""
        key = settings, index
        if key not in self._losses:
            playback = self._playbacks[index]
            probabilities, words, right = _told(playback, follow(playback, settings))
            logs = np.log(probabilities)
            losses = []
            for sharpness in _SHARPNESSES:
                powers = np.exp(sharpness * logs)
                sure = np.clip(powers[np.arange(len(words)), words] / powers.sum(axis=1), 1e-6, 1 - 1e-6)
                losses.append(float(-np.log(np.where(right, sure, 1 - sure)).sum()))
            self._losses[key] = np.array(losses), len(words)
        return self._losses[key]


_BROADCAST_MINUTES = 60
_HOLDS_S = (60.0, 120.0, 240.0)
_WEIGHTS = (0.7, 1.0, 1.5)
_ANNOUNCE = (0.4, 0.6, 0.8, 0.9, 0.95)
_DWELLS_S = (2.0, 4.0)
_RELEASE = 0.7
_MEMORIES_S = (10.0, 20.0, 40.0)  # a shorter one would have the confidence jump with each window
_DOUBTS = (0.1, 0.3, 1.0)
_SHARPNESSES = (0.6, 0.7, 0.8, 0.9, 1.0, 1.1, 1.2, 1.35, 1.5, 1.7, 2.0)
_LEAST = (0.0, 0.2, 0.3, 0.4, 0.5, 0.6)
_BINS = (0.0, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0)
_COVERAGE = (0.0, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9)
