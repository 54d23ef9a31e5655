"""How a station stands: pushed like every event, so that nobody reads it across threads or processes."""

from __future__ import annotations

from enum import StrEnum

import msgspec

from genred.analysis.signal_faults import SignalFault
from genred.audio import SourceInfo
from genred.cause import Cause
from genred.clock import Moment
from genred.events.events import StationEvent


class ConnectionState(StrEnum):
    """The states of a station's connection to its source."""

    CONNECTING = "connecting"
    """The source is being opened; no audio yet."""
    STREAMING = "streaming"
    """Audio comes."""
    STALLED = "stalled"
    """A player would have been silent for a while; the session still stands and may go on."""
    BACKING_OFF = "backing_off"
    """The source failed; the next attempt comes after a wait."""
    FAILED = "failed"
    """The source failed and will not be tried again."""
    ENDED = "ended"
    """A source that has an end, such as a file, came to it."""
    STOPPED = "stopped"
    """Switched off, or not started yet."""

    @property
    def description(self) -> str:
        """For people."""
        return "failed for good" if self is ConnectionState.FAILED else self.value.replace("_", " ")


class ConnectionStatus(msgspec.Struct, frozen=True, kw_only=True):
    """How a station stands with its source.

    Attributes:
        state: Of the connection.
        since: Since when.
        cause: Of the last failure; None once audio flows again.
        last_error: What went wrong last, for people, passwords masked; None once audio flows again.
        retry_at: The next attempt while backing off, else None.
        attempts: Failed attempts since audio last flowed.
        source: What was found on opening last, or None before.
    """

    state: ConnectionState
    since: Moment
    cause: Cause | None = None
    last_error: str | None = None
    retry_at: Moment | None = None
    attempts: int = 0
    source: SourceInfo | None = None


class StationCounters(msgspec.Struct, frozen=True, kw_only=True):
    """What a station counts from its start on; nothing of it ever falls.

    Attributes:
        analysed_s: Seconds of time that were analysed.
        unanalysed_s: Seconds of all gaps.
        inference_s: Seconds that the network ran.
        windows: Windows analysed.
        dropped_windows: Windows given up because analysis was slower than real time.
        reconnects: How often the source was opened again.
        received_bytes: Taken from the source.
        corrupt_packets: Skipped because they could not be decoded.
        overflows: Times that a device or its queue lost samples.
        faults: Faults of genred at this station.
    """

    analysed_s: float = 0.0
    unanalysed_s: float = 0.0
    inference_s: float = 0.0
    windows: int = 0
    dropped_windows: int = 0
    reconnects: int = 0
    received_bytes: int = 0
    corrupt_packets: int = 0
    overflows: int = 0
    faults: int = 0


class StationStatus(StationEvent, frozen=True, kw_only=True):
    """How a station stands, published whenever its connection changes, and about once a second.

    Attributes:
        enabled: Whether it is meant to listen.
        overloaded: Whether windows are given up, since the machine has more stations than it keeps up with.
        connection: To its source.
        clipping: Whether the input is overdriven.
        signal_faults: What is wrong with the channels.
        bytes_per_s: From the source, over the last seconds.
        accounted_until: All time until then is in an analysed window or in a gap that was published, and no gap that
            is published later begins before it. It stands still during an outage. None where time is not accounted
            for (a file read as fast as possible).
        counters: From the station's start on; seconds until `accounted_until`.
    """

    enabled: bool
    overloaded: bool = False
    connection: ConnectionStatus
    clipping: bool
    signal_faults: tuple[SignalFault, ...] = ()
    bytes_per_s: float
    accounted_until: Moment | None = None
    counters: StationCounters
