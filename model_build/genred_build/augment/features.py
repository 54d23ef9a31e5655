"""Augmentation of features, between the cache and the network."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from genred.analysis.frontend import LOGMEL_SCALE_DB, FrontEndKind, FrontEndSpec

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from genred_build.spec.recipe import Augmentation


def augment(
    features: NDArray[np.float32],
    targets: NDArray[np.float32],
    augmentation: Augmentation,
    spec: FrontEndSpec,
    rng: np.random.Generator,
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Gives one epoch's view of the training data.

    Args:
        features: (windows, frames, bands or coefficients) float32; left unchanged.
        targets: (windows, labels) float32.
        augmentation: What is done; with its defaults the arguments come back as they are.
        spec: The front end that made the features.
        rng: Seeded by recipe and epoch, so that a resumed run sees the same.

    Returns:
        New features and targets of the same shapes.
    """
    if augmentation.gain_db and spec.kind is FrontEndKind.MFCC:
        # A gain adds the same dB to each band; the orthonormal DCT puts sqrt(bands) times that into c0 alone.
        gains_db = rng.uniform(-augmentation.gain_db, augmentation.gain_db, len(features)).astype(np.float32)
        features = features.copy()
        features[:, :, 0] += gains_db[:, None] * np.float32(np.sqrt(spec.n_mels))
    elif augmentation.gain_db:
        # Log-mel windows have no mean left for a gain to move; the slope of a tone control is what remains.
        slopes = (
            rng.uniform(-augmentation.gain_db, augmentation.gain_db, len(features)).astype(np.float32) / LOGMEL_SCALE_DB
        )
        features = features + slopes[:, None, None] * np.linspace(-0.5, 0.5, features.shape[2], dtype=np.float32)
    if augmentation.time_masks:
        features = _masked(features, 1, augmentation.time_masks, augmentation.time_mask_frames, rng)
    if augmentation.band_masks and spec.kind is FrontEndKind.LOGMEL:
        features = _masked(features, 2, augmentation.band_masks, augmentation.band_mask_bands, rng)
    if augmentation.mixup:
        shares = rng.beta(augmentation.mixup, augmentation.mixup, len(features)).astype(np.float32)
        other = rng.permutation(len(features))
        features = shares[:, None, None] * features + (1 - shares)[:, None, None] * features[other]
        targets = shares[:, None] * targets + (1 - shares)[:, None] * targets[other]
    return features, targets


def _masked(
    features: NDArray[np.float32], axis: int, masks: int, longest: int, rng: np.random.Generator
) -> NDArray[np.float32]:
    """SpecAugment (arXiv 1904.08779), with each window's mean along the axis instead of zero."""
    size = features.shape[axis]
    means = features.mean(axis=axis, keepdims=True)
    position = np.arange(size)
    for _ in range(masks):
        lengths = rng.integers(0, min(longest, size - 1) + 1, len(features))
        starts = rng.integers(0, size - lengths + 1)
        hidden = (position >= starts[:, None]) & (position < (starts + lengths)[:, None])
        features = np.where(np.expand_dims(hidden, 3 - axis), means, features)
    return features
