"""Lets in who may come in: the right host name, not too often, logged in, and not sent by another site."""

from __future__ import annotations

import ipaddress
import math
from typing import TYPE_CHECKING
from urllib.parse import quote

from starlette.requests import Request
from starlette.responses import PlainTextResponse, RedirectResponse, Response

from genred.web.security.allowance import VisitAllowance
from genred.web.security.hosts import host_of, place_of
from genred.web.security.sessions import COOKIE

if TYPE_CHECKING:
    from collections.abc import Collection

    from starlette.types import ASGIApp, Receive, Scope, Send

    from genred.web.security.proxies import Visitor
    from genred.web.security.sessions import Sessions

_OPEN_PATHS = frozenset({"/login", "/healthz", "/readyz"})
"""What nobody need log in for; and whatever is under `/static/`."""

_SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})

_REQUESTS_AT_ONCE = 200.0
_REQUESTS_PER_S = 30.0
"""A page asks for a dozen files when it is opened, and then for one at a time."""


class Guard:
    """Decides before anything else is done.

    Args:
        app: What comes behind.
        sessions: Of those who have logged in; None where no password is set.
        user_header_trusted: Whether a reverse proxy logs people in.
        host_names: Under which pages without a password are reached.
    """

    def __init__(
        self, app: ASGIApp, sessions: Sessions | None, *, user_header_trusted: bool, host_names: Collection[str]
    ) -> None:
        self._app = app
        self._sessions = sessions
        self._user_header_trusted = user_header_trusted
        self._host_names = {"localhost", *(name.lower() for name in host_names)}
        self._allowance = VisitAllowance(_REQUESTS_AT_ONCE, _REQUESTS_PER_S)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serves a request; see the ASGI specification."""
        if scope["type"] == "http":
            refusal = self._refuse(Request(scope))
            if refusal is not None:
                await refusal(scope, receive, send)
                return
        elif scope["type"] == "websocket":
            await send({"type": "websocket.close", "code": 1008})
            return
        await self._app(scope, receive, send)

    def _refuse(self, request: Request) -> Response | None:
        visitor: Visitor = request.state.visitor
        request.state.logged_in = self._has_logged_in(request, visitor)
        wait_s = self._allowance.take(visitor.address)
        if wait_s:
            seconds = str(math.ceil(wait_s))
            return PlainTextResponse(f"too many requests; try again in {seconds} s\n", 429, {"retry-after": seconds})
        if not self._is_open_to_all() and not self._is_known(request):
            return _log_in(request)
        if self._is_open_to_all() and not self._is_our_name(request.headers.get("host", "")):
            return PlainTextResponse(
                "these pages are not served under this name; add it to web.host_names, or set a password\n", 421
            )
        if request.method not in _SAFE_METHODS and not _is_same_origin(request, visitor):
            return PlainTextResponse("this request comes from another website\n", 403)
        return None

    def _is_open_to_all(self) -> bool:
        return self._sessions is None and not self._user_header_trusted

    def _is_known(self, request: Request) -> bool:
        path = request.url.path
        if path in _OPEN_PATHS or path.startswith("/static/"):
            return True
        return bool(request.state.logged_in)

    def _has_logged_in(self, request: Request, visitor: Visitor) -> bool:
        if self._user_header_trusted and visitor.user:
            return True
        return self._sessions is not None and self._sessions.is_valid(request.cookies.get(COOKIE, ""))

    def _is_our_name(self, host: str) -> bool:
        """Whether a name is ours: a page of another site whose name leads here (DNS rebinding) is refused."""
        name = host_of(host)
        if name in self._host_names:
            return True
        try:
            ipaddress.ip_address(name)
        except ValueError:
            return False
        return True


def _log_in(request: Request) -> Response:
    if request.method in _SAFE_METHODS and "text/html" in request.headers.get("accept", ""):
        target = request.url.path + (f"?{request.url.query}" if request.url.query else "")
        return RedirectResponse(f"{request.state.base}/login?next={quote(target)}", 303)
    return PlainTextResponse("log in first\n", 401)


def _is_same_origin(request: Request, visitor: Visitor) -> bool:
    """Whether a request that changes something comes from our own page, or from no browser at all."""
    site = request.headers.get("sec-fetch-site")
    if site is not None:
        return site in {"same-origin", "none"}
    origin = request.headers.get("origin")
    if origin is None:
        return COOKIE not in request.cookies
    hosts = {request.headers.get("host", ""), request.headers.get("x-forwarded-host", "") if visitor.user else ""}
    return place_of(origin) in hosts - {""}
