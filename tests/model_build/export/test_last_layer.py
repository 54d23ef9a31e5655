from __future__ import annotations

import numpy as np
import pytest

from genred.analysis.bundle import load_bundle
from genred_build.errors import BuildError
from genred_build.export.last_layer import (
    LastLayer,
    hearing_digest,
    hearing_network,
    read_last_layer,
    with_last_layer,
)
from genred_build.export.tflite import LiteRtNetwork

STUDENT = load_bundle("student").tflite


def windows(count: int = 6) -> np.ndarray:
    return np.random.default_rng(0).normal(0, 1, (count, 64, 96)).astype(np.float32)


def test_last_layer_of_what_is_heard_gives_the_networks_logits() -> None:
    heard, _ = LiteRtNetwork(hearing_network(STUDENT)).logits(windows())
    logits, _ = LiteRtNetwork(STUDENT).logits(windows())
    assert heard.shape == (6, 256)
    assert np.abs(read_last_layer(STUDENT).logits(heard) - logits).max() < 0.06


def test_layer_with_more_words_takes_its_place_and_leaves_the_others_as_they_were() -> None:
    heard, _ = LiteRtNetwork(hearing_network(STUDENT)).logits(windows())
    own = read_last_layer(STUDENT)
    more = LastLayer(np.concatenate([own.kernel, -own.kernel[:, :2]], axis=1), np.append(own.bias, [1.0, 2.0]))
    changed = with_last_layer(STUDENT, more, heard)
    network = LiteRtNetwork(changed)
    assert network.output.shape == (1, 13)
    found, _ = network.logits(windows())
    assert np.abs(found - more.logits(heard)).max() < 0.1
    assert hearing_digest(changed) == hearing_digest(STUDENT)
    assert len(changed) < len(STUDENT) + 2_000


def test_layer_for_another_network_and_what_is_no_network_are_refused() -> None:
    with pytest.raises(BuildError, match="reads 3 values, the network gives 256"):
        with_last_layer(STUDENT, LastLayer(np.zeros((3, 11)), np.zeros(11)), np.zeros((1, 3)))
    with pytest.raises(BuildError, match="not a TFLite file"):
        read_last_layer(b"nothing of the kind")
