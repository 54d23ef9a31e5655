"""Removes from the broker what an older configuration has left there, also one of a daemon that is long gone.

Only the broker remembers it. So on every connect our own retained topics are read back for a moment, and those that no
station of the present configuration accounts for are removed with an empty payload.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from genred.outputs.mqtt.topics import RETAINED_STATION_TOPICS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from genred.outputs.homeassistant.discovery import Discovery
    from genred.outputs.mqtt.topics import Topics

_SURVEY_S = 10.0
"""How long is read back. Retained messages follow the subscription at once; a slow link to a busy broker gets time."""


class StaleTopics:
    """What to read back, and what of it to remove.

    Args:
        topics: Of the node.
        discovery: Of the node.

    Attributes:
        known: Ids of the present configuration's stations.
    """

    def __init__(self, topics: Topics, discovery: Discovery) -> None:
        self.known: frozenset[str] = frozenset()
        self._topics = topics
        self._discovery = discovery
        self._ends_at_s: float | None = None

    def begin(self) -> Sequence[str]:
        """Begins to read back. Returns what to subscribe to."""
        self._ends_at_s = time.monotonic() + _SURVEY_S
        return self._subscriptions()

    def ended(self) -> Sequence[str]:
        """Returns what to unsubscribe from, once, when enough has been read."""
        if self._ends_at_s is None or time.monotonic() < self._ends_at_s:
            return ()
        self._ends_at_s = None
        return self._subscriptions()

    def is_ours_and_unknown(self, topic: str, payload: bytes) -> bool:
        """Whether a retained message is of this node and the present configuration has nothing to do with it."""
        parsed = self._topics.parse(topic)
        if parsed is not None:
            station, kind = parsed
            return kind in RETAINED_STATION_TOPICS and station not in self.known
        if not self._discovery.is_ours(topic, payload):
            return False
        return not self._discovery.enabled or topic not in self._expected()

    def _expected(self) -> set[str]:
        return {self._discovery.node_topic, *map(self._discovery.station_topic, self.known)}

    def _subscriptions(self) -> Sequence[str]:
        return [*map(self._topics.every_station, RETAINED_STATION_TOPICS), self._discovery.every_device]
