"""What the announced confidence is worth: how often it is right, and how much of the time has a word at each level."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise
from typing import TYPE_CHECKING

import msgspec
import numpy as np

from genred_build.evaluation.bootstrap import drawn_ratios, interval
from genred_build.evaluation.smoothing import Followed, filtered, tally
from genred_build.evaluation.temperature import weighted_ece

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from genred.analysis.genre_filter import GenreFilterSettings
    from genred_build.evaluation.broadcasts import Playback

_BINS = (0.0, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0)
_COVERAGE = (0.0, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9)


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


def coverage_of(pairs: Sequence[tuple[Playback, GenreFilterSettings]]) -> tuple[Coverage, ...]:
    """Gives what broadcasts come to at rising `least_confidence`, each with its own numbers otherwise."""
    return tuple(_coverage(least, pairs) for least in _COVERAGE)


def reliability_of(judged: Sequence[Playback], followed: Sequence[Followed]) -> tuple[Reliability, ...]:
    """Gives how often each level of the announced confidence is right."""
    sures, rights, artists = [], [], []
    for playback, found in zip(judged, followed, strict=True):
        probabilities, words, right = announced(playback, found)
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


def confidence_error(judged: Sequence[Playback], followed: Sequence[Followed]) -> float:
    """Gives the expected calibration error of the announced confidence, over the time with a word."""
    told = [announced(playback, found) for playback, found in zip(judged, followed, strict=True)]
    sure = np.concatenate([probabilities[np.arange(len(words)), words] for probabilities, words, _ in told])
    right = np.concatenate([right for _, _, right in told])
    return round(weighted_ece(sure, right, np.ones(len(sure))), 4) if sure.size else 0.0


def announced(playback: Playback, found: Followed) -> tuple[NDArray[np.float64], NDArray[np.int64], NDArray[np.bool_]]:
    """Gives the steps with a word: all words' probabilities, what is announced, and whether it is on air."""
    steps = np.flatnonzero(found.answers >= 0)
    words = found.answers[steps]
    return found.probabilities[steps], words, words == playback.truth[steps]


def _coverage(least: float, pairs: Sequence[tuple[Playback, GenreFilterSettings]]) -> Coverage:
    tallies = [tally(one, filtered(one, replace(own, least_confidence=least))) for one, own in pairs]
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
        low=round(low, 4),
        high=round(high, 4),
    )


def _interval(artist: NDArray[np.str_], part: NDArray[np.integer], whole: NDArray[np.integer]) -> tuple[float, float]:
    """Gives the 95 % interval of the share of the whole, by drawing artists anew."""
    _, index = np.unique(artist, return_inverse=True)
    parts, wholes = np.bincount(index, part), np.bincount(index, whole)
    return interval(drawn_ratios(parts, wholes, np.random.default_rng(0)))
