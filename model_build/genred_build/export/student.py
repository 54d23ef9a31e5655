"""Export: the trained student to a full int8 bundle with a card that says what was measured."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from genred.analysis.frontend import LOGMEL
from genred.analysis.model_card import SCHEMA_VERSION, Evaluation, ModelCard, Quantization, Training
from genred_build.export.bundle_files import card_path, write_derived, write_files
from genred_build.export.tflite import MACHINE, LiteRtNetwork, convert
from genred_build.spec.labels import LABELS
from genred_build.spec.patches import STUDENT_PATCHES
from genred_build.spec.recipe import Scheme

if TYPE_CHECKING:
    from pathlib import Path

    import numpy as np
    from numpy.typing import NDArray

    from genred.analysis.bundle import ModelBundle
    from genred_build.evaluation.confidence import Confidence

LICENCE = (
    "Weights: MIT, as genred. They were trained on excerpts of recordings that others own; no audio is contained in "
    "or can be played from them."
)
"""Of the shipped weights."""


@dataclass(frozen=True, slots=True)
class Int8Student:
    """The quantized network and how it compares with float.

    Attributes:
        logits: (windows, 11) float64 of the int8 network over the windows it was compared on.
    """

    tflite: bytes
    quantization: Quantization
    logits: NDArray[np.float64]
    latency_ms: float


def to_int8(
    model: Any,
    representative: NDArray[np.float32],
    windows: NDArray[np.float32],
    truth: NDArray[np.int64],
) -> Int8Student:
    """Converts to full int8 and holds it against the float network.

    Args:
        model: Trained Keras student, on TensorFlow.
        representative: (n, frames, 96) features of training windows or patches, degraded ones among them.
        windows: (m, frames, 96) features to compare on.
        truth: (m,) labels of these.
    """
    tflite = convert(model, Scheme.FULL_INT8, representative)
    logits, latency_ms = LiteRtNetwork(tflite).logits(windows)
    wanted = model.predict(windows[..., None], batch_size=128, verbose=0).argmax(axis=1)
    found = logits.argmax(axis=1)
    change = float((found == truth).mean() - (wanted == truth).mean())
    agreement = float((found == wanted).mean())
    return Int8Student(
        tflite, Quantization("full int8", round(agreement, 4), len(windows), round(change, 4)), logits, latency_ms
    )


def write_student(
    path: Path,
    network: Int8Student,
    confidence: Confidence,
    training: Training,
    evaluations: tuple[Evaluation, ...],
) -> ModelBundle:
    """Writes `path` with the endings .tflite and .json, and reads both back as the daemon does.

    Raises:
        BundleError: The daemon would refuse them.
    """
    tensors = LiteRtNetwork(network.tflite)
    card = ModelCard(
        schema=SCHEMA_VERSION,
        name=card_path(path).stem,
        description=(
            "Ten genres and speech from the log-mel spectrogram of five seconds, read in patches: nine inverted "
            f"residual blocks, 430,907 parameters, {len(network.tflite) / 1024:.0f} KiB, {network.latency_ms:.2f} ms a "
            f"patch on one {MACHINE} thread, one patch a second"
        ),
        licence=LICENCE,
        labels=LABELS,
        front_end=LOGMEL,
        input=tensors.input,
        output=tensors.output,
        activation="logits",
        temperature=confidence.temperature,
        reject_threshold=confidence.reject_threshold,
        smoothing=confidence.smoothing,
        training=training,
        quantization=network.quantization,
        evaluations=evaluations,
        tflite_sha256=hashlib.sha256(network.tflite).hexdigest(),
        logit_offsets=confidence.logit_offsets,
        patches=STUDENT_PATCHES,
    )
    return write_files(path, card, network.tflite)


def write_bundle_of(
    base: ModelBundle,
    path: Path,
    tflite: bytes,
    confidence: Confidence,
    *,
    training: Training | None = None,
    evaluations: tuple[Evaluation, ...] = (),
    quantization: Quantization | None = None,
) -> ModelBundle:
    """Writes a bundle whose network hears as another's does, with a last layer and a confidence of its own.

    Args:
        base: The other bundle; what is not given comes from its card.
        path: Where to, without an ending or with .json.
        tflite: The network.
        confidence: Of it.
        training: What the card says of it.
        evaluations: The figures; those of the other bundle are not this one's.
        quantization: What it did to the answers.

    Raises:
        BundleError: The daemon would refuse it.
    """
    return write_derived(
        base,
        path,
        tflite,
        temperature=confidence.temperature,
        logit_offsets=confidence.logit_offsets,
        reject_threshold=confidence.reject_threshold,
        smoothing=confidence.smoothing,
        training=training or base.card.training,
        evaluations=evaluations,
        quantization=quantization or base.card.quantization,
    )
