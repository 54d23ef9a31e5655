"""Raw PCM from a file descriptor: what standard input and commands share."""

from __future__ import annotations

import os
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from genred.audio import SourceInfo
from genred.cause import Cause
from genred.errors import SourceError
from genred.sources.pacing import Pacer
from genred.sources.resample import BLOCK_S, BlockResampler

if TYPE_CHECKING:
    from collections.abc import Iterator

    from genred.engine.flag import Flag
    from genred.sources.source import Meter, SourceItem

MAX_AHEAD_S = 10.0
"""A pipe that gives audio faster than it sounds (a flood, a file) is held back once it is so far ahead."""

LEAST_STALL_S = 2 * BLOCK_S
"""A shorter timeout would end any source: its audio is gathered to blocks before it counts."""

_SLICE_S = 0.25
_FORMATS: dict[str, np.dtype[Any]] = {"s16le": np.dtype("<i2"), "f32le": np.dtype("<f4")}


@dataclass(frozen=True, slots=True)
class PcmFormat:
    """How raw PCM is to be read.

    Attributes:
        name: `s16le` or `f32le`, interleaved.
    """

    name: str
    rate_hz: int
    channels: int

    @property
    def frame_bytes(self) -> int:
        """Bytes of one sample of all channels."""
        return _FORMATS[self.name].itemsize * self.channels

    @property
    def info(self) -> SourceInfo:
        """For people."""
        return SourceInfo(
            codec=f"pcm_{self.name}",
            rate_hz=self.rate_hz,
            channels=self.channels,
            bitrate_bps=8 * self.frame_bytes * self.rate_hz,
        )


def read_pcm(
    descriptor: int,
    form: PcmFormat,
    label: str,
    meter: Meter,
    interrupted: Flag,
    *,
    stall_timeout_s: float | None,
    head: bytes = b"",
    paced: bool = True,
) -> Iterator[SourceItem]:
    """Yields blocks until the end of the data or an interruption.

    Args:
        descriptor: Readable; a pipe, a terminal or a file.
        form: What the bytes mean.
        label: For messages.
        meter: Counts the bytes.
        interrupted: Ends the reading within a quarter of a second.
        stall_timeout_s: Without a block of audio for so long, it is an error; None to wait for ever.
        head: What was read of the data before, to know what it is.
        paced: Whether data that comes faster than it sounds is held back.

    Raises:
        SourceError: No block came for `stall_timeout_s`; bytes alone count as nothing.
    """
    resampler = BlockResampler(measures_loudness=meter.measures_loudness)
    chunk_bytes = max(form.frame_bytes, round(BLOCK_S * form.rate_hz) * form.frame_bytes)
    partial = head
    described = False
    pacer = Pacer(interrupted, ahead_s=MAX_AHEAD_S)
    last_audio_at = time.monotonic()
    while not interrupted.is_set():
        wanted_bytes = max(form.frame_bytes, chunk_bytes - len(partial))
        data = os.read(descriptor, wanted_bytes) if interrupted.wait_for_io(descriptor, _SLICE_S) else None
        if data == b"":
            break
        data = data or b""
        is_all = len(data) < wanted_bytes
        meter.received_bytes += len(data)
        data = partial + data
        whole = len(data) - len(data) % form.frame_bytes
        partial = data[whole:]
        if whole:
            if not described:
                described = True
                yield form.info
            samples = np.frombuffer(data[:whole], dtype=_FORMATS[form.name])
            if meter.tap is not None:
                meter.tap.samples(samples, form.rate_hz, form.channels)
            for block in resampler.push(samples, form.rate_hz, form.channels):
                yield block
                if paced:
                    pacer.hold(block)
                last_audio_at = time.monotonic()
        # Bytes may drip in for ever; what counts is whether they make audio. What lay in the pipe while the machine was
        # too busy to look is read first.
        if stall_timeout_s is None or not is_all:
            continue
        if time.monotonic() - last_audio_at > max(stall_timeout_s, LEAST_STALL_S):
            raise SourceError(f"{label}: no audio for {stall_timeout_s:g} s", cause=Cause.STALLED)
    yield from resampler.flush()
