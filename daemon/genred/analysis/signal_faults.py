"""What is wrong with the channels of a source, as a broadcaster would be warned of it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from genred.analysis.span_watch import SpanWatch

if TYPE_CHECKING:
    from genred.analysis.estimate import Signal
    from genred.config.schema import AnalysisConfig


class SignalFault(StrEnum):
    """The faults; each can be there beside others."""

    INVERTED_CHANNEL = "inverted_channel"
    """The channels cancel each other: one has its wires crossed. Its value is their correlation."""
    DEAD_CHANNEL = "dead_channel"
    """One of the first two channels is silent and the other is not. Its value is the silent one's level in dBFS."""
    IMBALANCE = "imbalance"
    """One of the first two channels is much weaker than the other. Its value is by how many dB."""
    DC_OFFSET = "dc_offset"
    """A channel is not centred on 0. Its value is the offset, as a share of full scale with its sign."""

    @property
    def description(self) -> str:
        """For people."""
        return _DESCRIPTIONS[self]


_DESCRIPTIONS = {
    SignalFault.INVERTED_CHANNEL: "a channel is inverted",
    SignalFault.DEAD_CHANNEL: "a channel is dead",
    SignalFault.IMBALANCE: "the channels are unbalanced",
    SignalFault.DC_OFFSET: "a channel has a DC offset",
}


@dataclass(frozen=True, slots=True)
class Finding:
    """What is known of a fault.

    Attributes:
        channel: Counted from 1, the left one of two: the one that is dead, weak or not centred; where one is inverted,
            which nobody can tell from the other, the one that is analysed in place of the mean.
        value: See the fault.
    """

    channel: int
    value: float


def find_faults(signal: Signal, config: AnalysisConfig) -> dict[SignalFault, Finding | None]:
    """Judges one step.

    Returns:
        A finding or None for each fault; left out are those of which this step says nothing, as all but offsets in
            silence.
    """
    found: dict[SignalFault, Finding | None] = {}
    channel = max(range(len(signal.offsets)), key=lambda index: abs(signal.offsets[index]))
    offset = signal.offsets[channel]
    found[SignalFault.DC_OFFSET] = Finding(channel + 1, offset) if abs(offset) >= config.signal.dc_offset else None
    if len(signal.rms_dbfs) == 1:
        return {fault: found.get(fault) for fault in SignalFault}
    silent_dbfs = config.silence.level_dbfs
    if max(signal.rms_dbfs) >= silent_dbfs:
        taken = signal.taken
        found[SignalFault.INVERTED_CHANNEL] = None if taken is None else Finding(taken + 1, signal.correlation)
    # Of more than two channels, the first two are left and right; the others may well be silent.
    pair = signal.rms_dbfs[:2]
    weak, strong = sorted(range(2), key=pair.__getitem__)
    if pair[strong] < silent_dbfs:
        return found
    difference_db = pair[strong] - pair[weak]
    is_fault, is_dead = difference_db >= config.signal.imbalance_db, pair[weak] < silent_dbfs
    found[SignalFault.DEAD_CHANNEL] = Finding(weak + 1, pair[weak]) if is_fault and is_dead else None
    found[SignalFault.IMBALANCE] = Finding(weak + 1, difference_db) if is_fault and not is_dead else None
    return found


@dataclass(frozen=True, slots=True)
class FaultChange:
    """A fault began or ended.

    Attributes:
        finding: What was found last where it began; None where it ended.
        lasted_s: For so long it has been so already.
    """

    fault: SignalFault
    finding: Finding | None
    lasted_s: float


class FaultWatch:
    """Follows the faults of one signal.

    Args:
        config: Thresholds and times.

    Attributes:
        faults: Those that go on.
    """

    def __init__(self, config: AnalysisConfig) -> None:
        self._config = config
        self._watches = {fault: SpanWatch(config.signal.start_s, config.signal.end_s) for fault in SignalFault}
        self.faults: tuple[SignalFault, ...] = ()

    def update(self, signal: Signal, seconds: float) -> list[FaultChange]:
        """Takes the next step, and gives what changed with it."""
        changes = []
        for fault, finding in find_faults(signal, self._config).items():
            lasted_s = self._watches[fault].update(seconds, holds=finding is not None)
            if lasted_s is not None:
                changes.append(FaultChange(fault, finding, lasted_s))
        if changes:
            self.faults = tuple(fault for fault, watch in self._watches.items() if watch.on)
        return changes

    def absent_s(self, fault: SignalFault) -> float:
        """For so many seconds a fault has been away that is not over yet."""
        watch = self._watches[fault]
        return watch.contrary_s if watch.on else 0.0

    def reset(self) -> None:
        """Forgets all, as when the source is lost."""
        self.faults = ()
        for watch in self._watches.values():
            watch.reset()
