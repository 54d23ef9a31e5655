from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from genred.analysis.bundle import load_bundle
from genred.analysis.classifier import Classifier
from genred.analysis.frontend import LOGMEL, shared_front_end
from genred_build.spec.patches import STUDENT_PATCHES

SHARED = Path(__file__).resolve().parents[4] / "shared" / "data"
LABELS = ("blues", "classical", "country", "disco", "hiphop", "jazz", "metal", "pop", "reggae", "rock", "speech")


def patch_of(window: np.ndarray) -> np.ndarray:
    """The features of what the network reads at once: the middle of a window."""
    front_end = shared_front_end(LOGMEL)
    return front_end.features(front_end.window_levels(window)[70 : 70 + STUDENT_PATCHES.frames])


def test_shipped_student_knows_eleven_words_in_full_int8_under_a_megabyte() -> None:
    bundle = load_bundle("student")
    assert bundle.card.labels == LABELS
    assert bundle.card.front_end == LOGMEL
    assert bundle.card.patches == STUDENT_PATCHES
    assert (bundle.card.input.dtype, bundle.card.output.dtype) == ("int8", "int8")
    assert len(bundle.tflite) < 1_000_000


def test_card_of_the_student_says_what_quantization_and_new_artists_cost_it() -> None:
    card = load_bundle("student").card
    assert card.quantization.agreement >= 0.99
    assert card.quantization.windows >= 1000
    assert card.quantization.accuracy_change >= -0.005
    assert card.evaluations
    assert all(not figure.leaky and figure.low <= figure.value <= figure.high for figure in card.evaluations)
    balanced = [figure for figure in card.evaluations if figure.metric.startswith("balanced accuracy")]
    assert balanced
    assert all(figure.by_label and figure.count for figure in balanced)


def test_card_of_the_student_names_teachers_and_the_origin_of_the_audio() -> None:
    training = load_bundle("student").card.training
    assert "musicnn" in training.data
    assert "ISC" in training.data
    assert "No audio" in training.data
    assert sum(training.clips.values()) == len(training.clip_ids)


def test_student_answers_any_window_with_finite_probabilities() -> None:
    classifier = Classifier(load_bundle("student"))
    rng = np.random.default_rng(0)
    for samples in (
        rng.standard_normal(LOGMEL.window_samples) * 0.1,
        np.zeros(LOGMEL.window_samples),
        np.sign(np.sin(np.arange(LOGMEL.window_samples) * 0.1)),
    ):
        features = patch_of(samples.astype(np.float32))
        assert np.exp(classifier.log_probabilities(features)).sum() == pytest.approx(1.0)


@pytest.mark.skipif(not (SHARED / "more" / "speech").is_dir(), reason="the shared recordings are not here")
def test_student_calls_most_read_english_speech() -> None:
    from genred_build.data.audio import read_recording

    classifier = Classifier(load_bundle("student"))
    answers = []
    for path in sorted((SHARED / "more" / "speech").glob("*.opus"))[:12]:
        samples = read_recording(path).samples
        window = np.resize(samples, LOGMEL.window_samples).astype(np.float32)
        scores = classifier.log_probabilities(patch_of(window))
        answers.append(LABELS[int(scores.argmax())])
    assert answers.count("speech") >= 10
