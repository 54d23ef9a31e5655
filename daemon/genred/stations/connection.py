"""A station's connection to its source as a plain machine: state, cause, and when it is tried again."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from genred.cause import Cause
from genred.errors import GenredError
from genred.events import ConnectionState, ConnectionStatus

if TYPE_CHECKING:
    from genred.audio import SourceInfo
    from genred.clock import Moment

IN_SESSION = frozenset({ConnectionState.STREAMING, ConnectionState.STALLED})
"""The states in which audio may come."""

WITHOUT_SESSION = frozenset(
    {ConnectionState.BACKING_OFF, ConnectionState.FAILED, ConnectionState.ENDED, ConnectionState.STOPPED}
)

TRANSITIONS: dict[ConnectionState, frozenset[ConnectionState]] = {
    ConnectionState.STOPPED: frozenset({ConnectionState.CONNECTING, ConnectionState.STOPPED}),
    ConnectionState.CONNECTING: frozenset({ConnectionState.STREAMING, *WITHOUT_SESSION}),
    ConnectionState.STREAMING: frozenset({ConnectionState.STALLED, *WITHOUT_SESSION}),
    ConnectionState.STALLED: frozenset({ConnectionState.STREAMING, *WITHOUT_SESSION}),
    ConnectionState.BACKING_OFF: frozenset({ConnectionState.CONNECTING, ConnectionState.STOPPED}),
    ConnectionState.FAILED: frozenset({ConnectionState.CONNECTING, ConnectionState.STOPPED}),
    ConnectionState.ENDED: frozenset({ConnectionState.CONNECTING, ConnectionState.STOPPED}),
}
"""What may follow each state; anything else is a fault of genred."""


@dataclass(frozen=True, slots=True)
class Outage:
    """A time in which the source counts as lost.

    Attributes:
        since: Monotonic time.
        cause: Of the first failure.
        attempts: Failed attempts so far.
    """

    since: float
    cause: Cause
    attempts: int = 0


@dataclass(frozen=True, slots=True)
class AudioResumed:
    """What audio that comes means for the connection.

    Attributes:
        before: The state that it ended, or that goes on.
        afresh: Whether the source was gone before, and not only late.
        outage: What it ended, or None.
    """

    before: ConnectionState
    afresh: bool
    outage: Outage | None


class Connection:
    """Follows one station's connection. Times are monotonic; nothing here waits or publishes.

    Args:
        station: The station's id, for messages.
        now: Monotonic time of the start.

    Attributes:
        state: The present one.
        since: When it began.
        outage: The present one, or None.
        reconnects: How often audio flowed again in a new session.
        source: What was found on opening last, or None before.
    """

    def __init__(self, station: str, now: float) -> None:
        self._station = station
        self.state = ConnectionState.STOPPED
        self.since = now
        self.outage: Outage | None = None
        self.reconnects = 0
        self.source: SourceInfo | None = None
        self._has_streamed = False
        self._attempts = 0
        self._cause: Cause | None = None
        self._last_error: str | None = None
        self._retry_at: float | None = None

    @property
    def attempts(self) -> int:
        """Failed attempts since audio last flowed."""
        return self._attempts

    def open(self, at: float) -> None:
        """The source is being opened."""
        self._enter(ConnectionState.CONNECTING, at)

    def receive(self, at: float) -> AudioResumed:
        """Audio comes."""
        before = self.state
        self._enter(ConnectionState.STREAMING, at)
        if before in IN_SESSION and self.outage is None:
            return AudioResumed(before, afresh=False, outage=None)
        outage = None
        if self.outage is not None:
            outage = Outage(self.outage.since, self.outage.cause, self._attempts)
        if self._has_streamed and before not in IN_SESSION:
            self.reconnects += 1
        self._has_streamed, self._attempts = True, 0
        self.outage = self._cause = self._last_error = self._retry_at = None
        return AudioResumed(before, afresh=True, outage=outage)

    def stall(self, at: float) -> None:
        """Nothing comes, though the session stands."""
        self._enter(ConnectionState.STALLED, at)

    def lose(self, at: float, message: str) -> None:
        """A stalled source counts as lost, though its session still stands."""
        self._cause, self._last_error = Cause.STALLED, message
        self.outage = Outage(at, Cause.STALLED)

    def fail(self, at: float, cause: Cause, message: str, wait_s: float | None) -> bool:
        """The session ended with a failure.

        Args:
            at: When.
            cause: Why.
            message: For people.
            wait_s: Until the next attempt; None when there will be none.

        Returns:
            Whether an outage begins with it.
        """
        self._enter(ConnectionState.FAILED if wait_s is None else ConnectionState.BACKING_OFF, at)
        self._attempts += 1
        self._cause, self._last_error = cause, message
        self._retry_at = None if wait_s is None else at + wait_s
        if self.outage is not None:
            return False
        self.outage = Outage(at, cause)
        return True

    def end(self, at: float) -> None:
        """A source that has an end came to it."""
        self._enter(ConnectionState.ENDED, at)

    def stop(self, at: float) -> bool:
        """The station was switched off, or ends.

        Returns:
            Whether that changes anything: what ended or failed for good stays so.
        """
        if self.state in {ConnectionState.ENDED, ConnectionState.FAILED}:
            return False
        self._enter(ConnectionState.STOPPED, at)
        self._retry_at = None
        return True

    def status(self, now: Moment) -> ConnectionStatus:
        """Gives the whole of it as others see it."""
        return ConnectionStatus(
            state=self.state,
            since=now.on_this_clock(self.since),
            cause=self._cause,
            last_error=self._last_error,
            retry_at=None if self._retry_at is None else now.on_this_clock(self._retry_at),
            attempts=self._attempts,
            source=self.source,
        )

    def _enter(self, state: ConnectionState, at: float) -> None:
        if state is self.state:
            return
        if state not in TRANSITIONS[self.state]:
            raise GenredError(f"station {self._station}: from {self.state} to {state} there is no transition")
        self.state, self.since = state, at
