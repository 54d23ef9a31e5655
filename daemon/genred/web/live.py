"""The live page: every station as a card, the wall, and the stream of what changes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec
from sse_starlette import EventSourceResponse
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

from genred.cause import Cause
from genred.reports import wording
from genred.reports.palette import marks
from genred.web.pages import page
from genred.web.security.access import why_not

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from starlette.requests import Request

    from genred.web.board import Board

MAX_STREAMS = 128
"""Pages that follow at the same time; each costs a socket and a set of ids."""

_PING_S = 15
"""Proxies close what says nothing for a minute."""

_MAX_BODY_BYTES = 4_096

_CAUSES = {cause.value: wording.cause(cause.value) for cause in Cause}
"""Why a station is offline, in words."""


async def live(request: Request) -> Response:
    """The cards of all stations."""
    return _cards(request, "Live", wall=False)


async def wall(request: Request) -> Response:
    """The same without any chrome, for a screen on the wall."""
    return _cards(request, "Wall", wall=True)


async def events(request: Request) -> Response:
    """What changes, as server-sent events: everything first, then each change."""
    state = request.app.state
    if state.streams >= MAX_STREAMS:
        return PlainTextResponse("too many pages are open\n", 503, {"retry-after": "30"})
    return EventSourceResponse(_stream(state), ping=_PING_S, headers={"x-accel-buffering": "no"})


async def command(request: Request) -> Response:
    """Switches a station, or resets it: `{"enabled": false}` or `{"reset": true}`."""
    state = request.app.state
    if not state.settings.control:
        return _fault(403, "stations cannot be switched here; set web.control: true")
    station = state.board.station(request.path_params["station"])
    if station is None:
        return _fault(404, "there is no such station")
    body = await read_body(request, _MAX_BODY_BYTES)
    try:
        wanted = msgspec.json.decode(b"" if body is None else body, type=_Command)
    except (msgspec.MsgspecError, UnicodeDecodeError):
        return _fault(400, 'write {"enabled": true}, {"enabled": false} or {"reset": true}')
    sent = state.feed.command(station.id, msgspec.to_builtins(wanted))
    return Response(status_code=202) if sent else _fault(503, "the broker is not connected")


class _Command(msgspec.Struct, omit_defaults=True, forbid_unknown_fields=True):
    enabled: bool | None = None
    reset: bool = False

    def __post_init__(self) -> None:
        if (self.enabled is None) == (not self.reset):
            raise ValueError("one of the two")


async def read_body(request: Request, at_most: int) -> bytes | None:
    """Reads a small body; None where it is larger."""
    body = b""
    async for chunk in request.stream():
        body += chunk
        if len(body) > at_most:
            return None
    return body


async def _stream(state: Any) -> AsyncIterator[dict[str, str]]:
    follower = state.board.follow()
    state.streams += 1
    sent: frozenset[str] | None = None
    try:
        async for change in follower.changes():
            # A page may be open before the first station has a model, or have another one after a reload.
            labels = state.board.labels
            news = {} if labels is sent else {"marks": _marks(state.board)}
            sent = labels
            yield {"data": msgspec.json.encode({**change, **news}).decode()}
    finally:
        state.streams -= 1
        follower.close()


def _cards(request: Request, title: str, *, wall: bool) -> Response:
    known = _marks(request.app.state.board)
    place = "to the configuration file" if why_not(request) else "on the page Stations"
    empty = f"No stations are configured yet. Add one {place}."
    return page(request, "live.html.j2", title=title, wall=wall, marks=known, causes=_CAUSES, empty=empty)


def _marks(board: Board) -> dict[str, Any]:
    """Slot and letters of everything that can be on air."""
    return {name: [mark.slot, mark.letters] for name, mark in marks(board.labels).items()}


def _fault(status: int, message: str) -> JSONResponse:
    return JSONResponse({"error": message}, status)


ROUTES = [
    Route("/", live),
    Route("/wall", wall),
    Route("/events", events),
    Route("/stations/{station}/command", command, methods=["POST"]),
]
