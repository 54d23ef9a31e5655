"""How far a station's analysis has come."""

from __future__ import annotations

from typing import TYPE_CHECKING

from genred.stations.window_count import WindowCount

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    import numpy as np
    from numpy.typing import NDArray

    from genred.analysis.analyzer import Analyzer
    from genred.analysis.estimate import Estimate
    from genred.audio.signal_frame import SignalFrame


class AnalysisProgress:
    """An analyzer, and how many windows it made.

    Args:
        analyzer: Used by this object alone.
    """

    def __init__(self, analyzer: Analyzer) -> None:
        self._analyzer = analyzer
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
    def position_s(self) -> float:
        """Seconds of audio taken in so far."""
        return self._analyzer.position_s

    def push(
        self, samples: NDArray[np.float32], frames: Sequence[SignalFrame], *, newest_only: bool, one_in: int
    ) -> list[Estimate]:
        """Takes the next samples; see `Analyzer.push`. What it gives is to be counted."""
        return self._analyzer.push(samples, frames, newest_only=newest_only, one_in=one_in)

    def finish(self) -> list[Estimate]:
        """Gives the estimate of audio that was shorter than a window; see `Analyzer.finish`. It is to be counted."""
        return self._analyzer.finish()

    def counted(self, estimates: list[Estimate]) -> Iterator[Estimate]:
        """Gives estimates one by one, with the counts as they were then. Must be exhausted."""
        for estimate in estimates:
            self._count.make(self._uncounted_s(estimate.position_s))
            yield estimate
        self._count.pass_by(self._uncounted_s(self._analyzer.position_s))

    def reset(self) -> None:
        """Forgets all audio, as after a gap."""
        self._analyzer.reset()
        self._counted_until_s = self._analyzer.position_s
        self._count.begin()

    def skip(self, seconds: float) -> None:
        """Takes audio that is left out, and forgets what came before it, but not the genre; see `Analyzer.skip`."""
        self._count.pass_by(seconds)
        self._analyzer.skip()

    def reset_filter(self) -> None:
        """Forgets the genre but not the audio, as at a new title."""
        self._analyzer.reset_filter()

    def _uncounted_s(self, position_s: float) -> float:
        before_s, self._counted_until_s = self._counted_until_s, position_s
        return position_s - before_s
