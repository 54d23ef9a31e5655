"""What was measured of the channels, until the samples that were made of them have been analysed."""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING

from genred.analysis.level import measure_mono, summarize

if TYPE_CHECKING:
    from collections.abc import Iterable

    import numpy as np
    from numpy.typing import NDArray

    from genred.analysis.estimate import Level, Signal
    from genred.audio.signal_frame import SignalFrame


class SignalTrack:
    """Keeps frames by where they end, and sums up those of each step. A step without one is as the step before."""

    def __init__(self) -> None:
        self._frames: deque[tuple[int, SignalFrame]] = deque()
        self._last: tuple[Level, Signal] | None = None

    def add(self, frames: Iterable[SignalFrame], start_samples: int) -> None:
        """Takes the frames of a block.

        Args:
            frames: In their order.
            start_samples: Position of the block.
        """
        for frame in frames:
            self._frames.append((start_samples + frame.end_samples, frame))

    def take(self, samples: NDArray[np.float32], end_samples: int) -> tuple[Level, Signal]:
        """Sums up a step.

        Args:
            samples: (n,) float32 mono: what is measured where nothing was before.
            end_samples: Position of their end. Frames that ended before their start are dropped.
        """
        start_samples = end_samples - samples.size
        ended = []
        while self._frames and self._frames[0][0] <= end_samples:
            position, frame = self._frames.popleft()
            if position > start_samples:
                ended.append(frame)
        if ended:
            self._last = summarize(ended)
        return self._last or summarize([measure_mono(samples)])

    def clear(self) -> None:
        """Forgets all, as after a gap."""
        self._frames.clear()
        self._last = None
