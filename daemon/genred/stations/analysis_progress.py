"""How far a station's analysis has come: what of the audio no window was made of yet."""

from __future__ import annotations

from typing import TYPE_CHECKING

from genred.stations.window_count import WindowCount

if TYPE_CHECKING:
    from collections.abc import Iterator

    import numpy as np
    from numpy.typing import NDArray

    from genred.analysis.analyzer import Analyzer
    from genred.analysis.estimate import Estimate


class AnalysisProgress:
    """An analyzer, and the end of the last window that it made.

    Args:
        analyzer: Used by this object alone.
    """

    def __init__(self, analyzer: Analyzer) -> None:
        self._analyzer = analyzer
        self._analysed_until_s = 0.0
        self._counted_until_s = analyzer.position_s
        self._count = WindowCount(analyzer.window_s, analyzer.step_s)

    @property
    def windows(self) -> int:
        """Windows analysed so far."""
        return self._count.made

    @property
    def dropped_windows(self) -> int:
        """Windows given up so far because analysis was slower than real time."""
        return self._count.dropped

    @property
    def labels(self) -> tuple[str, ...]:
        """Of the probabilities, in their order."""
        return self._analyzer.labels

    @property
    def window_s(self) -> float:
        """Seconds of one window."""
        return self._analyzer.window_s

    @property
    def step_s(self) -> float:
        """Seconds between windows."""
        return self._analyzer.step_s

    @property
    def due_s(self) -> float:
        """Seconds of audio that complete the next window."""
        return self._analyzer.due_s

    @property
    def inference_s(self) -> float:
        """Seconds that the network has run."""
        return self._analyzer.inference_s

    @property
    def unanalysed_s(self) -> float:
        """Seconds of audio that no window was made of yet."""
        return max(0.0, self._analyzer.position_s - self._analysed_until_s)

    def push(self, samples: NDArray[np.float32], *, newest_only: bool, one_in: int) -> Iterator[Estimate]:
        """Takes the next samples; see `Analyzer.push`. Must be exhausted; the counts go on with the estimates."""
        yield from self._counted(self._analyzer.push(samples, newest_only=newest_only, one_in=one_in))
        self._count.pass_by(self._uncounted_s(self._analyzer.position_s))

    def finish(self) -> Iterator[Estimate]:
        """Gives the estimate of audio that was shorter than a window; see `Analyzer.finish`."""
        return self._counted(self._analyzer.finish())

    def reset(self) -> None:
        """Forgets all audio, as after a gap."""
        self._analyzer.reset()
        self._analysed_until_s = self._counted_until_s = self._analyzer.position_s
        self._count.begin()

    def skip(self, seconds: float) -> None:
        """Takes audio that is left out, and forgets what came before it, but not the genre; see `Analyzer.skip`."""
        self._count.pass_by(seconds)
        self._analyzer.skip()
        self._analysed_until_s = self._analyzer.position_s

    def reset_filter(self) -> None:
        """Forgets the genre but not the audio, as at a new title."""
        self._analyzer.reset_filter()

    def _counted(self, estimates: list[Estimate]) -> Iterator[Estimate]:
        for estimate in estimates:
            self._count.make(self._uncounted_s(estimate.position_s))
            self._analysed_until_s = estimate.position_s
            yield estimate

    def _uncounted_s(self, position_s: float) -> float:
        before_s, self._counted_until_s = self._counted_until_s, position_s
        return position_s - before_s
