"""A connection without a network."""

from __future__ import annotations

import time
from collections import deque
from typing import TYPE_CHECKING

from tests.patience import PATIENCE_S

if TYPE_CHECKING:
    from genred.sources.http.connection import HttpConnection


class Wire:
    """Gives its bytes in pieces, and then ends."""

    received_bytes = 0
    emptied_at = gather_s = 0.0

    def __init__(self, data: bytes, piece_bytes: int) -> None:
        self._pieces = deque(data[at : at + piece_bytes] for at in range(0, len(data), piece_bytes))

    def receive(self, *_: object) -> bytes:
        return self._pieces.popleft() if self._pieces else b""

    def close(self) -> None:
        self._pieces.clear()


def wire(data: bytes, piece_bytes: int = 65_536) -> HttpConnection:
    return Wire(data, piece_bytes)  # type: ignore[return-value]


def later() -> float:
    return time.monotonic() + PATIENCE_S
