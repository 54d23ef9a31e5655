"""A successful HTTP answer, whose body is read as it comes, compressed or not."""

from __future__ import annotations

import time
import zlib
from typing import TYPE_CHECKING

from genred.cause import Cause
from genred.errors import SourceError
from genred.masking import masked
from genred.sources.http.content_coding import SNIFF_BYTES, ExpansionError, inflater_for
from genred.sources.http.sent_body import SentBody

if TYPE_CHECKING:
    from collections.abc import Callable

    from genred.sources.http.connection import HttpConnection
    from genred.sources.http.content_coding import Inflater

PEEK_BYTES = 512
"""Enough to tell a playlist or a web page from audio."""

INFLATED_AT_ONCE_BYTES = 16_384
"""Taken from the network at once of a body that is compressed."""

MAX_TYPE_CHARACTERS = 80
"""Of a media type in messages."""


class Response:
    """A successful answer, to be read.

    Attributes:
        url: Where it came from in the end, after redirects.
        headers: By lower-case name; of a name that came twice, the last. See `Head`.
        status: 200 to 299.
        length: Bytes of the body as the server announces them; None where nobody knows.
    """

    def __init__(
        self, connection: HttpConnection, url: str, headers: dict[str, str], rest: bytes, *, status: int = 200
    ) -> None:
        self._connection = connection
        self.url = url
        self.headers = headers
        self.status = status
        self._body = SentBody(connection, headers, rest, masked(url))
        self.length = self._body.length
        self._peeked = b""
        codings = (headers.get(name, "").lower() for name in ("content-encoding", "transfer-encoding"))
        self._coding = ",".join(codings)
        self._sniffed = False
        self._inflater: Inflater | None = None

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
        return self._body.cut_short

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
        return self._body.read(size, deadline, late) if self._inflater is None else self._inflate(size, deadline, late)

    def _sniff(self, deadline: Callable[[], float], late: str) -> None:
        """Looks whether the body is compressed, whatever the server says."""
        self._sniffed = True
        start = b""
        while len(start) < SNIFF_BYTES and (data := self._body.read(SNIFF_BYTES - len(start), deadline, late)):
            start += data
        self._inflater = inflater_for(start, self._coding)
        if self._inflater is None:
            self._peeked = start
        else:
            self._inflater.push(start)

    def _inflate(self, size: int, deadline: Callable[[], float], late: str) -> bytes:
        assert self._inflater is not None  # noqa: S101 - for the type checker
        try:
            is_overdue = False
            while not (data := self._inflater.take(size)):
                if is_overdue:
                    raise SourceError(f"{masked(self.url)}: {late}", cause=Cause.STALLED)
                sent = b"" if self._inflater.ended else self._body.read(INFLATED_AT_ONCE_BYTES, deadline, late)
                if not sent:
                    return b""
                self._inflater.push(sent)
                # What came may have come in time, and lain here: only now it is known that nothing is in it.
                is_overdue = time.monotonic() > deadline()
        except (zlib.error, ExpansionError) as error:
            raise SourceError(
                f"{masked(self.url)}: the server's compressed response cannot be read: {error}", cause=Cause.BROKEN
            ) from error
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


def read_all(response: Response, limit_bytes: int, timeout_s: float) -> bytes:
    """Reads a whole short body, such as a playlist, and closes the answer.

    Raises:
        SourceError: It is longer than `limit_bytes`, or does not end in time.
    """
    ends_at = time.monotonic() + timeout_s
    body = bytearray()
    try:
        while data := response.read(65_536, lambda: ends_at, f"the response was not complete within {timeout_s:g} s"):
            body += data
            if len(body) > limit_bytes:
                raise SourceError(
                    f"{masked(response.url)}: longer than {limit_bytes} bytes, which is too long for a playlist",
                    permanent=True,
                    cause=Cause.TOO_LONG,
                )
            if time.monotonic() > ends_at:
                raise SourceError(
                    f"{masked(response.url)}: the response was not complete within {timeout_s:g} s", cause=Cause.STALLED
                )
    finally:
        response.close()
    return bytes(body)
