"""Forward and backward over the genre filter's model, against the sum over all sequences."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from genred.analysis import genre_smoother
from genred.analysis.genre_filter import GenreFilter, GenreFilterSettings
from genred.analysis.genre_smoother import GenreSmoother

if TYPE_CHECKING:
    import pytest

SETTINGS = GenreFilterSettings(
    hold_s=20.0, evidence_weight=1.0, announce_threshold=0.6, release_threshold=0.4, dwell_s=2.0
)
LABELS = 3


def smoothed(windows: list[np.ndarray], step_s: float = 1.0) -> np.ndarray:
    smoother = GenreSmoother(LABELS, step_s, 5.0, SETTINGS)
    given_early = [smoother.update(np.log(window)) for window in windows]
    return np.concatenate([*given_early, smoother.finish()])


def by_all_sequences(windows: list[np.ndarray]) -> np.ndarray:
    stay, weight = np.exp(-1 / SETTINGS.hold_s), 0.2
    posteriors = np.zeros((len(windows), LABELS))
    for sequence in itertools.product(range(LABELS), repeat=len(windows)):
        likely = 1.0
        for before, after in itertools.pairwise(sequence):
            likely *= stay if before == after else (1 - stay) / (LABELS - 1)
        for window, label in zip(windows, sequence, strict=True):
            likely *= window[label] ** weight
        for index, label in enumerate(sequence):
            posteriors[index, label] += likely
    return np.asarray(posteriors / posteriors.sum(axis=1, keepdims=True))


@given(st.lists(st.tuples(*[st.floats(0.01, 1.0)] * LABELS), min_size=1, max_size=6))
def test_it_equals_the_sum_over_all_sequences(weights: list[tuple[float, ...]]) -> None:
    windows = [np.array(one) / sum(one) for one in weights]
    np.testing.assert_allclose(smoothed(windows), by_all_sequences(windows), atol=1e-5)


def test_the_last_window_knows_as_much_as_the_filter() -> None:
    rng = np.random.default_rng(1)
    windows = list(rng.dirichlet(np.ones(LABELS), 50))
    genre_filter = GenreFilter(LABELS, 1.0, 5.0, SETTINGS)
    for window in windows:
        genre_filter.update(np.log(window))
    np.testing.assert_allclose(smoothed(windows)[-1], genre_filter.posterior, atol=1e-9)


def test_in_blocks_it_gives_what_it_gives_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    rng = np.random.default_rng(2)
    windows = list(rng.dirichlet(np.ones(LABELS), 1_000))
    in_blocks = smoothed(windows)
    monkeypatch.setattr(genre_smoother, "LOOK_AHEAD_WINDOWS", 2_000)
    assert in_blocks.shape == (1_000, LABELS)
    np.testing.assert_allclose(in_blocks, smoothed(windows), atol=1e-2)
    assert (in_blocks.argmax(axis=1) == smoothed(windows).argmax(axis=1)).all()


def test_what_is_finished_is_forgotten() -> None:
    smoother = GenreSmoother(LABELS, 1.0, 5.0, SETTINGS)
    window = np.log([0.8, 0.1, 0.1])
    smoother.update(window)
    first = smoother.finish()
    assert smoother.finish().shape == (0, LABELS)
    smoother.update(window)
    np.testing.assert_array_equal(smoother.finish(), first)
