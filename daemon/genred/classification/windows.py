"""The one loop over an analyzer for audio that has an end."""

from __future__ import annotations

from typing import TYPE_CHECKING

from genred.audio import SAMPLE_RATE_HZ, AudioBlock

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    import numpy as np
    from numpy.typing import NDArray

    from genred.analysis.analyzer import Analyzer
    from genred.analysis.estimate import Estimate


def estimate_windows(
    analyzer: Analyzer, blocks: Iterable[NDArray[np.float32] | AudioBlock], *, finish: bool = True
) -> Iterator[Estimate]:
    """Gives the estimate of each window, as soon as its last block has come.

    Args:
        analyzer: Goes on where it is; `Analyzer.reset` it for audio that has nothing to do with what it had before.
        blocks: (n,) float32 mono at 22,050 Hz each, of any size; as they came from a source, where levels are to be
            those of its channels.
        finish: Whether audio that is too short for a window is repeated to fill one.
    """
    for block in blocks:
        if isinstance(block, AudioBlock):
            yield from analyzer.push(block.samples, block.frames)
        else:
            yield from analyzer.push(block)
    if finish:
        yield from analyzer.finish()


def in_seconds(samples: NDArray[np.float32]) -> Iterator[NDArray[np.float32]]:
    """Divides samples into blocks of a second, as they would come live; the last one may be shorter."""
    for start in range(0, samples.size, SAMPLE_RATE_HZ):
        yield samples[start : start + SAMPLE_RATE_HZ]
