from __future__ import annotations

import numpy as np

from genred_build.evaluation.variance import variance_explained


def test_share_of_the_variance_is_that_of_the_linear_part() -> None:
    rng = np.random.default_rng(0)
    heard = rng.standard_normal((900, 12))
    wanted = heard @ rng.standard_normal((12, 5))
    wanted = wanted / wanted.std(axis=0) * np.sqrt(0.8) + rng.standard_normal((900, 5)) * np.sqrt(0.2)
    found = variance_explained(heard, wanted, np.arange(900) // 10)
    assert 0.75 < found.explained < 0.82
    assert found.low < found.explained < found.high
    assert (found.windows, found.groups) == (900, 90)


def test_what_is_known_of_one_artist_alone_explains_nothing_of_others() -> None:
    rng = np.random.default_rng(1)
    group = np.arange(400) // 40
    by_heart = np.eye(10)[group]
    wanted = rng.standard_normal((10, 3))[group] + 0.1 * rng.standard_normal((400, 3))
    assert variance_explained(by_heart, wanted, group).explained < 0.1


def test_some_are_judged_and_all_fit() -> None:
    rng = np.random.default_rng(2)
    heard = rng.standard_normal((600, 12))
    wanted = heard @ rng.standard_normal((12, 5))
    judged = np.arange(600) >= 560
    found = variance_explained(heard, wanted, np.arange(600) // 10, judged=judged)
    assert found.explained > 0.95
    assert (found.windows, found.groups) == (40, 4)
