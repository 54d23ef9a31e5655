"""Blocks of a source, divided anew."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from genred.audio import AudioBlock

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator


def joined(blocks: Iterable[AudioBlock]) -> AudioBlock:
    """Makes one block of all."""
    samples, frames, start = [np.zeros(0, np.float32)], [], 0
    for block in blocks:
        frames += [frame._replace(end_samples=start + frame.end_samples) for frame in block.frames]
        samples.append(block.samples)
        start += block.samples.size
    return AudioBlock(np.concatenate(samples), frames=tuple(frames))


def recut(blocks: Iterable[AudioBlock], size: int) -> Iterator[AudioBlock]:
    """Gives the same audio in blocks of so many samples, each with the frames that end in it."""
    whole = joined(blocks)
    for start in range(0, whole.samples.size, size):
        end = start + size
        frames = [
            frame._replace(end_samples=frame.end_samples - start)
            for frame in whole.frames
            if start < frame.end_samples <= end
        ]
        yield AudioBlock(whole.samples[start:end], frames=tuple(frames))
