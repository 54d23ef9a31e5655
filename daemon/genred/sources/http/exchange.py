"""One request to one server, directly or through a proxy, up to the head of its answer."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from urllib.parse import quote, unquote, urlsplit

from genred import __version__
from genred.cause import Cause
from genred.errors import SourceError
from genred.masking import masked
from genred.sources.http.connection import HttpConnection
from genred.sources.http.cookies import Cookies
from genred.sources.http.credentials import PORTS
from genred.sources.http.head import read_head
from genred.sources.http.proxy import proxy_for
from genred.sources.http.refusal import refusal

if TYPE_CHECKING:
    from collections.abc import Callable

    from genred.engine.flag import Flag
    from genred.sources.http.head import Head
    from genred.sources.http.proxy import Proxy

USER_AGENT = f"genred/{__version__}"

_SAFE_IN_PATH = "/%:@!$&'()*+,;=~-._"
_SAFE_IN_QUERY = _SAFE_IN_PATH + "?"


@dataclass(frozen=True, slots=True)
class Request:
    """What a GET asks for, and within what bounds.

    Attributes:
        url: http:// or https://, may hold user and password.
        timeout_s: For name, connection, redirects and headers together.
        headers: Beside those that every request has.
        user_agent: Empty for genred's own.
        admit: Called before each request, redirects too; raises `SourceError` where no more is wanted.
        proxy: Address of an HTTP proxy, `direct`, or empty for what the environment says.
        cookies: Sent and kept; of requests that belong together, the same.
    """

    url: str
    timeout_s: float
    headers: dict[str, str] = field(default_factory=dict)
    user_agent: str = ""
    admit: Callable[[], None] = field(default=lambda: None)
    proxy: str = ""
    cookies: Cookies = field(default_factory=Cookies)


@dataclass(frozen=True, slots=True)
class Server:
    """Where a request goes.

    Attributes:
        host: Name or address, an IPv6 one without brackets and with its zone.
        port: TCP port.
        tls: Whether it is https.
        shown: Host and port as in the `Host` header.
        target: Path and query, quoted.
    """

    host: str
    port: int
    tls: bool
    shown: str
    target: str

    @property
    def authority(self) -> str:
        """Host and port, both, as `CONNECT` takes them."""
        host = self.shown.partition("]")[0] + "]" if self.shown.startswith("[") else self.shown.partition(":")[0]
        return f"{host}:{self.port}"


def exchange(
    url: str, request: Request, credentials: str | None, deadline: Callable[[], float], interrupted: Flag
) -> tuple[HttpConnection, Head]:
    """Sends a GET and reads the head of the answer.

    Args:
        url: To ask for; that of the request, or where it was redirected to.
        request: Everything else.
        credentials: For Basic authentication, or None.
        deadline: Gives the monotonic time by which the head must have come.
        interrupted: Ends any wait.

    Returns:
        The connection, whose `close` is the caller's duty, and the head.

    Raises:
        SourceError: No connection, or no sensible answer. Causes: those of `HttpConnection` and `read_head`,
            `unusable`, and of a proxy that refuses `http_NNN`.
    """
    label = masked(url)
    server = server_of(url, label)
    proxy = proxy_for("https" if server.tls else "http", server.host, server.port, request.proxy)
    if proxy is not None:
        label = f"{label} (through the proxy {proxy.label})"
    host, port = (server.host, server.port) if proxy is None else (proxy.host, proxy.port)
    connection = HttpConnection(host, port, label=label, deadline=deadline, interrupted=interrupted)
    try:
        if server.tls:
            if proxy is not None:
                _open_tunnel(connection, server, proxy, label, deadline)
            connection.start_tls(server.host.partition("%")[0], deadline)
        cookie = request.cookies.header(url)
        fields = {
            "Host": server.shown,
            "User-Agent": request.user_agent or USER_AGENT,
            "Accept": "*/*",
            # Range requests and live streams are of no use when compressed.
            "Accept-Encoding": "identity",
            "Connection": "close",
            **({"Authorization": f"Basic {credentials}"} if credentials else {}),
            **({"Cookie": cookie} if cookie else {}),
            **request.headers,
        }
        target = server.target
        if proxy is not None and not server.tls:
            target = f"http://{server.shown}{target}"
            fields |= _proxy_fields(proxy)
        _send(connection, f"GET {target} HTTP/1.1", fields, deadline)
        head = read_head(connection, label, deadline)
    except BaseException:
        connection.close()
        raise
    return connection, head


def server_of(url: str, label: str) -> Server:
    """Gives the server that an address names.

    Raises:
        SourceError: It names none; cause `unusable`.
    """
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port
    except ValueError as error:
        raise SourceError(
            f"{label}: not a usable address: the port must be a number, and `/`, `#` and `@` in a password must be "
            "written as %2F, %23 and %40",
            permanent=True,
            cause=Cause.UNUSABLE,
        ) from error
    if parts.scheme not in PORTS or not host:
        raise SourceError(
            f"{label}: only http:// and https:// addresses can be opened", permanent=True, cause=Cause.UNUSABLE
        )
    try:
        # The zone of a link-local address is for this machine alone (RFC 6874).
        shown = f"[{host.partition('%')[0]}]" if ":" in host else host.encode("idna").decode("ascii")
    except UnicodeError as error:
        raise SourceError(f"{label}: {host!r} is not a host name", permanent=True, cause=Cause.UNUSABLE) from error
    query = f"?{quote(parts.query, safe=_SAFE_IN_QUERY)}" if parts.query else ""
    return Server(
        host=unquote(host) if ":" in host else host,
        port=port or PORTS[parts.scheme],
        tls=parts.scheme == "https",
        shown=shown + (f":{port}" if port else ""),
        target=quote(parts.path or "/", safe=_SAFE_IN_PATH) + query,
    )


def _open_tunnel(
    connection: HttpConnection, server: Server, proxy: Proxy, label: str, deadline: Callable[[], float]
) -> None:
    fields = {"Host": server.authority, "User-Agent": USER_AGENT, **_proxy_fields(proxy)}
    _send(connection, f"CONNECT {server.authority} HTTP/1.1", fields, deadline)
    head = read_head(connection, label, deadline)
    if not 200 <= head.status < 300:
        raise refusal(label, head, of_proxy=True)
    if head.rest:
        raise SourceError(
            f"{label}: the proxy sent data of its own before the server's TLS handshake", cause=Cause.NOT_HTTP
        )


def _proxy_fields(proxy: Proxy) -> dict[str, str]:
    return {"Proxy-Authorization": f"Basic {proxy.credentials}"} if proxy.credentials else {}


def _send(connection: HttpConnection, line: str, fields: dict[str, str], deadline: Callable[[], float]) -> None:
    head = f"{line}\r\n" + "".join(f"{name}: {_one_line(text)}\r\n" for name, text in fields.items())
    connection.send(head.encode("utf-8", "replace") + b"\r\n", deadline)


def _one_line(text: str) -> str:
    return text.replace("\r", " ").replace("\n", " ")
