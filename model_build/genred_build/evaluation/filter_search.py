"""The search for the filter's numbers: of all choices on a grid, the one that some broadcasts bear out best."""

from __future__ import annotations

from dataclasses import replace
from itertools import product
from typing import TYPE_CHECKING

import numpy as np

from genred.analysis.genre_filter import GenreFilterSettings
from genred_build.evaluation.reliability import announced
from genred_build.evaluation.smoothing import Tally, filtered, follow, stability, tally

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from genred_build.evaluation.broadcasts import Playback

MOST_SPURIOUS = 10.0
"""Spurious switches an hour that are borne: a little under twelve, so that twelve hold on other broadcasts."""

MOST_SECONDS = 11.0
"""Median seconds to the right genre that are borne, likewise."""

MOST_WRONG = 0.19
"""Share of the time with a wrong word that is borne by default: a little under a fifth, likewise."""

_NEVER_S = 600.0
"""Seconds that a right answer which never comes counts as, at most."""

_HOLDS_S = (60.0, 120.0, 240.0)
_WEIGHTS = (0.7, 1.0, 1.5)
_ANNOUNCE = (0.4, 0.6, 0.8, 0.9, 0.95)
_DWELLS_S = (2.0, 4.0)
_RELEASE = 0.7
_MEMORIES_S = (10.0, 20.0, 40.0)  # a shorter one would have the confidence jump with each window
_DOUBTS = (0.1, 0.3, 1.0)
_SHARPNESSES = (0.6, 0.7, 0.8, 0.9, 1.0, 1.1, 1.2, 1.35, 1.5, 1.7, 2.0)
_LEAST = (0.0, 0.2, 0.3, 0.4, 0.5, 0.6)


class FilterSearch:
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
        """Gives the best numbers for some of the broadcasts, by their places; see `tune`."""
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
            wait_s = _NEVER_S if result.seconds_to_right is None else min(result.seconds_to_right, _NEVER_S)
            broken += max(0.0, wait_s / MOST_SECONDS - 1)
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
            probabilities, words, right = announced(playback, follow(playback, settings))
            logs = np.log(probabilities)
            losses = []
            for sharpness in _SHARPNESSES:
                powers = np.exp(sharpness * logs)
                sure = np.clip(powers[np.arange(len(words)), words] / powers.sum(axis=1), 1e-6, 1 - 1e-6)
                losses.append(float(-np.log(np.where(right, sure, 1 - sure)).sum()))
            self._losses[key] = np.array(losses), len(words)
        return self._losses[key]
