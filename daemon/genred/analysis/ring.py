"""The ring buffer: blocks of any size in, windows on the hop grid out, each with its features.

A window of five seconds shares all but its newest hops with the one before. The mel levels of frames that lie
wholly inside are therefore kept and moved on; only new frames, and the few at both ends that the centred
transform pads with zeros, are computed for each window.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from genred.analysis.frontend import FrontEnd


@dataclass(frozen=True, slots=True)
class Window:
    """One window, valid until the next is asked for: `samples` is a view into the ring.

    Attributes:
        samples: (window_samples,) float32.
        end_samples: Position of its end, in samples since the ring was made.
        first: Whether it is the first since the ring was made or cleared.
    """

    samples: NDArray[np.float32]
    end_samples: int
    first: bool


class FrameRing:
    """Holds the newest window of samples and the mel levels of its inner frames.

    Args:
        front_end: Makes levels and features.
        step_hops: Hops between the starts of two windows, at least 1.
    """

    def __init__(self, front_end: FrontEnd, step_hops: int) -> None:
        spec = front_end.spec
        self._front_end = front_end
        self._step_hops = step_hops
        self.step_samples = step_hops * spec.hop_samples
        """Samples between the starts of two windows."""
        self._samples = np.zeros(spec.window_samples, np.float32)
        self._inner_frames = spec.frames - front_end.edge_frames_before - front_end.edge_frames_after
        self._levels = np.zeros((self._inner_frames, spec.n_mels), np.float32)
        self._known_frames = 0
        self._filled = 0
        self._skip = 0
        self._first = True
        self.position_samples = 0
        """Samples taken in since the ring was made."""

    def clear(self) -> None:
        """Forgets all samples, as after a gap; `position_samples` goes on."""
        self._filled = self._known_frames = self._skip = 0
        self._first = True

    @property
    def window_samples(self) -> int:
        """Samples of one window."""
        return self._samples.size

    def tiled_remainder(self, least_samples: int) -> NDArray[np.float32] | None:
        """Gives the samples that complete a first window which never filled, by repeating what is there.

        Args:
            least_samples: With fewer than these there is nothing to repeat.

        Returns:
            Samples to push next; None where a window has been full already or too little is there.
        """
        if not self._first or self._filled < least_samples:
            return None
        return np.resize(self._samples[: self._filled], self._samples.size)[self._filled :]

    def windows_due(self, samples: int) -> int:
        """Says how many windows a block of so many samples would complete."""
        beyond = samples - self._skip - (self._samples.size - self._filled)
        return 0 if beyond < 0 else 1 + beyond // self.step_samples

    def push(self, block: NDArray[np.float32]) -> Iterator[Window]:
        """Takes a block and yields each window that it completes. Must be exhausted.

        Args:
            block: (n,) float32, any n.
        """
        size = self._samples.size
        while block.size:
            if self._skip:
                # A step longer than the window leaves samples out between two windows.
                skipped = min(self._skip, block.size)
                self._skip -= skipped
                self.position_samples += skipped
                block = block[skipped:]
                continue
            taken = min(size - self._filled, block.size)
            self._samples[self._filled : self._filled + taken] = block[:taken]
            self._filled += taken
            self.position_samples += taken
            block = block[taken:]
            if self._filled == size:
                yield Window(self._samples, self.position_samples, self._first)
                self._first = False
                self._advance()

    def features(self) -> NDArray[np.float32]:
        """Gives the features of the window that `push` has just yielded: the front end's shape, float32."""
        front_end = self._front_end
        missing = self._inner_frames - self._known_frames
        if missing:
            spec = front_end.spec
            first_frame = front_end.edge_frames_before + self._known_frames
            start = first_frame * spec.hop_samples - spec.n_fft // 2
            self._levels[self._known_frames :] = front_end.frame_levels(self._samples[start:], missing)
            self._known_frames = self._inner_frames
        before, after = front_end.edge_levels(self._samples)
        return front_end.features(np.concatenate([before, self._levels, after]))

    def _advance(self) -> None:
        kept = max(0, self._samples.size - self.step_samples)
        self._skip = max(0, self.step_samples - self._samples.size)
        self._samples[:kept] = self._samples[self._samples.size - kept :]
        self._filled = kept
        kept_frames = max(0, self._known_frames - self._step_hops)
        self._levels[:kept_frames] = self._levels[self._known_frames - kept_frames : self._known_frames]
        self._known_frames = kept_frames
