"""How far a station's analysis has come."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np
    from numpy.typing import NDArray

    from genred.analysis.analyzer import Analyzer
    from genred.analysis.estimate import Estimate
    from genred.audio.signal_frame import SignalFrame


class AnalysisProgress:
    """An analyzer, and how many windows it made.

    Args:
        analyzer: Used by this object alone.

    Attributes:
        windows: Windows analysed so far.
    """

    def __init__(self, analyzer: Analyzer) -> None:
        self._analyzer = analyzer
        self.windows = 0

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
    def skipped_windows(self) -> int:
        """Windows that were left out because analysis did not keep up."""
        return self._analyzer.skipped_windows

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
        """Takes the next samples; see `Analyzer.push`."""
        return self._counted(self._analyzer.push(samples, frames, newest_only=newest_only, one_in=one_in))

    def finish(self) -> list[Estimate]:
        """Gives the estimate of audio that was shorter than a window; see `Analyzer.finish`."""
        return self._counted(self._analyzer.finish())

    def reset(self) -> None:
        """Forgets all audio, as after a gap."""
        self._analyzer.reset()

    def skip(self) -> None:
        """Forgets all audio, but not the genre; see `Analyzer.skip`."""
        self._analyzer.skip()

    def reset_filter(self) -> None:
        """Forgets the genre but not the audio, as at a new title."""
        self._analyzer.reset_filter()

    def _counted(self, estimates: list[Estimate]) -> list[Estimate]:
        self.windows += len(estimates)
        return estimates
