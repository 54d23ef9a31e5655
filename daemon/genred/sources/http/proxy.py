"""Which proxy a request goes through: the configured one, or that of the environment, as curl reads it.

`HTTP_PROXY`, `HTTPS_PROXY` and `ALL_PROXY` in capitals or small letters, and `NO_PROXY` with what is reached without:
names with all that end in them, addresses, networks (`192.168.0.0/16`), each with a port or not, or `*`. This machine
itself is always among them, as for programs in Go.
"""

from __future__ import annotations

import ipaddress
import os
from dataclasses import dataclass
from urllib.parse import unquote, urlsplit

from genred.cause import Cause
from genred.errors import SourceError
from genred.masking import masked
from genred.sources.http.credentials import PORTS, basic_credentials

DIRECT = "direct"
"""Configured in place of a proxy: none is used, whatever the environment says."""


@dataclass(frozen=True, slots=True)
class Proxy:
    """An HTTP proxy.

    Attributes:
        host: Name or address.
        port: TCP port.
        credentials: For `Proxy-Authorization: Basic`, or None.
        label: Its address for messages; password masked.
    """

    host: str
    port: int
    credentials: str | None
    label: str


def proxy_for(scheme: str, host: str, port: int, configured: str) -> Proxy | None:
    """Gives the proxy for a server, or None where it is reached directly.

    Args:
        scheme: http or https.
        host: Of the server.
        port: Likewise.
        configured: Address of a proxy, `direct`, or empty for what the environment says.

    Raises:
        SourceError: It is not the address of an HTTP proxy; cause `unusable`.
    """
    if configured:
        return None if configured == DIRECT else parse_proxy(configured, "`proxy`")
    found = _variable(f"{scheme}_proxy") or _variable("all_proxy")
    if not found or _is_excepted(host, port):
        return None
    return parse_proxy(found, f"the environment's {scheme.upper()}_PROXY or ALL_PROXY")


def parse_proxy(address: str, origin: str) -> Proxy:
    """Reads the address of a proxy, `http://user:password@host:port`; the scheme may be missing.

    Args:
        address: As written.
        origin: Where it is written, for messages.

    Raises:
        SourceError: It is something else; cause `unusable`.
    """
    url = address if "://" in address else f"http://{address}"
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port
    except ValueError:
        host = port = None
    else:
        if parts.scheme == "http" and host:
            return Proxy(unquote(host), port or PORTS["http"], basic_credentials(url), masked(url))
    raise SourceError(
        f"{masked(url)}: {origin} is not the address of an HTTP proxy; write it like http://proxy:3128 or "
        "http://user:password@proxy:3128",
        permanent=True,
        cause=Cause.UNUSABLE,
    )


def _variable(name: str) -> str:
    """What the environment says; small letters go first, as in curl."""
    return (os.environ.get(name) or os.environ.get(name.upper()) or "").strip()


def _is_excepted(host: str, port: int) -> bool:
    entries = ["localhost", "127.0.0.0/8", "::1", *_variable("no_proxy").replace(",", " ").split()]
    return any(_excepts(entry.lower(), host.lower(), port) for entry in entries)


def _excepts(entry: str, host: str, port: int) -> bool:
    if entry == "*":
        return True
    name, entry_port = _divide(entry)
    if entry_port is not None and entry_port != str(port):
        return False
    try:
        return ipaddress.ip_address(host) in ipaddress.ip_network(name, strict=False)
    except ValueError:
        name = name.removeprefix("*").removeprefix(".")
        return bool(name) and (host == name or host.endswith(f".{name}"))


def _divide(entry: str) -> tuple[str, str | None]:
    """A name or address and its port: `host:80`, `[::1]:80`, `::1`."""
    if entry.startswith("["):
        name, _, rest = entry[1:].partition("]")
        return name, rest.removeprefix(":") or None
    if entry.count(":") == 1:
        name, _, port = entry.partition(":")
        return name, port
    return entry, None
