"""What is published of a station's sound beside its genre: level, faults of the channels, loudness."""

from __future__ import annotations

from typing import TYPE_CHECKING

from genred.stations.level_events import LevelEvents
from genred.stations.loudness_events import LoudnessEvents
from genred.stations.signal_events import SignalEvents

if TYPE_CHECKING:
    from collections.abc import Callable

    from genred.analysis.estimate import Estimate
    from genred.analysis.signal_faults import SignalFault
    from genred.clock import Clock
    from genred.config.schema import AnalysisConfig
    from genred.events import Event


class SoundEvents:
    """Joins the three.

    Args:
        station: The station's id.
        config: For silence, clipping and faults of the channels.
        clock: For the wall times in events.
        emit: Takes each event.

    Attributes:
        loudness: Takes what was measured of it.
    """

    def __init__(self, station: str, config: AnalysisConfig, clock: Clock, emit: Callable[[Event], None]) -> None:
        self.loudness = LoudnessEvents(station, clock, emit)
        self._levels = LevelEvents(station, config, clock, emit)
        self._signal = SignalEvents(station, config, clock, emit)

    @property
    def clipping(self) -> bool:
        """Whether the sound is overdriven now."""
        return self._levels.clipping

    @property
    def faults(self) -> tuple[SignalFault, ...]:
        """The faults of the channels that there are now."""
        return self._signal.faults

    def update(self, estimate: Estimate, at: float, step_s: float) -> None:
        """Takes the level and the channels of a window; see `LevelEvents` and `SignalEvents`."""
        self._levels.update(estimate, at, step_s)
        self._signal.update(estimate, at, step_s)

    def end(self, at: float) -> None:
        """Publishes the ends of all that has begun, as when the source is lost."""
        self.loudness.end(at)
        self._levels.end(at)
        self._signal.end(at)
