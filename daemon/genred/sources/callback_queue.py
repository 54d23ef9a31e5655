"""Takes blocks from PortAudio's own thread, which must never wait."""

from __future__ import annotations

import contextlib
import queue
import time
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from genred.sources.source import Meter

QUEUED_BLOCKS = 200
"""Callbacks kept while the reader is away, some seconds of them; the oldest are dropped first."""


class CallbackQueue:
    """Keeps the newest blocks, and counts what it drops.

    Args:
        meter: Counts overflows, PortAudio's and its own.

    Attributes:
        called_at: Monotonic time of the last callback.
    """

    def __init__(self, meter: Meter) -> None:
        self.called_at = time.monotonic()
        self._meter = meter
        self._blocks: queue.Queue[tuple[NDArray[np.float32], int]] = queue.Queue(QUEUED_BLOCKS)

    def on_audio(self, data: NDArray[np.float32], _frames: int, _time: Any, status: Any) -> None:
        """Takes a block; for PortAudio.

        Args:
            data: (n, channels).
            status: Tells whether PortAudio lost samples before this block.
        """
        self.called_at = time.monotonic()
        if status.input_overflow:
            self._meter.overflows += 1
        lost = self._make_room()
        try:
            self._blocks.put_nowait((data.copy(), lost))
        except queue.Full:
            self._meter.overflows += 1

    def get(self, timeout_s: float) -> tuple[NDArray[np.float32], int]:
        """Gives the oldest block, (n, channels), and how many samples of each channel were dropped before it.

        Raises:
            queue.Empty: None came in time.
        """
        return self._blocks.get(timeout=timeout_s)

    def _make_room(self) -> int:
        if self._blocks.full():
            with contextlib.suppress(queue.Empty):
                dropped, lost = self._blocks.get_nowait()
                self._meter.overflows += 1
                return lost + int(dropped.shape[0])
        return 0
