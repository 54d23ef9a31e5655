"""The original network as it is shipped: its card says what it is worth, and holds what was promised."""

from __future__ import annotations

import numpy as np
import pytest

from genred.analysis.bundle import ModelBundle, load_bundle
from genred.analysis.classifier import Classifier


@pytest.fixture(scope="module")
def bundle() -> ModelBundle:
    return load_bundle("original")


def test_it_runs(bundle: ModelBundle) -> None:
    features = np.zeros(bundle.card.front_end.shape, np.float32)
    assert np.exp(Classifier(bundle).log_probabilities(features)).sum() == pytest.approx(1.0)


def test_int8_keeps_the_float_networks_answers(bundle: ModelBundle) -> None:
    quantization = bundle.card.quantization
    assert quantization.agreement >= 0.98
    assert quantization.accuracy_change >= -0.01
    assert quantization.windows >= 200
    assert len(bundle.tflite) < 120_000


def test_its_card_holds_the_leaky_and_the_honest_figures(bundle: ModelBundle) -> None:
    figures = bundle.card.evaluations
    leaky = {figure.split for figure in figures if figure.leaky}
    honest = {figure.split for figure in figures if not figure.leaky}
    assert leaky == {"random-segment"}
    assert any(split.startswith("artist") for split in honest)
    for metric in ("accuracy", "balanced accuracy"):
        for unit in ("window", "clip"):
            assert [figure for figure in figures if (figure.metric, figure.unit, figure.leaky) == (metric, unit, True)]
    assert all(figure.count > 0 and figure.low <= figure.value <= figure.high for figure in figures)


def test_its_card_names_what_it_was_trained_on(bundle: ModelBundle) -> None:
    training = bundle.card.training
    assert training.recipe == "original"
    assert sum(training.clips.values()) == len(training.clip_ids) == 336
    assert set(training.clips) == set(bundle.card.labels)
    assert {"tensorflow", "keras"} <= set(training.versions)
