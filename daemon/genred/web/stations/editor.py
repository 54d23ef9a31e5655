"""Stations as the configuration has them: read, tried, written, and the daemon told to read them again."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any, Protocol

from genred.config.read import parse_config
from genred.config.source_kinds import SoundcardSource, StreamSource
from genred.config.source_text import parse_source
from genred.errors import ConfigError, GenredError
from genred.masking import mask_url
from genred.printable import printable
from genred.setup.config_save import read_text, save_checked
from genred.setup.station_edit import add_station, change_station, remove_station
from genred.slug import is_slug
from genred.web.configured import listen_urls, names_of
from genred.web.stations.payloads import ConfiguredStation, Saved, SoundcardChoice, StationEdit, Trial
from genred.web.stations.probe import Probe
from genred.web.turns import BusyError

if TYPE_CHECKING:
    from pathlib import Path

    from genred.config.schema import Config, StationConfig
    from genred.web.board import Board

MAX_NAME_CHARACTERS = 100
MAX_SOURCE_CHARACTERS = 2_000

_TRIED_KEPT = 32


class Reloading(Protocol):
    """What tells the daemon to read its configuration again."""

    async def reload(self) -> str:
        """Returns what is wrong; empty where the daemon has taken the configuration."""


class EditError(GenredError):
    """What is asked for cannot be done; the message says why."""


class StationEditor:
    """Changes the stations of a configuration, one change at a time.

    Args:
        path: Of the configuration.
        board: Shows the stations by their names.
        daemon: Is told of changes.
        probe: Tries sources.
        address: That the pages are served on in place of the configured one.
    """

    def __init__(
        self,
        path: Path,
        board: Board,
        daemon: Reloading,
        probe: Probe | None = None,
        *,
        address: str | None = None,
    ) -> None:
        self._path = path
        self._board = board
        self._daemon = daemon
        self._probe = probe or Probe()
        self._address = address
        self._lock = asyncio.Lock()
        self._tried: dict[str, None] = {}

    async def stations(self) -> list[ConfiguredStation]:
        """Gives the stations as the file has them now; there may be none.

        Raises:
            ConfigError: It cannot be read.
        """
        config = await asyncio.to_thread(self._read)
        return [_shown(id_, station) for id_, station in config.stations.items()]

    async def soundcards(self) -> list[SoundcardChoice]:
        """Gives the devices that can capture.

        Raises:
            BusyError: A source is being tried.
        """
        return await self._probe.soundcards()

    async def try_source(self, text: str) -> Trial:
        """Opens a source and listens to it.

        Raises:
            EditError: It is no address of a stream and no soundcard.
            BusyError: Another one is being tried.
        """
        source = read_source(text)
        config = await asyncio.to_thread(self._read)
        steps = await self._probe.try_source(source, config.model)
        works = all(step.ok for step in steps)
        if works:
            self._tried[source] = None
            if len(self._tried) > _TRIED_KEPT:
                del self._tried[next(iter(self._tried))]
        return Trial(works, steps)

    async def save(self, id_: str, settings: StationEdit, *, is_new: bool) -> Saved:
        """Adds a station, or gives one another name or source.

        Raises:
            EditError: The settings are none, or the source has not been tried.
            ConfigError: The configuration would have faults, or cannot be written.
            BusyError: Another change is being made.
        """
        name = _read_name(settings.name)
        if is_new and not is_slug(id_):
            raise EditError("an id consists of a-z, 0-9 and single underscores between them, such as night_radio")
        async with self._alone():
            before = await asyncio.to_thread(read_text, self._path)
            if is_new:
                source = self._tried_source(settings)
                after = add_station(before, id_, {"name": name, "source": source})
            else:
                after = self._changed(before, id_, name, settings)
            return await self._put(before, after, id_)

    async def remove(self, id_: str) -> Saved:
        """Removes a station.

        Raises:
            ConfigError: There is none of this id, it is the only one, or the configuration cannot be written.
            BusyError: Another change is being made.
        """
        async with self._alone():
            before = await asyncio.to_thread(read_text, self._path)
            return await self._put(before, remove_station(before, id_), id_)

    def _alone(self) -> asyncio.Lock:
        if self._lock.locked():
            raise BusyError("another change is being made; try again in a moment")
        return self._lock

    def _changed(self, before: str, id_: str, name: str, settings: StationEdit) -> str:
        config = parse_config(before, name=str(self._path), folder=self._path.resolve().parent)
        if id_ not in config.stations:
            raise EditError(f"there is no station {id_!r} in the configuration")
        now = _shown(id_, config.stations[id_])
        changed: dict[str, Any] = {} if name == (now.name or id_) else {"name": name}
        if settings.source.strip() != now.source:
            changed["source"] = self._tried_source(settings)
        return change_station(before, id_, changed)

    def _tried_source(self, settings: StationEdit) -> str:
        source = read_source(settings.source)
        if source not in self._tried and not settings.anyway:
            raise EditError("test the source first, or keep it without a successful test")
        return source

    async def _put(self, before: str, after: str, id_: str) -> Saved:
        if after != before:
            await asyncio.to_thread(save_checked, self._path, before, after, address=self._address)
            config = await asyncio.to_thread(self._read)
            self._board.configure(names_of(config), listen_urls(config))
        note = await self._daemon.reload()
        return Saved(id_, note)

    def _read(self) -> Config:
        text, folder = read_text(self._path), self._path.resolve().parent
        return parse_config(text, name=str(self._path), folder=folder, needs_stations=False)


def read_source(text: str) -> str:
    """Reads what may be added from a page: the address of a stream, or a soundcard.

    Files, commands and variables of the environment are left to those who may edit the file.

    Raises:
        EditError: It is neither.
    """
    text = text.strip()
    if len(text) > MAX_SOURCE_CHARACTERS or not text.isprintable() or "${" in text:
        raise EditError("a source must be an address of at most 2,000 printable characters, and no ${variable}")
    if text != "soundcard" and not text.startswith(("soundcard:", "http://", "https://")):
        raise EditError("a source must be http://…, https://…, `soundcard` or `soundcard:NAME`")
    try:
        parse_source(text)
    except ConfigError as error:
        raise EditError(str(error)) from None
    return text


def _read_name(text: str) -> str:
    text = text.strip()
    if not text or len(text) > MAX_NAME_CHARACTERS or printable(text) != text or "${" in text:
        raise EditError(f"a name must have 1 to {MAX_NAME_CHARACTERS} printable characters, and no ${{variable}}")
    return text


def _shown(id_: str, station: StationConfig) -> ConfiguredStation:
    match station.source:
        case StreamSource() as stream if stream == StreamSource(url=stream.url):
            return ConfiguredStation(id_, station.name, mask_url(stream.url), "stream")
        case SoundcardSource() as card if card == SoundcardSource(soundcard=card.soundcard):
            source = "soundcard" if card.soundcard == "default" else f"soundcard:{card.soundcard}"
            return ConfiguredStation(id_, station.name, source, "soundcard")
    return ConfiguredStation(id_, station.name, "", "other")
