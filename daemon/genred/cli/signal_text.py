"""Faults of the channels in words."""

from __future__ import annotations

from genred.analysis.signal_faults import SignalFault


def describe_fault(fault: SignalFault, channel: int, value: float) -> str:
    """Says what is wrong with which channel, and how much.

    Args:
        fault: What it is.
        channel: Counted from 1, the left one of two; see `SignalFault` and `Finding`.
        value: Its measure.
    """
    name = {1: "left", 2: "right"}.get(channel, f"number {channel}")
    match fault:
        case SignalFault.INVERTED_CHANNEL:
            return f"a channel is inverted (correlation {value:.2f}); only the {name} one is analysed"
        case SignalFault.DEAD_CHANNEL:
            return f"the {name} channel is dead, {value:.0f} dBFS"
        case SignalFault.IMBALANCE:
            return f"the {name} channel is {value:.0f} dB weaker than the other"
        case SignalFault.DC_OFFSET:
            return f"the {name} channel has a DC offset of {value:+.1%} of full scale"
