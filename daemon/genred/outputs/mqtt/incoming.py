"""What comes from the broker: commands, Home Assistant's birth, and our own topics as they were left there."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from genred.broker.topics import ONLINE, StationTopic
from genred.rate_limited_log import RateLimitedLog

if TYPE_CHECKING:
    from collections.abc import Sequence

    from genred.broker.topics import Topics
    from genred.outputs.mqtt.control import Control
    from genred.outputs.mqtt.daemon_control import DaemonControl
    from genred.outputs.mqtt.outbox import Message, Outbox
    from genred.outputs.mqtt.read_back import ReadBack
    from genred.outputs.mqtt.station_states import StationStates

_log = logging.getLogger(__name__)


class IncomingMessages:
    """The `Listener` of the connection: passes on what comes in, and keeps the heartbeat.

    Args:
        topics: Of the node.
        outbox: Where everything is published again when Home Assistant has started.
        states: Of the stations.
        control: Obeys commands to stations.
        daemon_control: Obeys those to the daemon as a whole; None for a visitor, who takes none.
        birth_topic: Of Home Assistant; None where it is not told of us.
        read_back: Looks at what the broker keeps of ours; None for a visitor that leaves other topics alone.
        heartbeat_s: How often a state is published that has not changed.
    """

    def __init__(
        self,
        topics: Topics,
        outbox: Outbox,
        states: StationStates,
        *,
        control: Control,
        daemon_control: DaemonControl | None,
        birth_topic: str | None,
        read_back: ReadBack | None,
        heartbeat_s: float,
    ) -> None:
        self._topics = topics
        self._outbox = outbox
        self._states = states
        self._control = control
        self._daemon_control = daemon_control
        self._birth_topic = birth_topic
        self._read_back = read_back
        self._heartbeat_s = heartbeat_s
        self._unknown_stations = RateLimitedLog(_log)

    def on_connected(self) -> Sequence[str]:
        """Gives what to subscribe to."""
        topics = [self._topics.every_station(StationTopic.SET)]
        if self._daemon_control is not None:
            topics.append(self._topics.daemon_set)
        if self._birth_topic is not None:
            topics.append(self._birth_topic)
        return topics if self._read_back is None else [*topics, *self._read_back.begin()]

    def on_message(self, topic: str, payload: bytes, *, retained: bool) -> None:
        """A command, Home Assistant's birth, or what an older configuration has left."""
        if topic == self._birth_topic:
            if payload == ONLINE.encode() and not retained:
                # Home Assistant has started: it needs discovery and every state once more.
                self._outbox.renew()
            return
        if self._daemon_control is not None and topic == self._topics.daemon_set:
            if payload:
                self._daemon_control.submit(payload, retained=retained)
            return
        match self._topics.parse(topic):
            case (station, StationTopic.SET) if station in self._states:
                if payload:
                    self._control.submit(station, payload, retained=retained)
            case (station, StationTopic.SET):
                self._unknown_stations.warn(
                    f"a command over MQTT for {station!r}, which is not a station here, is ignored"
                )
            case _ if self._read_back is not None:
                self._read_back.on_message(topic, payload, retained=retained)
            case _:
                pass

    def on_published(self, message: Message, size: int) -> None:
        """The broker has a message."""
        if self._read_back is not None:
            self._read_back.on_published(message, size)

    def on_tick(self) -> Sequence[str]:
        """The heartbeat. Gives what to unsubscribe from."""
        self._control.tick()
        self._unknown_stations.summarize()
        self._states.publish_due(self._heartbeat_s)
        return () if self._read_back is None else self._read_back.ended()
