"""Who may change the configuration from the pages."""

from __future__ import annotations

import ipaddress
from typing import TYPE_CHECKING

from genred.web.security.hosts import host_of

if TYPE_CHECKING:
    from starlette.requests import Request

_FORWARDED = ("x-forwarded-for", "forwarded", "x-real-ip", "x-forwarded-host", "via")


def why_not(request: Request) -> str:
    """Says why somebody may not; empty where he may.

    Needed are `web.control: true`, no `web.edit: false`, and a login. Where nobody logs in at all, whoever sits at
    this machine may.
    """
    state = request.app.state
    if state.editor is None or not state.settings.control:
        return "stations cannot be changed here; set web.control: true"
    if not state.settings.edit:
        return "stations are changed where they are configured, not here (web.edit: false)"
    if request.state.logged_in or _is_at_this_machine(request):
        return ""
    return "only users who have logged in can change stations; set web.password_file"


def _is_at_this_machine(request: Request) -> bool:
    """Whether a browser of this machine asks, not by way of a proxy, and by a name that is always this machine's."""
    if request.app.state.sessions is not None or any(name in request.headers for name in _FORWARDED):
        return False
    host = host_of(request.headers.get("host", ""))
    peer = request.client.host if request.client is not None else ""
    return _is_loopback(peer) and (host == "localhost" or _is_loopback(host))


def _is_loopback(address: str) -> bool:
    try:
        return ipaddress.ip_address(address).is_loopback
    except ValueError:
        return False
