"""What a network gives for windows, as in the daemon: for all of a window at once, or the mean over its patches."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from genred.analysis.frontend import LOGMEL, LOGMEL_SCALE_DB, shared_front_end
from genred_build.data.corpus import evaluation_windows, filled

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from genred.analysis.model_card import Patches
    from genred_build.export.tflite import LiteRtNetwork


def answers_for_levels(
    network: LiteRtNetwork, levels: NDArray[np.float16], step_frames: int, patches: Patches | None
) -> NDArray[np.float64]:
    """Runs a network over a file's windows.

    Args:
        network: Of log-mel features.
        levels: (frames, bands) dB of the file, at least one frame; a short file is repeated to fill a window.
        step_frames: Between the starts of two windows.
        patches: What it reads at once; a window where None.

    Returns:
        (windows, outputs).
    """
    if patches is None:
        return network.logits(np.stack(list(evaluation_windows(levels, step_frames))))[0]
    levels, front_end = filled(levels), shared_front_end(LOGMEL)
    ends = [
        [start + front_end.inner_end - newer_frames for newer_frames in patches.newer_frames]
        for start in range(0, len(levels) - LOGMEL.frames + 1, step_frames)
    ]
    each = sorted({end for window in ends for end in window})
    features = [front_end.features(levels[end - patches.frames : end].astype(np.float32)) for end in each]
    answers = dict(zip(each, network.logits(np.stack(features))[0], strict=True))
    return np.array([np.mean([answers[end] for end in window], axis=0) for window in ends])


def answers_for_features(
    network: LiteRtNetwork, features: NDArray[np.float32], patches: Patches | None
) -> NDArray[np.float64]:
    """Runs a network over windows of which only the log-mel features are left, (windows, frames, bands).

    A patch of them is centred by itself again, but was limited with its window: what is 80 dB below the loudest of the
    window and not of the patch differs a little from what the daemon makes of it.
    """
    if patches is None:
        return network.logits(features)[0]
    front_end = shared_front_end(LOGMEL)
    ends = [front_end.inner_end - newer_frames for newer_frames in patches.newer_frames]
    rows = [
        network.logits(
            np.stack([front_end.features(window[end - patches.frames : end] * LOGMEL_SCALE_DB) for end in ends])
        )[0].mean(axis=0)
        for window in features
    ]
    return np.array(rows)
