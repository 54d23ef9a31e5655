"""Names and addresses on the pages follow the configuration's file, whoever changes it; what runs, the daemon says."""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING

from genred.config.read import load_config
from genred.errors import ConfigError
from genred.web.configured import listen_urls, names_of

if TYPE_CHECKING:
    from pathlib import Path

    from genred.web.board import Board

_LOGGER = logging.getLogger(__name__)

_LOOK_EVERY_S = 2.0
"""One `stat` each; a station is known by its id alone for no longer."""

_Version = tuple[int, int, int]


class FollowedFile:
    """The configuration's file, from which the board takes names and addresses anew whenever it has changed.

    Args:
        path: Of the configuration.
        board: Shows the stations.
    """

    def __init__(self, path: Path, board: Board) -> None:
        self._path = path
        self._board = board
        self._version: _Version | None = None

    async def follow(self) -> None:
        """Looks again and again, until it is cancelled."""
        while True:
            await self.look()
            self._board.look()
            await asyncio.sleep(_LOOK_EVERY_S)

    async def look(self) -> None:
        """Reads the file where it is another than before; one that cannot be used leaves the board as it is."""
        version = await asyncio.to_thread(self._stat)
        if version is None or version == self._version:
            return
        self._version = version
        try:
            config = await asyncio.to_thread(load_config, self._path, needs_stations=False)
        except ConfigError as error:
            _LOGGER.warning("the pages keep the names of the stations as they are: %s", error)
            return
        self._board.configure(names_of(config), listen_urls(config))

    def _stat(self) -> _Version | None:
        try:
            status = self._path.stat()
        except OSError:
            return None
        return status.st_mtime_ns, status.st_size, status.st_ino
