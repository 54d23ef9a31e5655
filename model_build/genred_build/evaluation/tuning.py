"""Tuning: the filter's numbers, chosen on some broadcasts and judged on others."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from genred.analysis.genre_filter import GenreFilterSettings
from genred_build.data.audio import read_recording
from genred_build.data.corpus_files import artist_of
from genred_build.evaluation.broadcasts import Playback, Song, play, simulate_broadcast
from genred_build.evaluation.filter_search import FilterSearch
from genred_build.evaluation.reliability import Coverage, Reliability, confidence_error, coverage_of, reliability_of
from genred_build.evaluation.smoothing import (
    Stability,
    follow,
    moving_average,
    stability,
    tally,
    window_argmax,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from genred.analysis.bundle import ModelBundle
    from genred_build.data.corpus_files import CorpusFile

__all__ = [
    "TUNING_NOTE",
    "Coverage",
    "Tuned",
    "describe_tuning",
    "judged_with",
    "play_broadcasts",
    "tune",
    "tuned_by_folds",
    "tuned_on",
]

_BROADCAST_MINUTES = 60

TUNING_NOTE = "by smoothing.least_confidence"
"""How a card's note on what the confidence is worth begins."""


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
    return FilterSearch(playbacks).best(range(len(playbacks)))


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
    search = FilterSearch(playbacks, steady)
    by_fold = [
        search.best([index for index, own in enumerate(fold_of) if own != number]) for number in range(len(folds))
    ]
    return _judged(search.best(range(len(playbacks))), playbacks, [by_fold[number] for number in fold_of])


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
    return Tuned(
        settings=chosen,
        programmes=broadcasts,
        coverage=coverage_of(pairs),
        confidence_error=confidence_error(judged, followed),
        reliability=reliability_of(judged, followed),
    )
