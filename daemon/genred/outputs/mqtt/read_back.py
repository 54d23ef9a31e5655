"""Reads back for a while, after every connect, what of our topics the broker has and gets.

That tells three things that nothing else does: what an older configuration has left there, also one of a daemon that is
long gone; whether another daemon publishes as the same node; and which of our own messages a broker of version 3.1.1
takes and drops in silence.
"""

from __future__ import annotations

import logging
import time
from typing import TYPE_CHECKING

from genred.broker.topics import RETAINED_STATION_TOPICS, StationTopic
from genred.outputs.mqtt.dropped_messages import DroppedMessages
from genred.outputs.mqtt.other_daemons import OtherDaemons
from genred.rate_limited_log import RateLimitedLog

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from genred.broker.topics import Topics
    from genred.outputs.homeassistant.discovery import Discovery
    from genred.outputs.mqtt.outbox import Message
    from genred.outputs.mqtt.packet_limit import PacketLimit

_log = logging.getLogger(__name__)

_MAX_STALE_TOPICS = 10_000
"""Topics that one survey removes at most; the next connect takes the rest."""

_SHOWN_TOPICS = 5
"""A station has that many: one that was removed is listed whole, and hundreds do not fill the log."""


class ReadBack:
    """What to read back, and what to make of it; of the connection's thread alone.

    Args:
        topics: Of the node.
        discovery: Of the node.
        limit: Learns which size of packet does not get through.
        survey_s: How long is read back: longer than another daemon is ever silent, whose topics would be removed.
        remove: Removes a retained topic from the broker.
        republish: Publishes a retained topic's value again.
        take_back: Takes what it gets of stations, platforms by key, back from Home Assistant.
        on_other_daemon: Called once, when another daemon publishes as the same node.

    Attributes:
        known: Ids of the present configuration's stations.
        others: The daemons that publish as the same node.
    """

    def __init__(
        self,
        topics: Topics,
        discovery: Discovery,
        limit: PacketLimit,
        survey_s: float,
        *,
        remove: Callable[[str], None],
        republish: Callable[[str], None],
        take_back: Callable[[Mapping[str, Mapping[str, str]]], None],
        on_other_daemon: Callable[[], None],
    ) -> None:
        self.known: frozenset[str] = frozenset()
        self.others = OtherDaemons(topics.node, on_other_daemon)
        self._topics = topics
        self._discovery = discovery
        self._limit = limit
        self._survey_s = survey_s
        self._remove = remove
        self._republish = republish
        self._take_back = take_back
        self._log = RateLimitedLog(_log)
        # Apart, since an access list may forbid all of the one and none of the other.
        self._dropped_states, self._dropped_discovery = DroppedMessages(), DroppedMessages()
        self._stale: set[str] = set()
        self._left_over: dict[str, dict[str, str]] = {}
        self._ends_at_s: float | None = None

    def begin(self) -> Sequence[str]:
        """Begins to read back. Returns what to subscribe to."""
        self._ends_at_s = time.monotonic() + self._survey_s
        self._stale.clear()
        self._left_over.clear()
        self._dropped_states.begin()
        self._dropped_discovery.begin()
        self.others.connected()
        return self._subscriptions()

    def on_published(self, message: Message, size: int) -> None:
        """The broker has acknowledged a message of ours."""
        if self._ends_at_s is not None and message.retain and self._is_current(message.topic):
            self._dropped_on(message.topic).on_published(message.topic, size)

    def on_message(self, topic: str, payload: bytes, *, retained: bool) -> None:
        """A message that is no command: our own, of another daemon, or what an older configuration has left."""
        if not retained and self._is_current(topic):
            self._dropped_on(topic).on_message(topic)
        parsed = self._topics.parse(topic)
        if parsed is not None and parsed[1] is StationTopic.STATE and payload:
            self.others.on_state(topic, payload, retained=retained)
        if retained and payload and len(self._stale) < _MAX_STALE_TOPICS and self._is_stale(topic, payload):
            self._stale.add(topic)
        elif retained and payload and self._discovery.enabled and self._discovery.is_ours(topic, payload):
            self._note_left_over(topic, payload)

    def ended(self) -> Sequence[str]:
        """Returns what to unsubscribe from, once, when enough has been read."""
        self._log.summarize()
        if self._ends_at_s is None:
            return ()
        for dropped in (self._dropped_states, self._dropped_discovery):
            self._judge(dropped)
        if time.monotonic() < self._ends_at_s:
            return ()
        self._ends_at_s = None
        self._remove_stale()
        self._take_back_left_over()
        return self._subscriptions()

    def _judge(self, dropped: DroppedMessages) -> None:
        size = dropped.too_large()
        for topic in dropped.take_topics():
            if size is None:
                self._log.warn(
                    f"the broker accepted {topic}, but it does not come back; does an access list let this user write "
                    "and read it? `genred test-mqtt` checks that",
                    kind=dropped,
                )
            else:
                # In a shorter form, if there is one.
                self._limit.found(size)
                self._republish(topic)

    def _dropped_on(self, topic: str) -> DroppedMessages:
        return self._dropped_discovery if self._topics.parse(topic) is None else self._dropped_states

    def _remove_stale(self) -> None:
        found, self._stale = sorted(self._stale), set()
        if self.others.found:
            if found:
                _log.debug("kept, because they may belong to another daemon: %s", ", ".join(found))
            return
        removed = [topic for topic in found if self._is_unknown(topic)]
        for topic in removed:
            self._remove(topic)
        if removed:
            shown = ", ".join(removed[:_SHOWN_TOPICS])
            more = f" and {len(removed) - _SHOWN_TOPICS} more" if len(removed) > _SHOWN_TOPICS else ""
            _log.info("removing what an earlier configuration left at the broker: %s%s", shown, more)
            _log.debug("removing: %s", ", ".join(removed))

    def _note_left_over(self, topic: str, payload: bytes) -> None:
        station = self._discovery.station_of(topic)
        if station is None or station not in self.known:
            return
        found = self._discovery.left_over(station, payload)
        if found:
            self._left_over[station] = found

    def _take_back_left_over(self) -> None:
        left_over, self._left_over = self._left_over, {}
        if left_over and not self.others.found:
            for station, components in left_over.items():
                names = ", ".join(sorted(components))
                _log.info(
                    "%s: removing from Home Assistant what an earlier configuration announced: %s", station, names
                )
            self._take_back(left_over)

    def _is_stale(self, topic: str, payload: bytes) -> bool:
        is_ours = self._topics.parse(topic) is not None or self._discovery.is_ours(topic, payload)
        return is_ours and self._is_unknown(topic)

    def _is_unknown(self, topic: str) -> bool:
        """Whether the present configuration has nothing to do with a topic of this node."""
        parsed = self._topics.parse(topic)
        if parsed is not None:
            station, kind = parsed
            return kind in RETAINED_STATION_TOPICS and station not in self.known
        return not self._discovery.enabled or topic not in self._expected()

    def _is_current(self, topic: str) -> bool:
        """Whether a topic is read back, and is one of the present configuration."""
        parsed = self._topics.parse(topic)
        if parsed is None:
            return topic in self._expected()
        return parsed[1] in RETAINED_STATION_TOPICS and parsed[0] in self.known

    def _expected(self) -> set[str]:
        return {self._discovery.node_topic, *map(self._discovery.station_topic, self.known)}

    def _subscriptions(self) -> Sequence[str]:
        return [*map(self._topics.every_station, RETAINED_STATION_TOPICS), self._discovery.every_device]
