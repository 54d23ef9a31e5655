"""User and password in an address, as Basic authentication sends them, and who may know them."""

from __future__ import annotations

import base64
from urllib.parse import unquote, urlsplit

PORTS = {"http": 80, "https": 443}
"""Where no port is given."""


def basic_credentials(url: str) -> str | None:
    """Gives what follows `Basic ` for the user and password in an address; None where it has none."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return None
    if parts.username is None:
        return None
    pair = f"{unquote(parts.username)}:{unquote(parts.password or '')}"
    return base64.b64encode(pair.encode("utf-8")).decode("ascii")


def may_know_credentials(first: str, then: str) -> bool:
    """Whether a password written for one address may go to another: to the same server, or to it by TLS instead."""
    try:
        one, two = urlsplit(first), urlsplit(then)
        ports = one.port or PORTS.get(one.scheme), two.port or PORTS.get(two.scheme)
    except ValueError:
        return False
    if one.hostname != two.hostname:
        return False
    if one.scheme == two.scheme:
        return ports[0] == ports[1]
    return (one.scheme, two.scheme) == ("http", "https") and ports == (80, 443)
