"""The file of the log: opened when something is to be written, and set aside where it cannot be gone on with."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from genred.airplay.errors import CorruptLogError
from genred.airplay.retention import trim
from genred.airplay.setting_aside import set_aside
from genred.airplay.store import AirplayStore

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from genred.airplay.rows import Batch, Run
    from genred.events.profile import StationProfile

_LOGGER = logging.getLogger(__name__)


class LogFile:
    """Writes to the file that is there. For one thread at a time.

    Args:
        path: Of the log.
        node: Id of this machine.
    """

    def __init__(self, path: Path, node: str) -> None:
        self._path = path
        self._node = node
        self._store: AirplayStore | None = None
        self._named: dict[str, StationProfile] = {}

    def open(self) -> AirplayStore:
        """Gives the open log; a damaged one is set aside, and a new one begun.

        Raises:
            AirplayError: It cannot be opened now.
        """
        if self._store is None:
            try:
                self._store = AirplayStore(self._path, self._node)
            except CorruptLogError as error:
                self._set_aside_corrupt(error)
                self._store = AirplayStore(self._path, self._node)
        return self._store

    def write(self, run: Run, batch: Batch, stations: Mapping[str, StationProfile]) -> None:
        """Writes all of a batch, and what the stations are called.

        Raises:
            AirplayError: It cannot be written now.
        """
        try:
            self.open().write(run, batch)
        except CorruptLogError as error:
            self._set_aside_corrupt(error)
            self.open().write(run, batch)
        for name, profile in stations.items():
            if self._named.get(name) != profile:
                self.open().name_station(name, profile.name, profile.time_zone)
        self._named = dict(stations)

    def sync(self) -> None:
        """Waits until what was written is on the disk.

        Raises:
            AirplayError: The disk is broken.
        """
        self.open().sync()

    def trim(self, *, before_us: int | None, at_most: int | None) -> None:
        """Deletes a piece of what is too old or too much; see `genred.airplay.retention`.

        Raises:
            AirplayError: It cannot be written now.
        """
        if self._store is not None:
            trim(self._store, before_us=before_us, at_most=at_most)

    def set_aside(self, why: str) -> Path | None:
        """Gives the file a name that says why it is not gone on with; the next one begins empty.

        Returns:
            The new name.
        """
        self.close()
        return set_aside(self._path, why)

    def close(self) -> None:
        """Lets go of the file."""
        store, self._store = self._store, None
        self._named = {}
        if store is not None:
            store.close()

    def _set_aside_corrupt(self, error: CorruptLogError) -> None:
        aside = self.set_aside("corrupt")
        _LOGGER.error("airplay log: %s; it is kept as %s, and a new log is started", error, aside)
