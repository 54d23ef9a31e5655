"""The JSON of what is wrong with a station's signal, and when it is over; the same rules as for every event."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal, Self

from genred.payloads.common import EventCommon
from genred.payloads.span import span_fields
from genred.payloads.state import (
    LEVEL_DECIMALS,
    PROBABILITY_DECIMALS,
    SIGNAL_DECIMALS,
)

if TYPE_CHECKING:
    from genred.events import (
        ClippingEnded,
        ClippingStarted,
        SignalFaultEnded,
        SignalFaultStarted,
        SilenceEnded,
        SilenceStarted,
    )


class SilenceStartedPayload(EventCommon, frozen=True, kw_only=True):
    """Dead air began.

    Attributes:
        digital: Whether every sample is zero: a carrier without modulation, a stuck encoder, a muted input.
    """

    event: Literal["silence_started"] = "silence_started"
    level_dbfs: float
    digital: bool

    @classmethod
    def of(cls, event: SilenceStarted, **common: Any) -> Self:
        """Makes it of its event."""
        return cls(**common, level_dbfs=round(event.level_dbfs, LEVEL_DECIMALS), digital=event.digital)


class SilenceEndedPayload(EventCommon, frozen=True, kw_only=True):
    """Dead air ended."""

    event: Literal["silence_ended"] = "silence_ended"
    started_at: str
    duration_s: float
    level_dbfs: float

    @classmethod
    def of(cls, event: SilenceEnded, **common: Any) -> Self:
        """Makes it of its event."""
        return cls(**common, **span_fields(event), level_dbfs=round(event.level_dbfs, LEVEL_DECIMALS))


class ClippingStartedPayload(EventCommon, frozen=True, kw_only=True):
    """The input is overdriven."""

    event: Literal["clipping_started"] = "clipping_started"
    clipped_share: float

    @classmethod
    def of(cls, event: ClippingStarted, **common: Any) -> Self:
        """Makes it of its event."""
        return cls(**common, clipped_share=round(event.clipped_share, PROBABILITY_DECIMALS))


class ClippingEndedPayload(EventCommon, frozen=True, kw_only=True):
    """The input is overdriven no longer."""

    event: Literal["clipping_ended"] = "clipping_ended"
    started_at: str
    duration_s: float

    @classmethod
    def of(cls, event: ClippingEnded, **common: Any) -> Self:
        """Makes it of its event."""
        return cls(**common, **span_fields(event))


class SignalFaultStartedPayload(EventCommon, frozen=True, kw_only=True):
    """Something is wrong with the channels.

    Attributes:
        fault: `inverted_channel`, `dead_channel`, `imbalance` or `dc_offset`.
        channel: Counted from 1, the left one of two: the one that is dead, weak or not centred; where one is inverted,
            the one that is analysed in place of the mean of both.
        value: Of an inverted channel the correlation of both, -1 to 1; of a dead one its level in dBFS; of an
            imbalance its dB; of an offset its share of full scale.
    """

    event: Literal["signal_fault_started"] = "signal_fault_started"
    fault: str
    channel: int
    value: float

    @classmethod
    def of(cls, event: SignalFaultStarted, **common: Any) -> Self:
        """Makes it of its event."""
        value = round(event.value, SIGNAL_DECIMALS)
        return cls(**common, fault=event.fault.value, channel=event.channel, value=value)


class SignalFaultEndedPayload(EventCommon, frozen=True, kw_only=True):
    """The channels are without that fault again."""

    event: Literal["signal_fault_ended"] = "signal_fault_ended"
    fault: str
    started_at: str
    duration_s: float

    @classmethod
    def of(cls, event: SignalFaultEnded, **common: Any) -> Self:
        """Makes it of its event."""
        return cls(**common, fault=event.fault.value, **span_fields(event))
