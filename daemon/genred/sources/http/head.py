"""The head of an HTTP answer: status and headers, as web servers and SHOUTcast send them."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from genred.cause import Cause
from genred.errors import SourceError

if TYPE_CHECKING:
    from collections.abc import Callable

    from genred.sources.http.connection import HttpConnection

MAX_HEADER_BYTES = 65_536
"""Of one answer's headers together; Icecast sends about 500."""

MAX_REASON_CHARACTERS = 80
"""Of what a server says beside its status code."""

MAX_INTERIM_ANSWERS = 8
"""So many times may a server say 100 Continue or 103 Early Hints before it answers."""

MAX_COOKIES = 50
"""Of one answer; browsers keep as many of a site."""

# A last line end alone ends the headers too: some SHOUTcast servers send bare line feeds.
_ENDS = (b"\n\r\n", b"\n\n")
_STATUS = re.compile(r"(?:HTTP/[0-9.]+|ICY)[ \t]+([0-9]{3})(?![0-9])[ \t]*(.*)", re.IGNORECASE | re.DOTALL)


@dataclass(frozen=True, slots=True)
class Head:
    """What a server answers before the body.

    Attributes:
        status: Three digits.
        reason: What it says beside; printable, shortened.
        headers: By lower-case name; of a name that came twice, the last. Each character is the byte of its number, as
            the RFC has it: what is text in another encoding is decoded by who knows that it is text.
        cookies: The values of all `Set-Cookie`.
        rest: Bytes of the body that came with the head.
    """

    status: int
    reason: str
    headers: dict[str, str]
    cookies: list[str] = field(default_factory=list)
    rest: bytes = b""


def read_head(connection: HttpConnection, label: str, deadline: Callable[[], float]) -> Head:
    """Reads the head of the final answer; interim ones (100 Continue) are passed over.

    Args:
        connection: The request was sent on it.
        label: For messages; passwords masked.
        deadline: Gives the monotonic time by which it must have come.

    Raises:
        SourceError: Causes `not_http`, `closed`, `stalled` or `reset`.
    """
    rest = b""
    for _ in range(MAX_INTERIM_ANSWERS + 1):
        raw, rest = _receive(connection, rest, label, deadline)
        head = _parse(raw, rest, label)
        # 101 is an answer: to a request that was not made.
        if not 100 <= head.status < 200 or head.status == 101:
            return head
    raise SourceError(
        f"{label}: the server keeps answering {head.status}",
        permanent=True,
        cause=Cause.NOT_HTTP,
    )


def _receive(
    connection: HttpConnection, begun: bytes, label: str, deadline: Callable[[], float]
) -> tuple[bytes, bytes]:
    received = bytearray(begun)
    searched = 0
    while True:
        ends = [(at, len(mark)) for mark in _ENDS if (at := received.find(mark, searched)) >= 0]
        if ends:
            at, size = min(ends)
            return bytes(received[:at]), bytes(received[at + size :])
        searched = max(0, len(received) - 2)
        if len(received) > MAX_HEADER_BYTES:
            raise SourceError(
                f"{label}: the server's headers are longer than {MAX_HEADER_BYTES} bytes; is this a web radio?",
                permanent=True,
                cause=Cause.NOT_HTTP,
            )
        data = connection.receive(deadline, "the server accepted the connection but sent no complete response in time")
        if not data:
            sent = "nothing" if not received else repr(bytes(received[:40]))[1:]
            raise SourceError(f"{label}: the server closed the connection, having sent {sent}", cause=Cause.CLOSED)
        received += data


def _parse(raw: bytes, rest: bytes, label: str) -> Head:
    first, *lines = raw.decode("latin-1").split("\n")
    found = _STATUS.fullmatch(first.strip())
    if found is None:
        raise SourceError(
            f"{label}: the answer begins with {first.strip()[:40]!r}; this is not an HTTP or SHOUTcast server",
            permanent=True,
            cause=Cause.NOT_HTTP,
        )
    headers: dict[str, str] = {}
    cookies: list[str] = []
    for name, text in _fields(lines):
        headers[name] = text
        if name == "set-cookie" and len(cookies) < MAX_COOKIES:
            cookies.append(text)
    reason = "".join(sign for sign in found[2] if sign.isprintable())[:MAX_REASON_CHARACTERS]
    return Head(int(found[1]), reason, headers, cookies, rest)


def _fields(lines: list[str]) -> list[tuple[str, str]]:
    """Names and values; a line that begins with a blank goes on with the one before (RFC 9112, section 5.2)."""
    fields: list[tuple[str, list[str]]] = []
    for line in lines:
        if line[:1] in {" ", "\t"} and fields:
            fields[-1][1].append(line.strip())
            continue
        name, colon, text = line.partition(":")
        if colon:
            fields.append((name.strip().lower(), [text.strip()]))
    return [(name, " ".join(parts)) for name, parts in fields]
