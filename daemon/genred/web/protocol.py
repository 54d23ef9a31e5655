"""HTTP as uvicorn speaks it, with a bound on connections and on the time that a request may take to come."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import h11
from uvicorn.protocols.http.h11_impl import H11Protocol

if TYPE_CHECKING:
    import asyncio

HEAD_WITHIN_S = 10.0
"""A browser sends its head at once; who sends a byte a second only holds a connection."""

LEAST_BODY_BYTES = 10_240
"""Of a body that is not complete, in as long: the slowest telephone uploads a kilobyte a second."""

MAX_CONNECTIONS = 300
"""Six of a browser, and the streams of events that a household or a control room has open."""


class BoundedProtocol(H11Protocol):
    """Closes connections beyond the bound at once, and those whose head or body does not come."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._timer: asyncio.TimerHandle | None = None
        self._received_bytes = 0

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Takes a connection; see asyncio.Protocol."""
        if len(self.connections) >= MAX_CONNECTIONS:
            transport.abort()
            return
        super().connection_made(transport)
        self._await_request()

    def connection_lost(self, exc: Exception | None) -> None:
        """Lets go of a connection."""
        self._stop_waiting()
        if getattr(self, "transport", None) is not None:
            super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Takes what has come."""
        if getattr(self, "transport", None) is None:
            return
        self._received_bytes += len(data)
        was_awaited = self._is_head_awaited
        super().data_received(data)
        if was_awaited and not self._is_head_awaited:
            self._await_request()

    def on_response_complete(self) -> None:
        """Begins to wait for the next request of the connection; uvicorn itself closes it when none begins."""
        super().on_response_complete()
        self._await_request()

    @property
    def _is_head_awaited(self) -> bool:
        return self.cycle is None or self.cycle.response_complete

    @property
    def _is_body_awaited(self) -> bool:
        return self.conn.their_state is h11.SEND_BODY

    def _await_request(self) -> None:
        self._stop_waiting()
        self._received_bytes = 0
        if self._is_head_awaited or self._is_body_awaited:
            self._timer = self.loop.call_later(HEAD_WITHIN_S, self._look)

    def _stop_waiting(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _look(self) -> None:
        if self._is_head_awaited:
            self.transport.abort()
        elif self._is_body_awaited:
            # Where nothing is read, it is the disk that keeps the browser waiting.
            if self._received_bytes < LEAST_BODY_BYTES and not self.flow.read_paused:
                self.transport.abort()
            else:
                self._await_request()
