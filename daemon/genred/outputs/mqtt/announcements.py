"""What Home Assistant is told of the stations, from one configuration to the next and from one start to the next."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from genred.events.profile import StationProfile
    from genred.outputs.homeassistant.discovery import Discovery
    from genred.outputs.mqtt.outbox import Outbox


class Announcements:
    """Puts discovery messages into the outbox; safe to use from any thread.

    Args:
        discovery: Of the node.
        outbox: Publishes what has changed.
    """

    def __init__(self, discovery: Discovery, outbox: Outbox) -> None:
        self._discovery = discovery
        self._outbox = outbox
        self._lock = threading.Lock()
        self._stations: Sequence[StationProfile] = ()

    def update(self, stations: Sequence[StationProfile]) -> None:
        """Announces the stations as they are now."""
        with self._lock:
            self._stations = stations
            self._announce()

    def take_back(self, left_over: Mapping[str, Mapping[str, str]]) -> None:
        """Takes back what an earlier start announced: of each station, platforms by key."""
        with self._lock:
            for station, components in left_over.items():
                self._discovery.take_back(station, components)
            self._announce()

    def _announce(self) -> None:
        for topic, (payload, *shorter) in self._discovery.messages(self._stations):
            self._outbox.set(topic, payload, shorter=tuple(shorter))
