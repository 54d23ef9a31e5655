"""What a tagger hears: embeddings of musicnn, which was trained on a million songs and ships in a PyPI wheel.

The network is that of Pons and Serra, "musicnn: pre-trained convolutional neural networks for music audio tagging"
(ISMIR late-breaking demo 2019); package `musicnn` 0.1.0 (ISC) carries its checkpoints. The package itself needs
TensorFlow's API of 2019, so the forward pass is written here anew and only the weights are read.

`genred-build student embed` keeps what it hears, in the store of `embedding_store`.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

import numpy as np

from genred_build.errors import BuildError
from genred_build.quiet import quiet

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

SAMPLE_RATE_HZ = 16_000
PATCH_FRAMES = 187
"""Three seconds, on which the networks were trained."""

NETWORKS = ("MSD_musicnn", "MTT_musicnn")
"""Trained on the Million Song Dataset's and on MagnaTagATune's fifty commonest tags; the second adds nothing here."""

PENULTIMATE = 200
EMBEDDING = 96
"""Principal components that are learned: 95 % of the variance."""

_FFT, _HOP, _MELS = 512, 256, 96
FRAMES_A_SECOND = SAMPLE_RATE_HZ / _HOP
_NORM_EPSILON = 1e-3


class Musicnn:
    """One of musicnn's networks up to its last hidden layer.

    Args:
        package: Folder of the unpacked package, in which each network has one.
        name: One of `NETWORKS`.

    Raises:
        BuildError: There is no checkpoint, or not this network's.
    """

    def __init__(self, package: Path, name: str) -> None:
        with quiet():
            import tensorflow as tf

        checkpoint = package / name
        if not (checkpoint / ".index").is_file():
            raise BuildError(f"{checkpoint}: no checkpoint of musicnn; unpack the wheel of musicnn 0.1.0 and name it")
        # Its files are named `.index` and `.data-...`: the checkpoint's name is empty.
        reader = tf.compat.v1.train.NewCheckpointReader(f"{checkpoint}{os.sep}")
        self._tf = tf
        wanted = [f"{kind}/{part}" for kind, parts in _VARIABLES for part in parts]
        missing = [key for key in wanted if not reader.has_tensor(key)]
        if missing:
            raise BuildError(f"{checkpoint}: the checkpoint lacks {', '.join(missing[:3])}")
        self._weights = {key: reader.get_tensor(key) for key in wanted}
        self._forward = tf.function(self._hear, input_signature=[tf.TensorSpec((None, PATCH_FRAMES, _MELS))])

    def __call__(self, patches: NDArray[np.float32]) -> NDArray[np.float32]:
        """(n, 187, 96) of `musicnn_levels` to (n, 200)."""
        parts = [self._forward(patches[at : at + 16]).numpy() for at in range(0, len(patches), 16)]
        return np.concatenate(parts)

    def _hear(self, patches: Any) -> Any:
        tf = self._tf
        levels = self._norm(patches[..., None], 0)
        padded = tf.pad(levels, [[0, 0], [3, 3], [0, 0], [0, 0]])
        # Timbre: tall filters, the loudest place in frequency. Rhythm: long filters over each band.
        front = [self._loudest(padded, number, "VALID") for number in (0, 1)]
        front += [self._loudest(levels, number, "SAME") for number in (2, 3, 4)]
        found = tf.concat(front, axis=2)
        middle = [found]
        for number in (5, 6, 7):
            kernel = self._weights[f"{_conv(number)}/kernel"][:, :, 0]
            bias = self._weights[f"{_conv(number)}/bias"]
            hidden = self._norm(tf.nn.relu(tf.nn.conv1d(middle[-1], kernel, 1, "SAME") + bias), number + 1)
            middle.append(hidden + middle[-1] if number > 5 else hidden)
        all_features = tf.concat(middle, axis=2)
        pooled = tf.stack([tf.reduce_max(all_features, axis=1), tf.reduce_mean(all_features, axis=1)], axis=2)
        flat = self._norm(tf.reshape(pooled, (-1, pooled.shape[1] * 2)), 9)
        return self._norm(tf.nn.relu(flat @ self._weights["dense/kernel"] + self._weights["dense/bias"]), 10)

    def _loudest(self, levels: Any, number: int, padding: str) -> Any:
        tf = self._tf
        found = tf.nn.conv2d(levels, self._weights[f"{_conv(number)}/kernel"], 1, padding)
        found = tf.nn.relu(found + self._weights[f"{_conv(number)}/bias"])
        return tf.reduce_max(self._norm(found, number + 1), axis=2)

    def _norm(self, values: Any, number: int) -> Any:
        name = _numbered("batch_normalization", number)
        gain = self._weights[f"{name}/gamma"] / np.sqrt(self._weights[f"{name}/moving_variance"] + _NORM_EPSILON)
        return values * gain + (self._weights[f"{name}/beta"] - self._weights[f"{name}/moving_mean"] * gain)


def musicnn_levels(samples: NDArray[np.float32], sample_rate_hz: int) -> NDArray[np.float32]:
    """Gives what musicnn was trained on: (frames, 96) of librosa's mel bank at 16 kHz, as log10(10000 x + 1)."""
    import librosa
    import soxr

    resampled = soxr.resample(samples, sample_rate_hz, SAMPLE_RATE_HZ)
    power = librosa.feature.melspectrogram(y=resampled, sr=SAMPLE_RATE_HZ, n_fft=_FFT, hop_length=_HOP, n_mels=_MELS).T
    return np.asarray(np.log10(10_000 * power + 1), np.float32)


def principal_components(values: NDArray[np.float32], count: int) -> NDArray[np.float32]:
    """Gives the leading principal components of standardised columns, mean square 1 over all.

    They are half whitened (variances to the power of a half): a squared error would else see the first few alone.
    """
    standard = (values - values.mean(axis=0)) / (values.std(axis=0) + 1e-3)
    variances, axes = np.linalg.eigh(np.cov(standard.T))
    variances, axes = variances[::-1][:count], axes[:, ::-1][:, :count]
    # Fewer windows than components leave some without variance, or with a trace of it below zero.
    variances = np.maximum(variances, 1e-6 * variances[0])
    found = standard @ axes / np.sqrt(variances) * (variances / variances[0]) ** 0.25
    return np.asarray(found / np.sqrt(np.mean(np.square(found))), np.float32)


def _numbered(name: str, number: int) -> str:
    return f"{name}_{number}" if number else name


def _conv(number: int) -> str:
    return _numbered("conv2d", number)


_VARIABLES = (
    *((_conv(number), ("kernel", "bias")) for number in range(8)),
    *((_numbered("batch_normalization", n), ("gamma", "beta", "moving_mean", "moving_variance")) for n in range(11)),
    ("dense", ("kernel", "bias")),
)
