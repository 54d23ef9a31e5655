"""How a station stands with its source."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING

from genred.sources.source import Meter

if TYPE_CHECKING:
    from genred.sources.source import SourceInfo


class ConnectionState(StrEnum):
    """The states of a station's connection; `TRANSITIONS` says which may follow which."""

    CONNECTING = "connecting"
    """The source is being opened; no audio yet."""
    STREAMING = "streaming"
    """Audio comes."""
    STALLED = "stalled"
    """A player would have been silent for a while; the session still stands and may go on."""
    BACKING_OFF = "backing off"
    """The source failed; the next attempt comes after a wait."""
    FAILED = "failed for good"
    """The source failed and will not be tried again."""
    ENDED = "ended"
    """A source that has an end, such as a file, came to it."""
    STOPPED = "stopped"
    """Switched off, or not started yet."""


OFF_AIR = frozenset(
    {ConnectionState.BACKING_OFF, ConnectionState.FAILED, ConnectionState.ENDED, ConnectionState.STOPPED}
)
"""The states without a session."""

TRANSITIONS: dict[ConnectionState, frozenset[ConnectionState]] = {
    ConnectionState.STOPPED: frozenset({ConnectionState.CONNECTING, ConnectionState.STOPPED}),
    ConnectionState.CONNECTING: frozenset({ConnectionState.STREAMING, *OFF_AIR}),
    ConnectionState.STREAMING: frozenset({ConnectionState.STALLED, *OFF_AIR}),
    ConnectionState.STALLED: frozenset({ConnectionState.STREAMING, *OFF_AIR}),
    ConnectionState.BACKING_OFF: frozenset({ConnectionState.CONNECTING, ConnectionState.STOPPED}),
    ConnectionState.FAILED: frozenset({ConnectionState.CONNECTING, ConnectionState.STOPPED}),
    ConnectionState.ENDED: frozenset({ConnectionState.CONNECTING, ConnectionState.STOPPED}),
}
"""What may follow each state; anything else is a fault of genred."""


@dataclass(frozen=True, slots=True)
class Link:
    """A snapshot of a station's connection, for people.

    Attributes:
        since: Monotonic time at which `state` began.
        bytes_per_s: Over the last seconds.
        info: What was found on opening, or None before.
        title: As announced last in this session, or None.
        last_error: What went wrong last, passwords masked; None while all is well.
        retry_at: Monotonic time of the next attempt while backing off, else None.
        attempts: Failed attempts since audio last flowed.
        meter: Counts over all sessions; a copy.
    """

    state: ConnectionState
    since: float
    bytes_per_s: float = 0.0
    info: SourceInfo | None = None
    title: str | None = None
    last_error: str | None = None
    retry_at: float | None = None
    attempts: int = 0
    meter: Meter = field(default_factory=Meter)
