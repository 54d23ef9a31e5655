"""What goes out over MQTT, as lines: topic and payload of every change, whether or not there is a broker."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from genred.broker.topics import StationTopic, Topics
from genred.cli.payload_line import shortened
from genred.events import Output, StationReport
from genred.payloads.event import event_payload

if TYPE_CHECKING:
    from collections.abc import Callable

    from genred.config.schema import Config
    from genred.events import Event


class PayloadEcho(Output):
    """An output that shows what the MQTT output sends on changes; the state's heartbeat is left out.

    Args:
        config: Names the topics.
        show: Takes each line.
    """

    def __init__(self, config: Config, show: Callable[[str], None]) -> None:
        self._node = config.node
        self._topics = Topics(config.mqtt.base_topic, config.node)
        self._show = show
        self._words: dict[str, str] = {}

    def handle(self, event: Event) -> None:
        """Takes an event; see `Output.handle`."""
        if isinstance(event, StationReport):
            if self._words.get(event.station) != event.announcement:
                self._words[event.station] = event.announcement
                self._show(f"{self._topics.station(event.station, StationTopic.GENRE)} {event.announcement}")
            return
        payload = event_payload(event, node=self._node)
        if payload is not None:
            topic = self._topics.station(event.station, StationTopic.EVENT)
            self._show(f"{topic} {shortened(msgspec.json.encode(payload).decode())}")
