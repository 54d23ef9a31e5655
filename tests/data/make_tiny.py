"""Makes the bundles `tiny` and `brisk`: a network of one dense layer that tells three synthetic sounds apart.

Low chords are `jazz`, white noise is `metal`, a wavering whistle at 3 kHz is `speech`. It answers at once and
always the same, which is what tests of everything around a network need. `tiny` has the shipped models' window of five
seconds; `brisk` has one of half a second and announces a genre that led for as long, for tests that wait for a word
at the pace of time. Needs the `build` extra:

    python tests/data/make_tiny.py
"""

import hashlib
from pathlib import Path

import keras
import msgspec
import numpy as np
import tensorflow as tf
from sklearn.linear_model import LogisticRegression
from tests.signals import SOUNDS

from genred.analysis.frontend import MFCC, FrontEnd, FrontEndSpec
from genred.analysis.model_card import ModelCard, Quantization, Smoothing, TensorSpec, Training

SEED = 1
WINDOWS_PER_SOUND = 30


def main() -> None:
    """Makes both bundles."""
    smoothing = Smoothing(hold_s=60.0, evidence_weight=1.0, release_threshold=0.4, dwell_s=2.0)
    make("tiny", "Tells synthetic sounds apart; for tests.", MFCC, smoothing)
    make(
        "brisk",
        "Tells synthetic sounds apart by half a second; for tests.",
        msgspec.structs.replace(MFCC, window_samples=MFCC.sample_rate_hz // 2),
        msgspec.structs.replace(smoothing, dwell_s=0.5),
    )


def make(name: str, description: str, spec: FrontEndSpec, smoothing: Smoothing) -> None:
    """Trains, converts and writes one bundle."""
    rng = np.random.default_rng(SEED)
    front_end = FrontEnd(spec)
    labels = sorted(SOUNDS)
    features, truth = [], []
    for index, label in enumerate(labels):
        for _ in range(WINDOWS_PER_SOUND):
            sound = SOUNDS[label](spec.window_samples / spec.sample_rate_hz, rng) * rng.uniform(0.05, 1.0)
            features.append(front_end.extract(sound.astype(np.float32)))
            truth.append(index)
    means = np.array([feature[:, 1:].mean(axis=0) for feature in features])
    regression = LogisticRegression(C=0.01, max_iter=10_000).fit(means, truth)

    network = keras.Sequential(
        [
            keras.Input((*spec.shape, 1)),
            keras.layers.AveragePooling2D((spec.frames, 1)),
            keras.layers.Flatten(),
            keras.layers.Dense(3),
        ]
    )
    kernel = np.vstack([np.zeros((1, 3)), regression.coef_.T])  # c0, the loudness, tells nothing here
    network.layers[-1].set_weights([kernel.astype(np.float32), regression.intercept_.astype(np.float32)])
    converter = tf.lite.TFLiteConverter.from_keras_model(network)
    tflite = converter.convert()

    card = ModelCard(
        schema=1,
        name=name,
        description=description,
        licence="MIT",
        labels=tuple(labels),
        front_end=spec,
        input=TensorSpec(dtype="float32", shape=(1, *spec.shape, 1)),
        output=TensorSpec(dtype="float32", shape=(1, 3)),
        activation="logits",
        temperature=1.0,
        reject_threshold=0.7,
        smoothing=smoothing,
        training=Training(
            recipe="tests/data/make_tiny.py",
            data="Synthesised",
            clips=dict.fromkeys(labels, WINDOWS_PER_SOUND),
            clip_ids=(),
            split="none",
            seed=SEED,
            versions={},
        ),
        quantization=Quantization(scheme="none", agreement=1.0, windows=0, accuracy_change=0.0),
        evaluations=(),
        tflite_sha256=hashlib.sha256(tflite).hexdigest(),
    )
    here = Path(__file__).parent
    (here / f"{name}.tflite").write_bytes(tflite)
    (here / f"{name}.json").write_bytes(msgspec.json.format(msgspec.json.encode(card)) + b"\n")


if __name__ == "__main__":
    main()
