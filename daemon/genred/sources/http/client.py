"""An HTTP client for endless answers: Icecast and SHOUTcast as they are, not as the RFC would have them.

The standard library's client refuses SHOUTcast's `ICY 200 OK`, has no deadline for headers that never end and
cannot be interrupted; this one does just what a listener needs: GET, redirects, Basic authentication, chunks.
"""

from __future__ import annotations

import base64
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from urllib.parse import quote, unquote, urlsplit

from genred import __version__
from genred.cause import Cause
from genred.errors import SourceError
from genred.masking import masked
from genred.sources.address import resolve
from genred.sources.http.connection import HttpConnection
from genred.sources.http.response import MAX_HEADER_BYTES, Response

if TYPE_CHECKING:
    from collections.abc import Callable

    from genred.engine.flag import Flag

MAX_REDIRECTS = 5
MAX_REASON_CHARACTERS = 80
"""Of what a server says beside its status code."""

USER_AGENT = f"genred/{__version__}"

_PORTS = {"http": 80, "https": 443}
_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_ADVICE = {
    401: "the server wants a user and password: write http://user:password@host/…",
    403: "the server does not allow it; it may ban this address or this program's name (user_agent)",
    404: "there is nothing at this address; is the mount point spelt right, and is the station on air?",
    429: "too many requests; longer waits in `retry` help",
    503: "the server is full or the station is not on air",
}


@dataclass(frozen=True, slots=True)
class Request:
    """What a GET asks for, and within what bounds.

    Attributes:
        url: http:// or https://, may hold user and password.
        headers: Beside `Host`, `User-Agent`, `Accept`, `HttpConnection` and `Authorization`.
        timeout_s: For name, connection, redirects and headers together.
        user_agent: Empty for genred's own.
        admit: Called before each request, redirects too; raises `SourceError` where no more is wanted.
    """

    url: str
    timeout_s: float
    headers: dict[str, str] = field(default_factory=dict)
    user_agent: str = ""
    admit: Callable[[], None] = field(default=lambda: None)


def get(request: Request, interrupted: Flag) -> Response:
    """Sends a GET and follows redirects until there is a body to read.

    Args:
        request: What to ask for.
        interrupted: Ends any wait, now and when the body is read.

    Returns:
        The answer, whose `close` is the caller's duty.

    Raises:
        SourceError: No connection, no sensible answer, or a status that is no success; the message says what the
            server said and what to try. Causes: those of `HttpConnection`, `http_NNN`, `redirects`, `not_http`.
    """
    ends_at = time.monotonic() + request.timeout_s

    def deadline() -> float:
        return ends_at

    url, seen = request.url, {request.url}
    credentials = _credentials(url)
    while True:
        request.admit()
        own = credentials if _may_know_credentials(request.url, url) else None
        response, status, reason = _exchange(url, request, _credentials(url) or own, deadline, interrupted)
        if status in {200, 206}:
            return response
        response.close()
        where = response.headers.get("location", "")
        if status not in _REDIRECTS or not where:
            raise _refusal(url, status, reason)
        target = resolve(url, where)
        if target is None:
            raise SourceError(
                f"{masked(url)}: the server redirects to what is no address", permanent=True, cause=Cause.REDIRECTS
            )
        url = target
        if url in seen or len(seen) > MAX_REDIRECTS:
            raise SourceError(
                f"{masked(request.url)}: the server redirects in a ring or more than {MAX_REDIRECTS} times, "
                f"last to {masked(url)}; give the address at the end of the redirects",
                permanent=True,
                cause=Cause.REDIRECTS,
            )
        seen.add(url)


def _exchange(
    url: str,
    request: Request,
    credentials: str | None,
    deadline: Callable[[], float],
    interrupted: Flag,
) -> tuple[Response, int, str]:
    label = masked(url)
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port
    except ValueError as error:
        raise SourceError(
            f"{label}: no usable address: a port must be a number, and `/`, `#` and `@` in a password must be "
            "written %2F, %23 and %40",
            permanent=True,
            cause=Cause.UNUSABLE,
        ) from error
    if parts.scheme not in {"http", "https"} or not host:
        raise SourceError(
            f"{label}: only http:// and https:// addresses can be opened", permanent=True, cause=Cause.UNUSABLE
        )
    tls = parts.scheme == "https"
    connection = HttpConnection(
        host, port or (443 if tls else 80), tls=tls, label=label, deadline=deadline, interrupted=interrupted
    )
    try:
        target = quote(parts.path or "/", safe="/%:@!$&'()*+,;=~-._") + (
            "?" + quote(parts.query, safe="/%:@!$&'()*+,;=~-._?") if parts.query else ""
        )
        shown_host = f"[{host}]" if ":" in host else host.encode("idna").decode("ascii")
        fields = {
            "Host": shown_host + (f":{port}" if port else ""),
            "User-Agent": request.user_agent or USER_AGENT,
            "Accept": "*/*",
            "HttpConnection": "close",
            **({"Authorization": f"Basic {credentials}"} if credentials else {}),
            **request.headers,
        }
        head = f"GET {target} HTTP/1.1\r\n" + "".join(f"{name}: {_one_line(text)}\r\n" for name, text in fields.items())
        connection.send(head.encode("utf-8") + b"\r\n", deadline)
        status, reason, headers, rest = _read_head(connection, label, deadline)
    except UnicodeError as error:
        connection.close()
        raise SourceError(f"{label}: {host!r} is no host name", permanent=True, cause=Cause.UNUSABLE) from error
    except BaseException:
        connection.close()
        raise
    return Response(connection, url, headers, rest), status, reason


def _read_head(
    connection: HttpConnection, label: str, deadline: Callable[[], float]
) -> tuple[int, str, dict[str, str], bytes]:
    received = bytearray()
    searched = 0
    while True:
        # Some SHOUTcast servers end their headers with bare line feeds.
        marks = ((b"\r\n\r\n", 4), (b"\n\n", 2))
        ends = [(at, size) for mark, size in marks if (at := received.find(mark, searched)) >= 0]
        if ends:
            break
        searched = max(0, len(received) - 3)
        if len(received) > MAX_HEADER_BYTES:
            raise SourceError(
                f"{label}: the server's headers do not end within {MAX_HEADER_BYTES} bytes; is this a web radio?",
                permanent=True,
                cause=Cause.NOT_HTTP,
            )
        data = connection.receive(deadline, "the server took the connection but sent no complete answer in time")
        if not data:
            sent = "nothing" if not received else repr(bytes(received[:40]))[1:]
            raise SourceError(f"{label}: the server closed the connection, having sent {sent}", cause=Cause.CLOSED)
        received += data
    at, size = min(ends)
    head, rest = bytes(received[:at]), bytes(received[at + size :])
    first, *lines = head.decode("utf-8", "replace").splitlines() or [""]
    protocol, _, status_text = first.partition(" ")
    code = status_text[:3]
    if not (protocol.upper().startswith("HTTP/") or protocol.upper() == "ICY") or not code.isdecimal():
        raise SourceError(
            f"{label}: the answer begins with {first[:40]!r}; no HTTP or SHOUTcast server says that",
            permanent=True,
            cause=Cause.NOT_HTTP,
        )
    headers = {}
    for line in lines:
        name, colon, text = line.partition(":")
        if colon:
            headers[name.strip().lower()] = text.strip()
    reason = "".join(sign for sign in status_text[3:].strip() if sign.isprintable())[:MAX_REASON_CHARACTERS]
    return int(code), reason, headers, rest


def _refusal(url: str, status: int, reason: str) -> SourceError:
    advice = _ADVICE.get(status)
    answer = f"{status} {reason}".strip()
    return SourceError(
        f"{masked(url)}: the server answered {answer}" + (f": {advice}" if advice else ""),
        # 408 and 429 pass with time; every other 4xx stays until somebody changes something.
        permanent=400 <= status < 500 and status not in {408, 429},
        cause=Cause.for_http_status(status),
    )


def _credentials(url: str) -> str | None:
    try:
        parts = urlsplit(url)
    except ValueError:
        return None
    if parts.username is None:
        return None
    pair = f"{unquote(parts.username)}:{unquote(parts.password or '')}"
    return base64.b64encode(pair.encode("utf-8")).decode("ascii")


def _may_know_credentials(first: str, then: str) -> bool:
    """Whether a password written for one address may go to another: to the same server, or to it by TLS instead."""
    try:
        one, two = urlsplit(first), urlsplit(then)
        ports = one.port or _PORTS.get(one.scheme), two.port or _PORTS.get(two.scheme)
    except ValueError:
        return False
    if one.hostname != two.hostname:
        return False
    if one.scheme == two.scheme:
        return ports[0] == ports[1]
    return (one.scheme, two.scheme) == ("http", "https") and ports == (80, 443)


def _one_line(text: str) -> str:
    return text.replace("\r", " ").replace("\n", " ")
