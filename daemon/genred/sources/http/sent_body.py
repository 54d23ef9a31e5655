"""The body of an HTTP answer as it is sent: in chunks, of a known length, or until the connection ends."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from genred.cause import Cause
from genred.errors import SourceError
from genred.sources.http.head import MAX_HEADER_BYTES
from genred.sources.numbers import whole_number

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from genred.sources.http.connection import HttpConnection

LEAST_AUDIO_BYTES = 1_024
"""A shorter length of something called audio is doubted: live streams have none, and some servers write 0 or 1."""

DOUBTED_LENGTH_S = 3.0
"""So long is waited for what a doubted length denies. What is honest ends with the connection, and at once."""

_MAX_SIZE_DIGITS = 16
_PLAYLISTS = ("mpegurl", "scpls")
_BEFORE_CHUNKS = b"0123456789abcdefABCDEF \r\n"


class SentBody:
    """Takes a body out of its framing.

    Args:
        connection: Its head was read.
        headers: Of that head, by lower-case name.
        rest: What came of the body with the head.
        label: For messages; passwords masked.

    Attributes:
        length: Bytes of the body as the server announces them; None where nobody knows.
    """

    def __init__(self, connection: HttpConnection, headers: Mapping[str, str], rest: bytes, label: str) -> None:
        self._connection = connection
        self._label = label
        self._buffer = bytearray(rest)
        self._chunked = headers.get("transfer-encoding", "").lower().rpartition(",")[2].strip() == "chunked"
        self._chunk_left = 0
        self._began = not self._chunked
        self.length = None if self._chunked else whole_number(headers.get("content-length", ""))
        self._left = self.length
        self._doubts_length = _is_doubtful(self.length, headers)
        self._ended = False

    @property
    def cut_short(self) -> bool:
        """Whether the connection ended before all that was announced had come."""
        return self._ended and bool(self._left or self._chunk_left)

    def read(self, size: int, deadline: Callable[[], float], late: str) -> bytes:
        """Gives up to `size` bytes as soon as there are any, nothing at the end.

        Args:
            size: 1 or more.
            deadline: Gives the monotonic time by which something must have come.
            late: What to say when it did not.

        Raises:
            SourceError: Causes `stalled`, `reset`, or `broken` where chunks are damaged.
        """
        if not self._ended:
            size = self._available(size, deadline, late)
        if self._ended or not size:
            self._ended = True
            return b""
        if not self._buffer:
            self._buffer += self._connection.receive(deadline, late)
            if not self._buffer:
                self._ended = True
                return b""
        data = bytes(self._buffer[:size])
        # Off the front of a bytearray, which does not move the rest: chunks may be of one byte each.
        del self._buffer[:size]
        if self._chunked:
            self._chunk_left -= len(data)
        if self._left is not None:
            self._left -= len(data)
        return data

    def _available(self, size: int, deadline: Callable[[], float], late: str) -> int:
        """Gives how many bytes may be read at once; 0 at the end."""
        if not self._began:
            self._begin(deadline, late)
        if self._chunked:
            self._chunk_left = self._chunk_left or self._next_chunk(deadline, late)
            return min(size, self._chunk_left)
        if self._left == 0 and self._doubts_length:
            self._look_beyond_length(deadline, late)
        return size if self._left is None else min(size, self._left)

    def _begin(self, deadline: Callable[[], float], late: str) -> None:
        """Looks whether there are chunks: some servers announce them and send none."""
        self._began = True
        if not self._buffer:
            self._buffer += self._connection.receive(deadline, late)
        self._chunked = self._buffer[:1].strip(_BEFORE_CHUNKS) == b""

    def _look_beyond_length(self, deadline: Callable[[], float], late: str) -> None:
        """Takes what comes behind the length that the server announced, where something does."""
        self._doubts_length = False
        ends_at = time.monotonic() + DOUBTED_LENGTH_S
        try:
            if not self._buffer:
                self._buffer += self._connection.receive(lambda: min(ends_at, deadline()), late)
        except SourceError as error:
            if error.cause is not Cause.STALLED:
                raise
        if self._buffer:
            self._left = None

    def _next_chunk(self, deadline: Callable[[], float], late: str) -> int:
        line = self._line(deadline, late)
        if not line:  # the end of the chunk before
            line = self._line(deadline, late)
        digits = line.partition(b";")[0]
        try:
            size = int(digits, 16) if len(digits) <= _MAX_SIZE_DIGITS else -1
        except ValueError:
            size = -1
        if size < 0:
            raise SourceError(f"{self._label}: the server's chunked response is damaged", cause=Cause.BROKEN)
        return size

    def _line(self, deadline: Callable[[], float], late: str) -> bytes:
        searched = 0
        while (end := self._buffer.find(b"\n", searched)) < 0:
            searched = len(self._buffer)
            data = self._connection.receive(deadline, late)
            if not data or len(self._buffer) > MAX_HEADER_BYTES:
                raise SourceError(f"{self._label}: the server's chunked response was cut off", cause=Cause.BROKEN)
            self._buffer += data
        line = bytes(self._buffer[:end])
        del self._buffer[: end + 1]
        return line.strip()


def _is_doubtful(length: int | None, headers: Mapping[str, str]) -> bool:
    if length is None:
        return False
    kind = headers.get("content-type", "").partition(";")[0].strip().lower()
    is_audio = kind.startswith("audio/") and not kind.endswith(_PLAYLISTS)
    is_audio = is_audio or "icy-name" in headers or "icy-br" in headers
    return length == 0 or (is_audio and length < LEAST_AUDIO_BYTES)
