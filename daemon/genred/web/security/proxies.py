"""What a trusted reverse proxy says of a request: who asks, by which scheme, and under which path."""

from __future__ import annotations

import ipaddress
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from genred.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from starlette.types import ASGIApp, Receive, Scope, Send

Network = ipaddress.IPv4Network | ipaddress.IPv6Network

_PREFIX = re.compile(r"(/[A-Za-z0-9_~-][A-Za-z0-9._~-]*)+\Z")
_MAX_PREFIX_CHARACTERS = 200


@dataclass(frozen=True, slots=True)
class Visitor:
    """Who asks.

    Attributes:
        address: As far as it is known.
        secure: Whether the browser's own connection is encrypted.
        user: Whom the reverse proxy has logged in; empty where it did not.
    """

    address: str
    secure: bool
    user: str = ""


def read_networks(texts: Sequence[str]) -> tuple[Network, ...]:
    """Reads addresses and networks.

    Raises:
        ConfigError: One of them is none.
    """
    try:
        return tuple(ipaddress.ip_network(text, strict=False) for text in texts)
    except ValueError as error:
        raise ConfigError(f"web.trusted_proxies: {error}; write addresses or networks, such as 172.30.32.2") from None


class Proxied:
    """Puts a `Visitor` into each request's state, and the path that a reverse proxy has stripped into `root_path`.

    Headers are believed only of trusted proxies: of anybody else they are what a visitor made up. So is whatever
    stands before what a proxy has appended to them.

    Args:
        app: What comes behind.
        trusted: Of the reverse proxies.
        user_header: In which they name who is logged in; empty for none.
        base_path: Where they say nothing of the path.
    """

    def __init__(self, app: ASGIApp, trusted: Sequence[Network], user_header: str = "", base_path: str = "") -> None:
        self._app = app
        self._trusted = tuple(trusted)
        self._user_header = user_header.lower().encode()
        self._base_path = base_path

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serves a request; see the ASGI specification."""
        if scope["type"] == "http":
            headers = dict(scope["headers"])
            address = scope["client"][0] if scope.get("client") else ""
            secure, user, prefix = scope.get("scheme") == "https", "", self._base_path
            if self._is_trusted(address):
                address = self._visitor_address(scope["headers"]) or address
                secure = secure or _last(headers, b"x-forwarded-proto") == "https"
                user = headers.get(self._user_header, b"").decode("latin-1") if self._user_header else ""
                given = _last(headers, b"x-ingress-path") or _last(headers, b"x-forwarded-prefix")
                given = given.rstrip("/")
                if len(given) <= _MAX_PREFIX_CHARACTERS and _PREFIX.match(given):
                    prefix = given
            scope.setdefault("state", {})["visitor"] = Visitor(address, secure, user)
            scope["state"]["base"] = prefix
        await self._app(scope, receive, send)

    def _visitor_address(self, headers: Iterable[tuple[bytes, bytes]]) -> str:
        """The last address that is no trusted proxy's: it is where the request reached the first of them."""
        given = b",".join(value for name, value in headers if name == b"x-forwarded-for").decode("latin-1")
        addresses = [_without_port(text.strip()) for text in given.split(",")]
        return next((one for one in reversed(addresses) if not self._is_trusted(one)), addresses[0])

    def _is_trusted(self, address: str) -> bool:
        try:
            found = ipaddress.ip_address(address)
        except ValueError:
            return False
        return any(found in network for network in self._trusted)


def _last(headers: dict[bytes, bytes], name: bytes) -> str:
    return headers.get(name, b"").decode("latin-1").rpartition(",")[2].strip()


def _without_port(text: str) -> str:
    """An address, as some proxies write it with a port behind it: `192.0.2.1:80`, `[2001:db8::1]:80`."""
    if text.startswith("["):
        return text[1:].partition("]")[0]
    return text.partition(":")[0] if text.count(":") == 1 else text
