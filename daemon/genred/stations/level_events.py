"""Dead air, stuck carriers and overdriven input, as events with a beginning and an end."""

from __future__ import annotations

from typing import TYPE_CHECKING

from genred.analysis.estimate import State
from genred.analysis.span_watch import SpanWatch
from genred.events import ClippingEnded, ClippingStarted, SilenceEnded, SilenceStarted

if TYPE_CHECKING:
    from collections.abc import Callable

    from genred.analysis.estimate import Estimate
    from genred.clock import Clock
    from genred.config.schema import AnalysisConfig
    from genred.events import Event

DIGITAL_SILENCE_DBFS = -119.9
"""Below the level of one bit of 19: no converter and no studio is so quiet, only a carrier without modulation."""

NO_LEVEL_DBFS = -120.0


class LevelEvents:
    """Publishes when silence and clipping begin and end on one station.

    Silence is what the analyzer's gate says it is, so that the events never contradict the state.

    Args:
        station: The station's id.
        config: Times of both, which the events are dated back by.
        clock: For the wall times.
        emit: Takes each event.
    """

    def __init__(self, station: str, config: AnalysisConfig, clock: Clock, emit: Callable[[Event], None]) -> None:
        self._station = station
        self._config = config
        self._clock = clock
        self._emit = emit
        self._clipping = SpanWatch(config.clipping.start_s, config.clipping.end_s)
        self._silent_since: float | None = None
        self._clipped_since: float | None = None
        self._level_dbfs = NO_LEVEL_DBFS

    @property
    def clipping(self) -> bool:
        """Whether the input is overdriven."""
        return self._clipped_since is not None

    def update(self, estimate: Estimate, at: float, step_s: float) -> None:
        """Takes the estimate of one window.

        Args:
            estimate: With its level.
            at: Monotonic time of its end.
            step_s: What of it is new.
        """
        level = estimate.level
        self._level_dbfs = level.rms_dbfs
        if estimate.state is not State.SILENCE:
            self._end_silence(at - self._config.silence.end_s)
        elif self._silent_since is None:
            self._silent_since = at - self._config.silence.start_s
            self._emit(
                SilenceStarted(
                    station=self._station,
                    at=self._clock.moment(self._silent_since),
                    level_dbfs=level.rms_dbfs,
                    digital=level.rms_dbfs <= DIGITAL_SILENCE_DBFS,
                )
            )
        clipped = level.clipped_share >= self._config.clipping.share and level.clipped_share > 0
        lasted_s = self._clipping.update(step_s, holds=clipped)
        if lasted_s is None:
            return
        if not self._clipping.on:
            self._end_clipping(at - lasted_s)
            return
        self._clipped_since = at - lasted_s
        self._emit(
            ClippingStarted(
                station=self._station, at=self._clock.moment(self._clipped_since), clipped_share=level.clipped_share
            )
        )

    def end(self, at: float) -> None:
        """Ends what goes on, as when the source is lost."""
        self._end_silence(at)
        self._end_clipping(at)
        self._clipping.reset()

    def _end_silence(self, at: float) -> None:
        if self._silent_since is None:
            return
        started_at, self._silent_since = self._silent_since, None
        ended = self._clock.moment(max(at, started_at))
        self._emit(
            SilenceEnded(
                station=self._station,
                at=ended,
                started_at=ended.on_this_clock(started_at),
                level_dbfs=self._level_dbfs,
            )
        )

    def _end_clipping(self, at: float) -> None:
        if self._clipped_since is None:
            return
        started_at, self._clipped_since = self._clipped_since, None
        ended = self._clock.moment(max(at, started_at))
        self._emit(
            ClippingEnded(
                station=self._station,
                at=ended,
                started_at=ended.on_this_clock(started_at),
            )
        )
