"""The genre filter holds on to what is on air, and lets go when it really changed."""

from __future__ import annotations

import itertools
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from genred.analysis.genre_filter import GenreFilter, GenreFilterSettings

SETTINGS = GenreFilterSettings(
    hold_s=180, evidence_weight=1.0, announce_threshold=0.6, release_threshold=0.35, dwell_s=3.0
)


def scores(label: int, probability: float = 0.9, labels: int = 4) -> np.ndarray:
    values = np.full(labels, (1 - probability) / (labels - 1))
    values[label] = probability
    return np.asarray(np.log(values))


def make_filter(settings: GenreFilterSettings = SETTINGS) -> GenreFilter:
    return GenreFilter(4, step_s=1.0, window_s=5.0, settings=settings)


def announce(genre_filter: GenreFilter, label: int, steps: int = 30) -> None:
    for _ in range(steps):
        genre_filter.update(scores(label))


def steps_until(genre_filter: GenreFilter, label: int, wanted: int | None, most: int = 200) -> int:
    for step in range(1, most):
        genre_filter.update(scores(label))
        if genre_filter.announced == wanted:
            return step
    pytest.fail(f"{wanted} was never announced")


def test_nothing_is_announced_before_the_first_window() -> None:
    genre_filter = make_filter()
    assert genre_filter.announced is None
    assert genre_filter.posterior == pytest.approx([0.25] * 4)


def test_a_steady_genre_is_announced_after_its_dwell_and_not_before() -> None:
    genre_filter = make_filter()
    leading_since = None
    for step in range(30):
        genre_filter.update(scores(2))
        if leading_since is None and genre_filter.posterior[2] >= SETTINGS.announce_threshold:
            leading_since = step
        if genre_filter.announced is not None:
            break
    assert genre_filter.announced == 2
    assert leading_since is not None
    assert step - leading_since + 1 == SETTINGS.dwell_s


def test_a_single_outlier_changes_nothing() -> None:
    genre_filter = make_filter()
    announce(genre_filter, 1)
    genre_filter.update(scores(3, 0.99))
    for _ in range(5):
        genre_filter.update(scores(1))
        assert genre_filter.announced == 1


def test_windows_that_alternate_do_not_flap() -> None:
    genre_filter = make_filter()
    announce(genre_filter, 0)
    announced = []
    for step in range(120):
        genre_filter.update(scores(step % 2, 0.7))
        announced.append(genre_filter.announced)
    assert sum(a != b for a, b in itertools.pairwise(announced)) <= 1


def test_a_real_change_is_announced() -> None:
    genre_filter = make_filter()
    announce(genre_filter, 0)
    assert steps_until(genre_filter, 3, 3) < 20


def test_overlapping_windows_count_by_the_step_that_is_new() -> None:
    overlapping = make_filter()
    apart = GenreFilter(4, step_s=5.0, window_s=5.0, settings=SETTINGS)
    for _ in range(5):
        overlapping.update(scores(1, 0.6))
    apart.update(scores(1, 0.6))
    assert overlapping.posterior[1] == pytest.approx(apart.posterior[1], abs=0.02)


def test_doubt_gives_the_genre_up_for_uncertain() -> None:
    genre_filter = make_filter(
        GenreFilterSettings(hold_s=20, evidence_weight=1.0, announce_threshold=0.6, release_threshold=0.4, dwell_s=2.0)
    )
    announce(genre_filter, 0)
    for _ in range(40):
        genre_filter.update(np.log(np.full(4, 0.25)))
    assert genre_filter.announced is None


def test_between_the_thresholds_the_announced_genre_stays() -> None:
    genre_filter = make_filter(
        GenreFilterSettings(hold_s=1e9, evidence_weight=1.0, announce_threshold=0.9, release_threshold=0.2, dwell_s=1.0)
    )
    announce(genre_filter, 0, steps=40)
    while genre_filter.posterior[0] > 0.55:
        genre_filter.update(scores(1, 0.4))
    assert genre_filter.announced == 0


def test_a_window_without_evidence_moves_only_towards_not_knowing() -> None:
    genre_filter = make_filter()
    announce(genre_filter, 0)
    before = genre_filter.posterior[0]
    genre_filter.update(None)
    assert 0.9 < genre_filter.posterior[0] < before
    genre_filter.update(scores(3, 0.999), evidence=0.0)
    assert genre_filter.posterior.argmax() == 0


def test_confidence_is_low_where_windows_waver_though_one_label_leads_throughout() -> None:
    steady, wavering = make_filter(), make_filter()
    for step in range(60):
        steady.update(scores(1, 0.9))
        wavering.update(scores(1, 0.9) if step % 3 else scores(step // 3 % 4, 0.9))
    assert steady.announced == wavering.announced == 1
    assert wavering.posterior[1] > 0.95
    assert steady.probabilities[1] > wavering.probabilities[1] + 0.1
    assert wavering.probabilities[1] < 0.8


def test_windows_that_are_sure_and_steady_make_the_answer_sure() -> None:
    genre_filter = make_filter()
    announce(genre_filter, 1, steps=5)
    soon = genre_filter.probabilities[1]
    for _ in range(60):
        genre_filter.update(scores(1, 0.99))
    assert genre_filter.probabilities[1] > max(0.95, soon)


def test_sharpness_memory_and_evidence_shape_the_confidence() -> None:
    def confidence(settings: GenreFilterSettings, evidence: float = 1.0) -> float:
        genre_filter = make_filter(settings)
        for step in range(50):
            genre_filter.update(scores(1, 0.6 if step < 30 else 0.9), evidence)
        return float(genre_filter.probabilities[1])

    plain = confidence(SETTINGS)
    assert confidence(replace(SETTINGS, sharpness=2.0)) > plain + 0.05
    assert confidence(replace(SETTINGS, memory_s=200.0)) < plain - 0.02
    assert confidence(SETTINGS, evidence=0.1) < plain - 0.02


def test_what_was_heard_of_the_old_genre_is_no_doubt_about_the_new_one() -> None:
    genre_filter = make_filter()
    announce(genre_filter, 0, steps=100)
    steps_until(genre_filter, 3, 3)
    for _ in range(5):
        genre_filter.update(scores(3))
    assert genre_filter.announced == 3
    assert genre_filter.probabilities[0] < 0.25
    assert genre_filter.probabilities.argmax() == 3


def test_a_new_genre_that_is_sure_waits_no_longer_for_the_old_one_to_be_forgotten() -> None:
    asking = replace(SETTINGS, least_confidence=0.6, memory_s=60.0)
    fresh, changed = make_filter(asking), make_filter(asking)
    announce(changed, 0, steps=100)
    assert steps_until(changed, 3, 3) <= steps_until(fresh, 3, 3) + 10


def test_what_was_given_up_leads_no_more() -> None:
    genre_filter = make_filter(replace(SETTINGS, memory_s=60.0, least_confidence=0.7))
    announce(genre_filter, 0, steps=100)
    while genre_filter.announced is not None:
        genre_filter.update(scores(3, 0.5))
    for _ in range(5):
        genre_filter.update(scores(3, 0.5))
    assert genre_filter.posterior.argmax() == genre_filter.probabilities.argmax() == 3


def test_under_the_least_confidence_nothing_is_announced() -> None:
    settings = replace(SETTINGS, least_confidence=0.6)
    unsure, sure = make_filter(settings), make_filter(settings)
    for _ in range(60):
        unsure.update(scores(2, 0.5))
        sure.update(scores(2, 0.9))
    assert unsure.posterior.argmax() == sure.announced == 2
    assert unsure.announced is None


def test_an_answer_at_the_edge_of_the_least_confidence_does_not_flap() -> None:
    genre_filter = make_filter(replace(SETTINGS, least_confidence=0.75))
    answers = []
    for step in range(400):
        genre_filter.update(scores(2, 0.9 if step % 60 < 30 else 0.6))
        if step > 100:
            answers.append(genre_filter.announced)
    assert set(answers) == {2}
    assert genre_filter.probabilities[2] < 0.75


def test_reset_forgets_everything() -> None:
    genre_filter = make_filter()
    announce(genre_filter, 0)
    genre_filter.reset()
    assert genre_filter.announced is None
    assert genre_filter.posterior == pytest.approx([0.25] * 4)
    assert genre_filter.probabilities == pytest.approx([0.25] * 4)


@given(st.lists(st.tuples(st.integers(0, 3), st.floats(0.01, 0.999)), min_size=1, max_size=60))
def test_the_posterior_is_always_a_distribution_and_rules_nothing_out(windows: list[tuple[int, float]]) -> None:
    genre_filter = make_filter()
    for label, probability in windows:
        genre_filter.update(scores(label, probability))
        assert genre_filter.posterior.sum() == pytest.approx(1.0)
        assert (genre_filter.posterior > 0).all()
        assert np.isfinite(genre_filter.posterior).all()
        assert genre_filter.probabilities.sum() == pytest.approx(1.0)
        assert (genre_filter.probabilities > 0).all()
