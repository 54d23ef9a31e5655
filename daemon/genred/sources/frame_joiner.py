"""Decoded frames joined in FFmpeg's own memory: to make an array of each 20 ms costs more than to decode them."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any

from av import AudioFifo

if TYPE_CHECKING:
    from av.audio.frame import AudioFrame
    from numpy.typing import NDArray


class FrameJoiner:
    """Holds frames of one rate, layout and sample format until they are taken as one array.

    Attributes:
        rate_hz: Of the frames that it holds, and of those that may be added to them.
        channels: Likewise.
        layout: Likewise, as FFmpeg calls it, such as `5.1(side)`.
        length: Samples a channel that it holds.
    """

    def __init__(self) -> None:
        self.rate_hz = 0
        self.channels = 0
        self.layout = ""
        self.length = 0
        self._queue = AudioFifo()

    def add(self, frame: AudioFrame) -> bool:
        """Takes a frame, unless it is of another kind than those before; then `take` them first."""
        rate_hz, channels = frame.sample_rate, frame.layout.nb_channels
        if not self.length:
            if (rate_hz, channels) != (self.rate_hz, self.channels):
                self._queue, self.rate_hz, self.channels = AudioFifo(), rate_hz, channels
        elif (rate_hz, channels) != (self.rate_hz, self.channels):
            return False
        if not self.length:
            self.layout = frame.layout.name
        # Its times are of no use, and the queue would compare them.
        frame.pts = None
        try:
            self._queue.write(frame)
        except ValueError:
            # Another sample format, or another time base.
            if self.length:
                return False
            self._queue = AudioFifo()
            self._queue.write(frame)
        self.length += frame.samples
        return True

    def clear(self) -> None:
        """Forgets what it holds."""
        if self.length:
            self.take()

    def take(self) -> NDArray[Any]:
        """Gives what it holds, which is something: (channels, n) planar or (1, n * channels) interleaved."""
        self.length = 0
        joined = self._queue.read(0, partial=True)
        assert joined is not None  # noqa: S101 - it holds something
        return joined.to_ndarray()


class _OfThread(threading.local):
    def __init__(self) -> None:
        self.joiner = FrameJoiner()


_of_thread = _OfThread()


def shared_joiner() -> FrameJoiner:
    """Gives the one of this thread, empty; whoever uses it empties it before others run.

    FFmpeg's queue never shrinks, and a second of stereo takes 0.7 MB of it.
    """
    _of_thread.joiner.clear()
    return _of_thread.joiner
