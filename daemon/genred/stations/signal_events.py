"""Faults of a source's channels, as events with a beginning and an end."""

from __future__ import annotations

from typing import TYPE_CHECKING

from genred.analysis.signal_faults import FaultWatch, SignalFault
from genred.events import SignalFaultEnded, SignalFaultStarted

if TYPE_CHECKING:
    from collections.abc import Callable

    from genred.analysis.estimate import Estimate
    from genred.clock import Clock
    from genred.config.schema import AnalysisConfig
    from genred.events import Event


class SignalEvents:
    """Publishes when a fault of the channels begins and ends on one station.

    Args:
        station: The station's id.
        config: Thresholds, and times that the events are dated back by.
        clock: For the wall times.
        emit: Takes each event.
    """

    def __init__(self, station: str, config: AnalysisConfig, clock: Clock, emit: Callable[[Event], None]) -> None:
        self._station = station
        self._clock = clock
        self._emit = emit
        self._watch = FaultWatch(config)
        self._since: dict[SignalFault, float] = {}

    @property
    def faults(self) -> tuple[SignalFault, ...]:
        """Those that go on."""
        return self._watch.faults

    def update(self, estimate: Estimate, at: float, step_s: float) -> None:
        """Takes the estimate of one window.

        Args:
            estimate: With its signal, if that is known.
            at: Monotonic time of its end.
            step_s: What of it is new.
        """
        if estimate.signal is None:
            return
        for change in self._watch.update(estimate.signal, step_s):
            changed_at = at - change.lasted_s
            if change.finding is None:
                self._end(change.fault, changed_at)
                continue
            self._since[change.fault] = changed_at
            self._emit(
                SignalFaultStarted(
                    station=self._station,
                    at=self._clock.moment(changed_at),
                    fault=change.fault,
                    channel=change.finding.channel,
                    value=change.finding.value,
                )
            )

    def end(self, at: float) -> None:
        """Ends what goes on, as when the source is lost."""
        for fault in self._watch.faults:
            self._end(fault, at)
        self._watch.reset()

    def _end(self, fault: SignalFault, at: float) -> None:
        started_at = self._since.pop(fault)
        ended = self._clock.moment(max(at, started_at))
        self._emit(
            SignalFaultEnded(
                station=self._station,
                at=ended,
                started_at=ended.on_this_clock(started_at),
                fault=fault,
            )
        )
