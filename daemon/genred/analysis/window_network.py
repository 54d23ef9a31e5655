"""From a window to the network's answer: read whole, or in patches of which each is read once.

A network that takes the mean over time of what it hears may as well read a window's parts one by one. A part that lies
in several windows is then read for the first of them only, so that each second of audio costs a second and not five.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from genred.analysis.classifier import Classifier
    from genred.analysis.model_card import ModelCard
    from genred.analysis.ring import FrameRing, Window


class WindowNetwork:
    """Answers for the windows of one ring.

    Args:
        card: Of the network.
        classifier: The network; it may serve others of the same thread, too.
        ring: Whose newest window is asked for.
    """

    def __init__(self, card: ModelCard, classifier: Classifier, ring: FrameRing) -> None:
        self._patches = card.patches
        self._hop_samples = card.front_end.hop_samples
        self._classifier = classifier
        self._ring = ring
        # By where each ends, in samples since the ring was made.
        self._known: dict[int, NDArray[np.float64]] = {}

    def log_probabilities(self, window: Window) -> NDArray[np.float64]:
        """Gives the calibrated answer for the window that the ring has just yielded: (labels,) float64."""
        if self._patches is None:
            return self._classifier.log_probabilities(self._ring.features())
        known: dict[int, NDArray[np.float64]] = {}
        for newer_frames in self._patches.newer_frames:
            end_samples = window.end_samples - newer_frames * self._hop_samples
            logits = self._known.get(end_samples)
            if logits is None:
                logits = self._classifier.logits(self._ring.patch(self._patches.frames, newer_frames))
            known[end_samples] = logits
        self._known = known
        return self._classifier.calibrated(np.mean(list(known.values()), axis=0))

    def clear(self) -> None:
        """Forgets what was read, as the ring its audio."""
        self._known.clear()
