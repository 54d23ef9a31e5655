"""Publishes what stations emit at an MQTT broker, and passes on the commands that come from there."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

import msgspec

from genred.broker.address import EMBEDDED
from genred.broker.settings import read_broker_settings, warn_of_weaknesses
from genred.broker.topics import OFFLINE, ONLINE, RETAINED_STATION_TOPICS, VISITORS_TOPICS, StationTopic, Topics
from genred.events import DaySummary, Event, Output
from genred.outputs.homeassistant.discovery import Discovery
from genred.outputs.mqtt.announcements import Announcements
from genred.outputs.mqtt.connection import BrokerState, MqttConnection
from genred.outputs.mqtt.control import Control, ResponsePayload
from genred.outputs.mqtt.daemon_control import DaemonControl, DaemonResponse
from genred.outputs.mqtt.incoming import IncomingMessages
from genred.outputs.mqtt.outbox import Message, Outbox
from genred.outputs.mqtt.pace import Pace
from genred.outputs.mqtt.packet_limit import PacketLimit
from genred.outputs.mqtt.read_back import ReadBack
from genred.outputs.mqtt.station_states import StateEvent, StationStates
from genred.payloads.day import day_payload
from genred.payloads.event import event_payload
from genred.payloads.log import log_payload

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from genred.broker.address import BrokerAddress
    from genred.config.schema import Config
    from genred.events import DaemonEvent
    from genred.events.commands import StationCommands
    from genred.events.profile import StationProfile
    from genred.outputs.mqtt.embedded_broker import EmbeddedBroker

_log = logging.getLogger(__name__)


class MqttOutput(Output):
    """The MQTT output. Topics and payloads are described in docs/mqtt.md.

    `handle` only puts things into the outbox; a thread of its own talks to the broker. Whatever the broker does, memory
    is bounded: the newest state a station, and `mqtt.queue_messages` events.

    Args:
        config: The whole configuration.
        stations: All stations, the disabled ones included.
        commands: Who obeys commands; None refuses them.
        pace: Waits and timeouts of the connection.
        ephemeral: For a short visit to a broker that others use: it announces nothing to Home Assistant, whatever the
            configuration says, touches no topic but those of its own node and stations, takes no client id but the
            node's, and removes on close every retained topic that it has published. Give it a node of its own.
        reload: Reads the configuration again and gives the sections that wait for a restart; None refuses to.

    Raises:
        ConfigError: The address, the credentials or the certificates cannot be used.
    """

    def __init__(
        self,
        config: Config,
        stations: Sequence[StationProfile],
        commands: StationCommands | None,
        pace: Pace | None = None,
        *,
        ephemeral: bool = False,
        reload: Callable[[], tuple[str, ...]] | None = None,
    ) -> None:
        if ephemeral:
            config = _as_ephemeral(config)
        self._config = config
        self._ephemeral = ephemeral
        self._pace = pace or Pace()
        self._topics = Topics(config.mqtt.base_topic, config.node)
        self._outbox = Outbox(config.mqtt.queue_messages)
        self._states = StationStates(config.node, self._topics, self._outbox)
        self._control = Control(config.node, commands, self._respond)
        self._daemon_control = DaemonControl(config.node, reload, self._respond_as_daemon)
        self._discovery = Discovery(config, self._topics)
        self._announcements = Announcements(self._discovery, self._outbox)
        self._limit = PacketLimit()
        self._read_back = ReadBack(
            self._topics,
            self._discovery,
            self._limit,
            self._pace.survey_after(config.mqtt.heartbeat_s),
            remove=self._outbox.remove,
            republish=self._outbox.touch,
            take_back=self._announcements.take_back,
            on_other_daemon=self._on_other_daemon,
        )
        self._read_back.others.own_runs = self._states.runs
        self._incoming = IncomingMessages(
            self._topics,
            self._outbox,
            self._states,
            control=self._control,
            daemon_control=None if ephemeral else self._daemon_control,
            birth_topic=None if ephemeral else self._discovery.birth_topic,
            read_back=None if ephemeral else self._read_back,
            heartbeat_s=config.mqtt.heartbeat_s,
        )
        self._broker: EmbeddedBroker | None = None
        self._connection: MqttConnection | None = None
        self._settings = read_broker_settings(config)
        warn_of_weaknesses(config)
        self._outbox.set(self._topics.status, ONLINE.encode())
        if not config.airplay.enabled and not ephemeral:
            self._outbox.remove(self._topics.log)
        self.update(stations)

    @property
    def address(self) -> BrokerAddress:
        """Where the broker is; final once `start` has returned."""
        return self._settings.address

    @property
    def connected(self) -> bool:
        """Whether there is a connection now."""
        return self._connection is not None and self._connection.state is BrokerState.CONNECTED

    @property
    def alive(self) -> bool:
        """Whether the thread runs that talks to the broker, be there a connection or not; for whoever supervises."""
        return self._connection is not None and self._connection.alive

    @property
    def problem(self) -> str | None:
        """Why there is no connection, for people; None while there is one or none was tried yet."""
        return None if self._connection is None else self._connection.problem

    @property
    def connects(self) -> int:
        """How often a connection has come about."""
        return 0 if self._connection is None else self._connection.connects

    @property
    def dropped(self) -> int:
        """Events given up since the start because the queue was full."""
        return self._outbox.dropped

    @property
    def queue_depth(self) -> int:
        """Messages that wait to be published."""
        return self._outbox.depth

    def start(self) -> None:
        """Starts the embedded broker, if that is what the configuration asks for, and begins to connect.

        Returns at once, whether or not there is a broker.

        Raises:
            OutputError: The embedded broker cannot be started.
        """
        if self._config.mqtt.broker == EMBEDDED:
            from genred.outputs.mqtt.embedded_broker import EmbeddedBroker  # noqa: PLC0415 - needs an extra

            self._broker = EmbeddedBroker(self._config.mqtt.embedded_port)
            self._settings = read_broker_settings(self._config, embedded_port=self._broker.start())
        # An empty will removes the topic, so that even an ephemeral output that is killed leaves no status behind.
        will = Message(self._topics.status, b"" if self._ephemeral else OFFLINE.encode(), retain=True)
        self._connection = MqttConnection(
            self._settings, self._outbox, will, self._incoming, self._pace, limit=self._limit
        )
        self._connection.start()

    def wait_connected(self, timeout_s: float) -> bool:
        """Waits until there is a connection; False when there is none in time."""
        return self._connection is not None and self._connection.wait_connected(timeout_s)

    def handle(self, event: Event) -> None:
        """Takes an event from any station's thread. Never blocks and never raises."""
        if isinstance(event, StateEvent):
            self._states.handle(event)
        payload = event_payload(event, node=self._config.node)
        if payload is not None:
            self._outbox.append(self._topics.station(event.station, StationTopic.EVENT), msgspec.json.encode(payload))

    def handle_daemon(self, event: DaemonEvent) -> None:
        """Publishes whether the airplay log is written, and what it comes to."""
        node = self._config.node
        match event:
            case DaySummary():
                if event.station in self._states:
                    kind = StationTopic.YESTERDAY if event.is_over else StationTopic.TODAY
                    topic = self._topics.station(event.station, kind)
                    self._outbox.set(topic, msgspec.json.encode(day_payload(event, node=node)))
            case _:
                self._outbox.set(self._topics.log, msgspec.json.encode(log_payload(event, node=node)))

    def update(self, stations: Sequence[StationProfile]) -> None:
        """Takes over the stations of a new configuration: new ones are announced, old ones removed from the broker.

        Args:
            stations: All of them, each with whether it is meant to listen now, whatever the configuration says of it.
        """
        removed = self._states.update(stations)
        # With another daemon of this node, they may be its stations, too.
        for station_id in () if self._read_back.others.found else sorted(removed):
            for kind in VISITORS_TOPICS if self._ephemeral else RETAINED_STATION_TOPICS:
                self._outbox.remove(self._topics.station(station_id, kind))
            if self._discovery.enabled:
                self._outbox.remove(self._discovery.station_topic(station_id))
        self._read_back.known = frozenset(profile.id for profile in stations)
        self._announcements.update(stations)
        self._states.publish_all()

    def close(self) -> None:
        """Publishes that every station and the daemon are offline, and disconnects, within a few seconds.

        An ephemeral output removes what it has published instead.
        """
        if self._ephemeral:
            self.update([])
            self._outbox.remove(self._topics.status)
        else:
            self._states.publish_offline()
            self._outbox.set(self._topics.status, OFFLINE.encode())
        self._control.close()
        if self._connection is not None:
            self._connection.close()
        if self._broker is not None:
            self._broker.stop()
        if self._outbox.dropped:
            _log.warning("%d events were dropped while the broker was away", self._outbox.dropped)

    def _on_other_daemon(self) -> None:
        if self._connection is not None:
            self._connection.dispute()

    def _respond(self, station: str, response: ResponsePayload) -> None:
        self._outbox.answer(self._topics.station(station, StationTopic.RESPONSE), msgspec.json.encode(response))

    def _respond_as_daemon(self, response: DaemonResponse) -> None:
        self._outbox.answer(self._topics.daemon_response, msgspec.json.encode(response))


def _as_ephemeral(config: Config) -> Config:
    """No announcement, and not the client id of a daemon with the same configuration, which would be thrown out."""
    return msgspec.structs.replace(
        config,
        mqtt=msgspec.structs.replace(config.mqtt, client_id=""),
        homeassistant=msgspec.structs.replace(config.homeassistant, enabled=False),
    )
