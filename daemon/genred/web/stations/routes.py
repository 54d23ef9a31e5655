"""The page of the stations, and what it and programs ask to change them."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

import msgspec
from starlette.responses import Response
from starlette.routing import Route

from genred.errors import ConfigError, GenredError
from genred.web.faults import fault
from genred.web.live import read_body
from genred.web.openapi import PREFIX
from genred.web.pages import page
from genred.web.security.access import why_not
from genred.web.stations.editor import EditError, StationEditor
from genred.web.stations.payloads import SourceToTry, StationEdit
from genred.web.turns import BusyError

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from starlette.requests import Request

T = TypeVar("T")

_MAX_BODY_BYTES = 16_384


async def stations(request: Request) -> Response:
    """The page."""
    refusal = why_not(request)
    if refusal:
        return page(request, "error.html.j2", status=403, title="Stations", message=f"{refusal.capitalize()}.")
    try:
        found = await request.app.state.editor.stations()
    except ConfigError as error:
        return page(request, "error.html.j2", status=503, title="Stations", message=str(error))
    return page(request, "stations.html.j2", title="Stations", stations=found, api=f"{request.state.base}{PREFIX}")


async def configured(request: Request) -> Response:
    """The stations of the configuration."""
    return await _answer(request, StationEditor.stations)


async def soundcards(request: Request) -> Response:
    """The machine's capture devices."""
    return await _answer(request, StationEditor.soundcards)


async def trial(request: Request) -> Response:
    """Tries a source."""

    async def try_it(editor: StationEditor) -> object:
        asked = await _read(request, SourceToTry)
        return await editor.try_source(asked.source)

    return await _answer(request, try_it)


async def add(request: Request) -> Response:
    """Adds a station."""
    return await _save(request, is_new=True)


async def change(request: Request) -> Response:
    """Changes a station."""
    return await _save(request, is_new=False)


async def remove(request: Request) -> Response:
    """Removes a station."""
    return await _answer(request, lambda editor: editor.remove(request.path_params["station"]))


async def _save(request: Request, *, is_new: bool) -> Response:
    async def save(editor: StationEditor) -> object:
        settings = await _read(request, StationEdit)
        return await editor.save(request.path_params["station"], settings, is_new=is_new)

    return await _answer(request, save)


async def _answer(request: Request, work: Callable[[StationEditor], Awaitable[object]]) -> Response:
    refusal = why_not(request)
    if refusal:
        return fault(403, refusal)
    try:
        return Response(msgspec.json.encode(await work(request.app.state.editor)), media_type="application/json")
    except BusyError as error:
        return fault(503, str(error))
    except (EditError, ConfigError) as error:
        return fault(400, str(error))
    except GenredError as error:
        return fault(500, str(error))


async def _read(request: Request, kind: type[T]) -> T:
    body = await read_body(request, _MAX_BODY_BYTES)
    try:
        return msgspec.json.decode(b"" if body is None else body, type=kind)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise EditError(f"the request cannot be read: {error}") from None


_ONE = f"{PREFIX}/configuration/stations/{{station}}"

ROUTES = [
    Route("/stations", stations),
    Route(f"{PREFIX}/configuration/stations", configured),
    Route(_ONE, add, methods=["POST"]),
    Route(_ONE, change, methods=["PUT"]),
    Route(_ONE, remove, methods=["DELETE"]),
    Route(f"{PREFIX}/soundcards", soundcards),
    Route(f"{PREFIX}/trial", trial, methods=["POST"]),
]
