"""The application: all pages, behind the guard."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from starlette.applications import Starlette
from starlette.requests import ClientDisconnect
from starlette.responses import Response
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles

from genred.web import airplay, api, clips, health, live, login, reports
from genred.web.classify.routes import classify_routes
from genred.web.faults import fault
from genred.web.known_days import KnownDays
from genred.web.openapi import PREFIX
from genred.web.pages import FOLDER, make_environment, page, palette_css
from genred.web.security.allowance import VisitAllowance
from genred.web.security.guard import Guard
from genred.web.security.headers import SecurityHeaders
from genred.web.security.password import read_hash
from genred.web.security.proxies import Proxied, read_networks
from genred.web.security.sessions import Sessions
from genred.web.stations import routes as stations
from genred.web.turns import OneAtATime

if TYPE_CHECKING:
    from collections.abc import Sequence

    from starlette.requests import Request
    from starlette.routing import BaseRoute
    from starlette.types import ASGIApp

    from genred.config.schema import WebConfig
    from genred.web.board import Board


def make_app(settings: WebConfig, board: Board, *, key: bytes, routes: Sequence[BaseRoute] = ()) -> ASGIApp:
    """Makes the application.

    Args:
        settings: The section `web`.
        board: What is known of the stations.
        key: Signs the cookies.
        routes: Of the rooms that are there.

    Raises:
        ConfigError: Password or proxies cannot be read.
    """
    password_hash = "" if settings.password_file is None else read_hash(settings.password_file)
    sessions = Sessions(key, password_hash) if password_hash else None
    app = Starlette(
        routes=[
            *live.ROUTES,
            *login.ROUTES,
            *health.ROUTES,
            *airplay.ROUTES,
            *reports.ROUTES,
            *api.ROUTES,
            *clips.ROUTES,
            *stations.ROUTES,
            *classify_routes(settings.upload_at_most, control=settings.control),
            *routes,
            Route("/static/palette.css", _palette),
            Mount("/static", StaticFiles(directory=FOLDER / "static"), name="static"),
        ],
        exception_handlers={404: _not_found, 500: _fault, ClientDisconnect: _gone},
    )
    app.state.settings = settings
    app.state.board = board
    app.state.streams = 0
    app.state.log_path = None
    app.state.editor = None
    app.state.clips = clips.Clips()
    app.state.reading = OneAtATime()
    app.state.days = KnownDays()
    app.state.templates = make_environment()
    app.state.sessions = sessions
    app.state.password_hash = password_hash
    app.state.attempts = VisitAllowance(login.ATTEMPTS_AT_ONCE, login.ATTEMPTS_PER_S)
    app.state.attempts_of_all = VisitAllowance(4 * login.ATTEMPTS_AT_ONCE, 4 * login.ATTEMPTS_PER_S)
    guarded = Guard(app, sessions, user_header_trusted=bool(settings.user_header), host_names=settings.host_names)
    proxied = Proxied(guarded, read_networks(settings.trusted_proxies), settings.user_header, settings.base_path)
    outermost: Any = SecurityHeaders(proxied)
    outermost.inner = app
    served: ASGIApp = outermost
    return served


async def _palette(_: Request) -> Response:
    return Response(palette_css(), media_type="text/css", headers={"cache-control": "max-age=3600"})


async def _not_found(request: Request, _: Exception) -> Response:
    if request.scope["path"].startswith(f"{PREFIX}/"):
        return fault(404, "there is no such resource in this API; openapi.json describes it")
    return page(request, "error.html.j2", status=404, title="Not found", message="There is no such page.")


async def _gone(_: Request, __: Exception) -> Response:
    """For the server's books: whoever broke off a request reads no answer."""
    return Response(status_code=400)


async def _fault(request: Request, _: Exception) -> Response:
    message = "An internal error occurred. The log of genred web has details."
    return page(request, "error.html.j2", status=500, title="Internal error", message=message)
