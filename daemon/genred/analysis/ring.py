"""The ring buffer: blocks of any size in, windows on the hop grid out, each with its features.

A window of five seconds shares all but its newest hops with the one before. The mel levels of frames that lie
wholly inside are therefore kept and moved on; only new frames, and the few at both ends that the centred
transform pads with zeros, are computed for each window. Those at a window's start are computed when their samples
pass, seconds before the window is full, so that no more than the newest samples need be kept.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from mmap import MAP_PRIVATE, mmap
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from genred.analysis.frontend import FrontEnd

_SAMPLE_BYTES = np.dtype(np.float32).itemsize


@dataclass(frozen=True, slots=True)
class Window:
    """One window, valid until the next is asked for: `new_samples` is a view into the ring.

    Attributes:
        new_samples: (n,) float32, the window's end that no window before held: all of a first window, later a step,
            or all again where the step is no shorter than the window.
        end_samples: Position of its end, in samples since the ring was made.
    """

    new_samples: NDArray[np.float32]
    end_samples: int


class FrameRing:
    """Holds the mel levels of the newest window and as many samples as the next one's new frames need.

    Until the first window is full, all its samples are held: 0.44 MB, afterwards 0.1 MB at a step of a second.

    Args:
        front_end: Makes levels and features.
        step_hops: Hops between the starts of two windows, at least 1.
        edges: Whether the frames are wanted that reach into a window's zero padding; without them there are patches
            only, and no `features`.
    """

    def __init__(self, front_end: FrontEnd, step_hops: int, *, edges: bool = True) -> None:
        spec = front_end.spec
        self._front_end = front_end
        self._edges = edges
        self._step_hops = step_hops
        self.step_samples = step_hops * spec.hop_samples
        """Samples between the starts of two windows."""
        self.window_samples = spec.window_samples
        """Samples of one window."""
        self._levels = np.zeros((spec.frames, spec.n_mels), np.float32)
        self.position_samples = 0
        """Samples taken in since the ring was made."""
        self._begin()

    def clear(self) -> None:
        """Forgets all samples, as after a gap; `position_samples` goes on."""
        if self._first:
            # No window was full yet: what was taken in is written over before anything is made of it.
            self._filled = 0
        else:
            self._begin()

    def _begin(self) -> None:
        self._first = True
        self._capacity = self.window_samples
        # Behind the samples stay zeros, into which a window's last frames reach. The memory comes from the system:
        # of the heap's, nothing was given back later, and each of 50 stations held 510 KB instead of 180.
        size = self._capacity + self._front_end.padding_samples
        self._samples = np.frombuffer(mmap(-1, size * _SAMPLE_BYTES, flags=MAP_PRIVATE), np.float32)
        self._filled = self._skip = self._known_frames = 0
        # Of windows that have begun and are not full yet, oldest first.
        self._heads: deque[NDArray[np.float32]] = deque()

    def tiled_remainder(self, least_samples: int) -> NDArray[np.float32] | None:
        """Gives the samples that complete a first window which never filled, by repeating what is there.

        Args:
            least_samples: With fewer than these there is nothing to repeat.

        Returns:
            Samples to push next; None where a window has been full already or too little is there.
        """
        if not self._first or self._filled < least_samples:
            return None
        return np.resize(self._samples[: self._filled], self.window_samples)[self._filled :]

    @property
    def due_samples(self) -> int:
        """Samples that complete the next window, at least 1."""
        return self._skip + self._capacity - self._filled

    def windows_due(self, samples: int) -> int:
        """Says how many windows a block of so many samples would complete."""
        beyond = samples - self.due_samples
        return 0 if beyond < 0 else 1 + beyond // self.step_samples

    def push(self, block: NDArray[np.float32]) -> Iterator[Window]:
        """Takes a block and yields each window that it completes. Must be exhausted.

        Args:
            block: (n,) float32, any n.
        """
        while block.size:
            if self._skip:
                # A step longer than the window leaves samples out between two windows.
                skipped = min(self._skip, block.size)
                self._skip -= skipped
                self.position_samples += skipped
                block = block[skipped:]
                continue
            taken = min(self._capacity - self._filled, block.size)
            self._samples[self._filled : self._filled + taken] = block[:taken]
            self._filled += taken
            self.position_samples += taken
            block = block[taken:]
            if self._filled == self._capacity:
                self._take_levels()
                new = self.window_samples if self._first else min(self.step_samples, self.window_samples)
                yield Window(self._samples[self._filled - new : self._filled], self.position_samples)
                self._advance()

    def features(self) -> NDArray[np.float32]:
        """Gives the features of the window that `push` has just yielded: the front end's shape, float32."""
        return self._front_end.features(self._levels)

    def patch(self, frames: int, newer_frames: int) -> NDArray[np.float32]:
        """Gives the features of a part of that window, as if there were nothing else of it.

        Args:
            frames: Of the part.
            newer_frames: Of the window behind it, not counting those that reach into its zero padding.

        Returns:
            (frames, bands or coefficients) float32.
        """
        end = self._front_end.inner_end - newer_frames
        return self._front_end.features(self._levels[end - frames : end])

    def _take_levels(self) -> None:
        """Completes the levels of the window that is full now, and the heads of later ones as far as they came."""
        front_end, spec = self._front_end, self._front_end.spec
        window_start = self._capacity - self.window_samples
        known = front_end.head_frames + self._known_frames
        end = spec.frames if self._edges else front_end.inner_end
        if self._edges:
            self._take_heads(window_start)
        start = window_start + known * spec.hop_samples - front_end.padding_samples
        self._levels[known:end] = front_end.frame_levels(self._samples[start:], end - known)

    def _take_heads(self, window_start: int) -> None:
        front_end = self._front_end
        start = window_start + len(self._heads) * self.step_samples
        while start + front_end.head_samples <= self._capacity:
            self._heads.append(front_end.head_levels(self._samples[start : start + front_end.head_samples]))
            start += self.step_samples
        self._levels[: front_end.head_frames] = self._heads.popleft()

    def _advance(self) -> None:
        """Keeps what the next window shares with this one."""
        front_end, spec = self._front_end, self._front_end.spec
        step, size = self.step_samples, self.window_samples
        kept = self._samples[: self._capacity]
        if self._first:
            # The next window's new frames begin less than a frame before its new samples, as do heads not yet taken.
            self._capacity = min(size, step + spec.n_fft)
            self._samples = np.zeros(self._capacity + front_end.padding_samples, np.float32)
            self._first = False
        self._filled = max(0, self._capacity - step)
        self._samples[: self._filled] = kept[kept.size - self._filled :]
        self._skip = max(0, step - size)
        inner_end = front_end.inner_end
        self._known_frames = max(0, inner_end - front_end.head_frames - self._step_hops)
        shared = self._levels[inner_end - self._known_frames : inner_end]
        self._levels[front_end.head_frames : front_end.head_frames + self._known_frames] = shared
