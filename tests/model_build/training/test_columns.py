from __future__ import annotations

import numpy as np

from genred_build.softmax import softmax
from genred_build.training.columns import Examples, even_weights, fit_columns


def test_new_word_is_learned_and_old_words_keep_their_odds() -> None:
    rng = np.random.default_rng(0)
    truth = np.arange(300) % 3
    heard = rng.normal(0, 0.3, (300, 8)) + np.eye(3, 8)[truth] * 2
    given = np.pad(heard[:, :2] * 3, ((0, 0), (0, 1)))
    columns = fit_columns(Examples(heard, given, np.eye(3)[truth], np.ones(300)), 1, 0.001)
    found = columns.logits(heard, given)
    assert (found.argmax(axis=1) == truth).mean() > 0.95
    assert np.array_equal(found[:, :2], given[:, :2])


def test_strong_shrinkage_leaves_the_given_layer_but_for_its_balance() -> None:
    rng = np.random.default_rng(1)
    heard, given = rng.normal(0, 1, (200, 4)), rng.normal(0, 1, (200, 3))
    truth = rng.integers(0, 3, 200)
    columns = fit_columns(Examples(heard, given, np.eye(3)[truth], np.ones(200)), 3, 100.0)
    assert np.abs(columns.kernel).max() < 0.01
    assert np.allclose(softmax(columns.logits(heard, given)).mean(axis=0), np.bincount(truth) / 200, atol=0.02)


def test_each_word_weighs_the_same_and_within_it_each_artist() -> None:
    truth = np.array([0, 0, 0, 0, 1])
    artist = np.array([7, 7, 7, 8, 9])
    weights = even_weights(truth, artist)
    assert np.isclose(weights[:4].sum(), weights[4])
    assert np.isclose(weights[:3].sum(), weights[3])
    assert np.allclose(even_weights(truth, artist, 0.0)[:4], 0.25)
