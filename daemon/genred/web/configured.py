"""What the pages show of stations that only the configuration knows."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from genred.config.schema import StreamSource

if TYPE_CHECKING:
    from genred.config.schema import Config, StationConfig


def names_of(config: Config) -> dict[str, str]:
    """Gives the stations' names by id."""
    return {id_: station.name or id_ for id_, station in config.stations.items()}


def listen_urls(config: Config) -> dict[str, str]:
    """Gives where a browser may listen to a station, by id."""
    return {id_: url for id_, station in config.stations.items() if (url := _listen_url(station)) is not None}


def _listen_url(station: StationConfig) -> str | None:
    """The stream's own address, where it holds no secret and is no playlist that a browser cannot read."""
    if not isinstance(station.source, StreamSource):
        return None
    parts = urlsplit(station.source.url)
    if parts.username is not None or parts.query or parts.path.lower().endswith((".m3u", ".m3u8", ".pls", ".xspf")):
        return None
    return station.source.url
