"""Logging in and out."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING
from urllib.parse import parse_qs

from starlette.concurrency import run_in_threadpool
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from genred.web.live import read_body
from genred.web.pages import page
from genred.web.security.password import is_password
from genred.web.security.sessions import COOKIE, LASTS_S

if TYPE_CHECKING:
    from starlette.requests import Request

ATTEMPTS_AT_ONCE = 5.0
ATTEMPTS_PER_S = 1 / 30
"""Of a visitor; and four times as many of all together, so that many addresses help nobody."""

_MAX_BODY_BYTES = 4_096
_MAX_FIELDS = 10


async def form(request: Request) -> Response:
    """Asks for the password."""
    return page(request, "login.html.j2", title="Log in", problem="", next=_target(request))


async def log_in(request: Request) -> Response:
    """Takes the password."""
    state = request.app.state
    visitor = request.state.visitor
    if state.sessions is None:
        return RedirectResponse(f"{request.state.base}/", 303)
    wait_s = max(state.attempts.take(visitor.address), state.attempts_of_all.take("all"))
    if wait_s:
        problem = f"Too many attempts. Try again in {math.ceil(wait_s)} seconds."
        return page(request, "login.html.j2", status=429, title="Log in", problem=problem, next=_target(request))
    body = await read_body(request, _MAX_BODY_BYTES)
    if not await run_in_threadpool(is_password, state.password_hash, _password(body or b"")):
        problem = "Wrong password."
        return page(request, "login.html.j2", status=401, title="Log in", problem=problem, next=_target(request))
    answer = RedirectResponse(f"{request.state.base}{_target(request)}", 303)
    answer.set_cookie(
        COOKIE,
        state.sessions.issue(),
        max_age=LASTS_S,
        path=f"{request.state.base}/",
        secure=visitor.secure,
        httponly=True,
        samesite="strict",
    )
    return answer


async def log_out(request: Request) -> Response:
    """Ends the session of this browser."""
    answer = RedirectResponse(f"{request.state.base}/login", 303)
    answer.delete_cookie(COOKIE, path=f"{request.state.base}/")
    return answer


def _password(body: bytes) -> str:
    """The password of a form; empty where it is none."""
    try:
        fields = parse_qs(body.decode("utf-8", "replace"), max_num_fields=_MAX_FIELDS)
    except ValueError:
        return ""
    return fields.get("password", [""])[0]


def _target(request: Request) -> str:
    """Where to go afterwards: a path of ours, and of no other site."""
    target = request.query_params.get("next", "/")
    is_ours = target.startswith("/") and not target.startswith(("//", "/\\"))
    return target if is_ours and target.isprintable() else "/"


ROUTES = [
    Route("/login", form),
    Route("/login", log_in, methods=["POST"]),
    Route("/logout", log_out, methods=["POST"]),
]
