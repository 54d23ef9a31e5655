"""Serves the pages: the loop in which everything of them runs."""

from __future__ import annotations

import asyncio
import logging
import socket
from typing import TYPE_CHECKING

import msgspec
import uvicorn

from genred.airplay.errors import AirplayError
from genred.airplay.location import log_path, state_folder
from genred.broker.settings import read_broker_settings
from genred.broker.topics import Topics
from genred.errors import GenredError, OutputError
from genred.web.app import make_app
from genred.web.board import Board
from genred.web.configured import listen_urls, names_of
from genred.web.feed import Feed
from genred.web.first_hour import read_last_hour
from genred.web.followed_file import FollowedFile
from genred.web.log import NoLogError
from genred.web.protocol import BoundedProtocol
from genred.web.security.exposure import check_exposure
from genred.web.security.sessions import signing_key
from genred.web.stations.editor import StationEditor

if TYPE_CHECKING:
    from pathlib import Path

    from genred.config.schema import Config, WebConfig

_LOGGER = logging.getLogger("genred.web")

_BACKLOG = 64
_CLOSE_WITHIN_S = 2


async def serve(config: Config, path: Path, *, address: str | None = None, port: int | None = None) -> None:
    """Serves until the process is told to end.

    Args:
        config: Checked.
        path: Where it was read from.
        address: In place of the configured one.
        port: Likewise.

    Raises:
        ConfigError: The address needs a password, or a password cannot be read.
        OutputError: The address cannot be used.
    """
    address = address or None
    settings = msgspec.structs.replace(
        config.web, address=address or config.web.address, port=config.web.port if port is None else port
    )
    check_exposure(config.web, address)
    board = Board(names_of(config), listen_urls(config))
    feed = Feed(
        read_broker_settings(config), Topics(config.mqtt.base_topic, config.node), board, asyncio.get_running_loop()
    )
    app = make_app(settings, board, key=signing_key(_folder()))
    app.inner.state.feed = feed  # type: ignore[attr-defined]
    app.inner.state.log_path = _log_path(config)  # type: ignore[attr-defined]
    app.inner.state.editor = StationEditor(path, board, feed, address=address)  # type: ignore[attr-defined]
    await fill_hours(board, app.inner.state.log_path, config)  # type: ignore[attr-defined]
    listener = _listen(settings)
    server = uvicorn.Server(
        uvicorn.Config(
            app,
            http=BoundedProtocol,
            ws="none",
            lifespan="off",
            log_config=None,
            access_log=False,
            server_header=False,
            proxy_headers=False,
            timeout_graceful_shutdown=_CLOSE_WITHIN_S,
        )
    )
    shown = f"[{settings.address}]" if ":" in settings.address else settings.address
    _LOGGER.info("pages on http://%s:%d%s/", shown, listener.getsockname()[1], settings.base_path)
    if not config.stations:
        _LOGGER.warning("no stations are configured; add one on the page Stations, or in %s", path)
    feed.start()
    following = asyncio.create_task(FollowedFile(path, board).follow())
    try:
        await server.serve(sockets=[listener])
    finally:
        following.cancel()
        feed.close()


async def fill_hours(board: Board, path: Path | None, config: Config) -> None:
    """Fills the board's strips from the airplay log, as far as there is one."""
    try:
        hours = await asyncio.to_thread(read_last_hour, path, config.node, config.stations)
    except NoLogError:
        return
    except AirplayError as error:
        _LOGGER.warning("the strips of the last hour start empty: %s", error)
        return
    for id_, pieces in hours.items():
        board.fill_hour(id_, pieces)


def _log_path(config: Config) -> Path | None:
    try:
        return log_path(config.airplay)
    except AirplayError:
        return None


def _listen(settings: WebConfig) -> socket.socket:
    family = socket.AF_INET6 if ":" in settings.address else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((settings.address, settings.port))
        listener.listen(_BACKLOG)
    except OSError as error:
        listener.close()
        raise OutputError(
            f"web: {settings.address}:{settings.port} cannot be used ({error.strerror or error}); "
            "set another web.port, or --port"
        ) from None
    return listener


def _folder() -> Path:
    try:
        return state_folder()
    except GenredError:
        from pathlib import Path  # noqa: PLC0415

        return Path("/nonexistent")
