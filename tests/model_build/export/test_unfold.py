from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from genred.analysis.bundle import load_bundle
from genred.analysis.frontend import LOGMEL, shared_front_end
from genred_build.errors import BuildError
from genred_build.export.tflite import LiteRtNetwork
from genred_build.export.unfold import unfold
from genred_build.spec.patches import STUDENT_PATCHES
from genred_build.training.weights import student_network
from tests.model_build.material import play

if TYPE_CHECKING:
    from pathlib import Path


def windows() -> np.ndarray:
    front_end = shared_front_end(LOGMEL)
    styles = [(style, seed) for style in ("hum", "hiss", "beat") for seed in range(2)]
    levels = [front_end.window_levels(play(style, 5.0, seed).astype(np.float32)) for style, seed in styles]
    return np.stack([front_end.features(each[70 : 70 + STUDENT_PATCHES.frames]) for each in levels])


def test_weights_out_of_a_finished_network_answer_as_it_does_and_can_be_trained(tmp_path: Path) -> None:
    student, heard = load_bundle("student").tflite, windows()
    unfold(student, heard, tmp_path / "start.npz")
    model = student_network(tmp_path / "start.npz", STUDENT_PATCHES.frames)
    wanted, _ = LiteRtNetwork(student).logits(heard)
    found = model.predict(heard[..., None], verbose=0)
    most_apart = 0.15 * np.abs(wanted).max()
    assert np.abs(found - wanted).max() < most_apart
    best = np.sort(wanted, axis=1)
    is_clear = best[:, -1] - best[:, -2] > most_apart
    assert is_clear.any()
    assert (found.argmax(axis=1) == wanted.argmax(axis=1))[is_clear].all()
    # On the windows that the norms were measured on, training sees what inference does, but for the dropout.
    training = np.asarray(model(heard[..., None], training=True))
    assert np.corrcoef(training.ravel(), found.ravel())[0, 1] > 0.9


def test_another_network_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BuildError, match="convolutions"):
        unfold(load_bundle("original").tflite, windows(), tmp_path / "start.npz")
