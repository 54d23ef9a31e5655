"""Where in a file its channels are faulty."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from genred.analysis.signal_faults import FaultWatch
from genred.config.schema import AnalysisConfig

if TYPE_CHECKING:
    from genred.analysis.estimate import Estimate, Signal
    from genred.analysis.signal_faults import FaultChange, SignalFault

TIME_DECIMALS = 1
VALUE_DECIMALS = 3


class FaultSpan(msgspec.Struct, frozen=True):
    """A part of a file in which something is wrong with its channels.

    Attributes:
        fault: `inverted_channel`, `dead_channel`, `imbalance` or `dc_offset`.
        channel: Counted from 1; as of the event `signal_fault_started`.
        value: Its measure, likewise.
        start_s: From the file's beginning.
        end_s: Likewise.
    """

    fault: str
    channel: int
    value: float
    start_s: float
    end_s: float


class FaultSpans:
    """Collects the faults of one file, window by window.

    Args:
        step_s: Seconds between windows.
    """

    def __init__(self, step_s: float) -> None:
        self._step_s = step_s
        self._watch = FaultWatch(AnalysisConfig())
        self._open: dict[SignalFault, tuple[FaultChange, float]] = {}
        self._spans: list[FaultSpan] = []
        self._position_s = 0.0

    def add(self, estimate: Estimate) -> None:
        """Takes the next window."""
        is_first, self._position_s = not self._position_s, estimate.position_s
        if estimate.signal is None:
            return
        steps = (*estimate.earlier_signals, estimate.signal)
        step_s = estimate.position_s / len(steps) if is_first else self._step_s
        for later, signal in zip(range(len(steps) - 1, -1, -1), steps, strict=True):
            self._take(signal, step_s, estimate.position_s - later * step_s)

    def _take(self, signal: Signal, seconds: float, until_s: float) -> None:
        for change in self._watch.update(signal, seconds):
            changed_at_s = max(0.0, until_s - change.lasted_s)
            if change.finding is None:
                self._close(change.fault, changed_at_s)
            else:
                self._open[change.fault] = change, changed_at_s

    def result(self) -> list[FaultSpan]:
        """Gives the faults in the order of their beginnings."""
        for fault in list(self._open):
            self._close(fault, self._position_s - self._watch.absent_s(fault))
        return sorted(self._spans, key=lambda span: span.start_s)

    def _close(self, fault: SignalFault, end_s: float) -> None:
        change, start_s = self._open.pop(fault)
        assert change.finding is not None  # noqa: S101 - a beginning
        self._spans.append(
            FaultSpan(
                fault=fault.value,
                channel=change.finding.channel,
                value=round(change.finding.value, VALUE_DECIMALS),
                start_s=round(start_s, TIME_DECIMALS),
                end_s=round(end_s, TIME_DECIMALS),
            )
        )
