"""The body of an HTTP answer, read as it comes: plain, chunked, or of a known length; compressed or not."""

from __future__ import annotations

import time
import zlib
from typing import TYPE_CHECKING

from genred.cause import Cause
from genred.errors import SourceError
from genred.masking import masked
from genred.sources.http.content_coding import SNIFF_BYTES, ExpansionError, inflater_for
from genred.sources.http.head import MAX_HEADER_BYTES
from genred.sources.numbers import whole_number

if TYPE_CHECKING:
    from collections.abc import Callable

    from genred.sources.http.connection import HttpConnection
    from genred.sources.http.content_coding import Inflater

PEEK_BYTES = 512
"""Enough to tell a playlist or a web page from audio."""

LEAST_AUDIO_BYTES = 1_024
"""A shorter length of something called audio is that of a live stream, which has none: 0, 1, or a page's that was."""

INFLATED_AT_ONCE_BYTES = 16_384
"""Taken from the network at once of a body that is compressed."""

MAX_TYPE_CHARACTERS = 80
"""Of a media type in messages."""

_MAX_SIZE_DIGITS = 16
_BEFORE_CHUNKS = b"0123456789abcdefABCDEF \r\n"


class Response:
    """A successful answer, to be read.

    Attributes:
        url: Where it came from in the end, after redirects.
        headers: By lower-case name; of a name that came twice, the last. See `Head`.
        status: 200 to 299.
        length: Bytes of the body as they are sent; None where nobody knows.
    """

    def __init__(
        self, connection: HttpConnection, url: str, headers: dict[str, str], rest: bytes, *, status: int = 200
    ) -> None:
        self._connection = connection
        self.url = url
        self.headers = headers
        self.status = status
        self._buffer = bytearray(rest)
        transfer = headers.get("transfer-encoding", "").lower()
        self._chunked = transfer.rpartition(",")[2].strip() == "chunked"
        self._chunk_left = 0
        self._began = False
        self.length = None if self._chunked else self._announced_length()
        self._left = self.length
        self._ended = False
        self._peeked = b""
        self._coding = ",".join((headers.get("content-encoding", "").lower(), transfer))
        self._sniffed = False
        self._inflater: Inflater | None = None

    def _announced_length(self) -> int | None:
        """None where the length is wrong that a server made up for what has no end. The connection's end is the end."""
        length = whole_number(self.headers.get("content-length", ""))
        is_audio = self.content_type.startswith("audio/") or "icy-name" in self.headers or "icy-br" in self.headers
        return length if length and not (is_audio and length < LEAST_AUDIO_BYTES) else None

    @property
    def gather_s(self) -> float:
        """Seconds between two looks at the network; see `HttpConnection`."""
        return self._connection.gather_s

    @gather_s.setter
    def gather_s(self, seconds: float) -> None:
        self._connection.gather_s = seconds

    @property
    def emptied_at(self) -> float:
        """Monotonic time at which all had been taken that came before; see `HttpConnection`."""
        return self._connection.emptied_at

    @property
    def cut_short(self) -> bool:
        """Whether the connection ended before all of the body that was announced had come."""
        return self._ended and bool(self._left or self._chunk_left)

    def take_received(self) -> int:
        """Gives how many bytes came over the network, headers too, since this was asked last."""
        received, self._connection.received_bytes = self._connection.received_bytes, 0
        return received

    @property
    def content_type(self) -> str:
        """The media type alone, in lower case; empty where none was sent."""
        written = self.headers.get("content-type", "").partition(";")[0].strip().lower()
        return "".join(sign for sign in written[:MAX_TYPE_CHARACTERS] if sign.isascii() and sign.isprintable())

    def read(self, size: int, deadline: Callable[[], float], late: str) -> bytes:
        """Gives up to `size` bytes of the body as soon as there are any, nothing at its end.

        Args:
            size: 1 or more.
            deadline: Gives the monotonic time by which something must have come.
            late: What to say when it did not.

        Raises:
            SourceError: Causes `stalled`, `reset`, or `broken` where chunks or a compressed body are damaged.
        """
        if not self._sniffed:
            self._sniff(deadline, late)
        if self._peeked:
            data, self._peeked = self._peeked[:size], self._peeked[size:]
            return data
        return self._read_sent(size, deadline, late) if self._inflater is None else self._inflate(size, deadline, late)

    def _sniff(self, deadline: Callable[[], float], late: str) -> None:
        """Looks whether the body is compressed, whatever the server says."""
        self._sniffed = True
        start = b""
        while len(start) < SNIFF_BYTES and (data := self._read_sent(SNIFF_BYTES - len(start), deadline, late)):
            start += data
        self._inflater = inflater_for(start, self._coding)
        if self._inflater is None:
            self._peeked = start
        else:
            self._inflater.push(start)

    def _inflate(self, size: int, deadline: Callable[[], float], late: str) -> bytes:
        assert self._inflater is not None  # noqa: S101 - for the type checker
        try:
            while not (data := self._inflater.take(size)):
                sent = b"" if self._inflater.ended else self._read_sent(INFLATED_AT_ONCE_BYTES, deadline, late)
                if not sent:
                    return b""
                if time.monotonic() > deadline():
                    raise SourceError(f"{masked(self.url)}: {late}", cause=Cause.STALLED)
                self._inflater.push(sent)
        except (zlib.error, ExpansionError) as error:
            raise SourceError(
                f"{masked(self.url)}: the server's compressed answer cannot be read: {error}", cause=Cause.BROKEN
            ) from error
        return data

    def _read_sent(self, size: int, deadline: Callable[[], float], late: str) -> bytes:
        """Gives the body as it was sent, out of its chunks."""
        if self._ended:
            return b""
        if self._chunked and not self._began:
            self._begin(deadline, late)
        if self._chunked and not self._chunk_left:
            self._chunk_left = self._next_chunk(deadline, late)
            if not self._chunk_left:
                self._ended = True
                return b""
        bounds = [
            size,
            *([self._chunk_left] if self._chunked else []),
            *([self._left] if self._left is not None else []),
        ]
        size = min(bounds)
        if not size:
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

    def peek(self, deadline: Callable[[], float], late: str) -> bytes:
        """Gives the first bytes of the body, at least `PEEK_BYTES` unless it is shorter; `read` gives them again.

        Raises:
            SourceError: As `read`.
        """
        head = b""
        while len(head) < PEEK_BYTES:
            data = self.read(PEEK_BYTES, deadline, late)
            if not data:
                break
            head += data
        self._peeked = head
        return head

    def close(self) -> None:
        """Ends the connection."""
        self._connection.close()

    def _begin(self, deadline: Callable[[], float], late: str) -> None:
        """Some servers announce chunks and send none."""
        self._began = True
        if not self._buffer:
            self._buffer += self._connection.receive(deadline, late)
        self._chunked = self._buffer[:1].strip(_BEFORE_CHUNKS) == b""

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
            raise SourceError(f"{masked(self.url)}: the server's chunked answer is damaged", cause=Cause.BROKEN)
        return size

    def _line(self, deadline: Callable[[], float], late: str) -> bytes:
        searched = 0
        while (end := self._buffer.find(b"\n", searched)) < 0:
            searched = len(self._buffer)
            data = self._connection.receive(deadline, late)
            if not data or len(self._buffer) > MAX_HEADER_BYTES:
                raise SourceError(f"{masked(self.url)}: the server's chunked answer broke off", cause=Cause.BROKEN)
            self._buffer += data
        line = bytes(self._buffer[:end])
        del self._buffer[: end + 1]
        return line.strip()


def read_all(response: Response, limit_bytes: int, timeout_s: float) -> bytes:
    """Reads a whole short body, such as a playlist, and closes the answer.

    Raises:
        SourceError: It is longer than `limit_bytes`, or does not end in time.
    """
    ends_at = time.monotonic() + timeout_s
    body = bytearray()
    try:
        while data := response.read(65_536, lambda: ends_at, f"the answer did not end within {timeout_s:g} s"):
            body += data
            if len(body) > limit_bytes:
                raise SourceError(
                    f"{masked(response.url)}: longer than {limit_bytes} bytes, which no playlist is",
                    permanent=True,
                    cause=Cause.TOO_LONG,
                )
            if time.monotonic() > ends_at:
                raise SourceError(
                    f"{masked(response.url)}: the answer did not end within {timeout_s:g} s", cause=Cause.STALLED
                )
    finally:
        response.close()
    return bytes(body)
