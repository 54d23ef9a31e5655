"""Figures and their uncertainty, against scikit-learn and by hand."""

from __future__ import annotations

import numpy as np
import pytest

from genred_build.evaluation.calibrate import WRONG_ANNOUNCEMENTS, calibrate
from genred_build.evaluation.metrics import Answers, coverage, reliability, score, wilson
from genred_build.softmax import softmax

LABELS = ("a", "b", "c")


def random_answers(seed: int = 0, count: int = 300) -> Answers:
    rng = np.random.default_rng(seed)
    truth = rng.choice(3, count, p=[0.6, 0.3, 0.1])
    answer = np.where(rng.random(count) < 0.7, truth, rng.integers(0, 3, count))
    return Answers(truth, answer, np.arange(count))


def test_scores_equal_scikit_learns() -> None:
    import sklearn.metrics as sklearn

    answers = random_answers()
    scores = score(answers, LABELS)
    pair = answers.truth, answers.answer
    assert scores.accuracy.value == pytest.approx(sklearn.accuracy_score(*pair))
    assert scores.balanced_accuracy.value == pytest.approx(sklearn.balanced_accuracy_score(*pair))
    assert scores.macro_f1 == pytest.approx(sklearn.f1_score(*pair, average="macro"))
    np.testing.assert_array_equal(np.array(scores.confusion)[:, :3], sklearn.confusion_matrix(*pair))
    expected = sklearn.classification_report(*pair, output_dict=True)
    for index, line in enumerate(scores.report):
        assert (line.precision, line.recall, line.f1, line.support) == pytest.approx(
            tuple(expected[str(index)][name] for name in ("precision", "recall", "f1-score", "support"))
        )


def test_no_answer_is_no_right_answer() -> None:
    scores = score(Answers(np.array([0, 0, 1]), np.array([0, -1, 1]), np.arange(3)), LABELS)
    assert scores.accuracy.value == pytest.approx(2 / 3)
    assert scores.confusion[0] == (1, 0, 0, 1)
    assert scores.untested == ("c",)
    assert scores.balanced_accuracy.value == pytest.approx(0.75)


def test_intervals_count_clips_not_windows() -> None:
    windows = Answers(np.zeros(60, int), np.tile([0, 0, 1], 20), np.repeat(np.arange(10), 6))
    alone = Answers(windows.truth, windows.answer, np.arange(60))
    of_clips, of_windows = score(windows, LABELS).accuracy, score(alone, LABELS).accuracy
    assert of_clips.high - of_clips.low > 2 * (of_windows.high - of_windows.low)


def test_wilsons_interval_is_the_textbooks() -> None:
    # Newcombe, Statistics in Medicine 17 (1998), table I: 81 of 263 and 0 of 20.
    assert wilson(81, 263) == pytest.approx((0.2553, 0.3662), abs=1e-4)
    assert wilson(0, 20) == pytest.approx((0.0, 0.1611), abs=1e-4)


def test_one_clip_of_a_label_is_not_known_for_sure() -> None:
    scores = score(Answers(np.array([0, 1, 2]), np.array([0, 1, 2]), np.arange(3)), LABELS)
    assert scores.balanced_accuracy.value == 1.0
    assert scores.balanced_accuracy.low < 0.8


def test_calibration_error_of_a_network_that_knows_itself_is_small() -> None:
    rng = np.random.default_rng(1)
    confidence = rng.uniform(0.3, 1.0, 20_000)
    right = rng.random(20_000) < confidence
    bins, error = reliability(confidence, right)
    assert error < 0.02
    assert sum(each.count for each in bins) == 20_000
    assert reliability(confidence, np.zeros(20_000, bool))[1] == pytest.approx(confidence.mean())


def test_coverage_falls_as_the_threshold_rises() -> None:
    confidence = np.array([0.2, 0.5, 0.9, 1.0])
    points = coverage(confidence, np.array([False, False, True, True]), np.array([0.0, 0.5, 0.9]))
    assert [(point.coverage, point.accuracy) for point in points] == [
        (1.0, 0.5),
        (0.75, pytest.approx(2 / 3)),
        (0.5, 1.0),
    ]


def logits_of(labels: np.ndarray, sharpness: float, seed: int) -> np.ndarray:
    rng = np.random.default_rng(seed)
    return np.asarray(sharpness * (2.0 * np.eye(3)[labels] + rng.standard_normal((labels.size, 3))))


@pytest.mark.parametrize("sharpness", [1.0, 3.0])
def test_temperature_takes_back_overconfidence(sharpness: float) -> None:
    labels = np.random.default_rng(0).integers(0, 3, 4_000).astype(np.int32)
    logits = logits_of(labels, sharpness, 1)
    found = calibrate(logits, labels, leaky=False)
    right = logits.argmax(axis=1) == labels
    before = reliability(softmax(logits).max(axis=1), right)[1]
    after = reliability(softmax(logits, found.temperature).max(axis=1), right)[1]
    assert after < 0.03
    assert after <= before
    assert found.temperature == pytest.approx(sharpness * 0.5, rel=0.15)


def test_threshold_keeps_wrong_announcements_within_bounds() -> None:
    labels = np.random.default_rng(0).integers(0, 3, 4_000).astype(np.int32)
    logits = logits_of(labels, 1.0, 2)
    found = calibrate(logits, labels, leaky=False)
    probabilities = softmax(logits, found.temperature)
    announced = probabilities.max(axis=1) >= found.reject_threshold
    wrong = (probabilities.argmax(axis=1) != labels)[announced].mean()
    assert wrong <= WRONG_ANNOUNCEMENTS
    assert found.wrong == pytest.approx(wrong, abs=1e-4)
    assert found.release_threshold < found.reject_threshold


def test_a_leaky_validation_never_sharpens() -> None:
    labels = np.random.default_rng(0).integers(0, 3, 1_000).astype(np.int32)
    logits = logits_of(labels, 0.5, 3)
    assert calibrate(logits, labels, leaky=False).temperature < 1
    assert calibrate(logits, labels, leaky=True).temperature == 1.0
