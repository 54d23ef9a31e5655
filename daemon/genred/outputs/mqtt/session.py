"""One connection to the broker, from CONNECT to its end, driven by a single thread."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

from genred.outputs.mqtt.abilities import QOS, Abilities
from genred.outputs.mqtt.client import MAX_IN_FLIGHT, connect, make_client, release
from genred.outputs.mqtt.deliveries import Deliveries
from genred.outputs.mqtt.ending import Ending, disconnected, refused, says_too_large
from genred.outputs.mqtt.packet_limit import PacketLimit
from genred.outputs.mqtt.waker import wait_for
from genred.rate_limited_log import RateLimitedLog

if TYPE_CHECKING:
    from collections.abc import Sequence

    from paho.mqtt.client import Client, ConnectFlags, DisconnectFlags, MQTTMessage
    from paho.mqtt.properties import Properties
    from paho.mqtt.reasoncodes import ReasonCode

    from genred.broker.settings import BrokerSettings, MqttVersion
    from genred.outputs.mqtt.listener import Listener
    from genred.outputs.mqtt.outbox import Message, Outbox
    from genred.outputs.mqtt.waker import Waker

_log = logging.getLogger(__name__)


class Session:
    """One attempt and the connection that comes of it.

    Args:
        settings: How to reach the broker.
        version: To be spoken.
        will: What the broker publishes when the connection dies; None for nothing.
        outbox: What is published.
        listener: Who is told what comes in.
        limit: What is known of the size of packets; from one session to the next.
        abilities: Of the broker, as far as they are known from the attempt before.
        problems: Warns of what the broker refuses; from one session to the next.
        acknowledge_timeout_s: How long the broker may take to acknowledge a message.

    Raises:
        ConfigError: Password or certificates cannot be read.
    """

    def __init__(
        self,
        settings: BrokerSettings,
        version: MqttVersion,
        will: Message | None,
        outbox: Outbox,
        listener: Listener,
        *,
        limit: PacketLimit | None = None,
        abilities: Abilities | None = None,
        problems: RateLimitedLog | None = None,
        acknowledge_timeout_s: float = 30.0,
    ) -> None:
        self.version = version
        self.connected = False
        self.has_acknowledged = False
        self.ending: Ending | None = None
        self.explanation = ""
        self.is_size_suspected = False
        self._problems = problems or RateLimitedLog(_log)
        self._settings = settings
        self._outbox = outbox
        self._listener = listener
        self._limit = limit or PacketLimit()
        self._abilities = abilities or Abilities()
        self._subscriptions: dict[int, str] = {}
        self._client = make_client(settings, version, will, self._abilities)
        self._deliveries = Deliveries(
            self._client,
            settings.address,
            version,
            limit=self._limit,
            abilities=self._abilities,
            outbox=outbox,
            acknowledge_timeout_s=acknowledge_timeout_s,
        )
        self._client.on_connect = self._on_connect
        self._client.on_disconnect = self._on_disconnect
        self._client.on_publish = self._on_publish
        self._client.on_subscribe = self._on_subscribe
        self._client.on_message = self._on_message

    @property
    def is_idle(self) -> bool:
        """Whether the broker has acknowledged everything."""
        return self._deliveries.is_idle and not self._client.want_write()

    @property
    def is_subscribed(self) -> bool:
        """Whether the broker has answered every subscription."""
        return not self._subscriptions

    def connect(self, timeout_s: float) -> None:
        """Connects and sends CONNECT; blocks up to three times `timeout_s` (TCP, TLS, websocket).

        Raises:
            OSError: There is no way.
            ValueError: The host name is none.
        """
        connect(self._client, self._settings, self.version, timeout_s)

    def turn(self, timeout_s: float, waker: Waker) -> None:
        """Sends and receives what can be, and waits for it for up to `timeout_s` or until `waker` is set."""
        sock = self._client.socket()
        if sock is None:
            self._end(Ending.LOST, f"the connection to {self._settings.address} broke off")
            return
        readable, writable = wait_for(sock, waker, timeout_s, wants_to_write=self._client.want_write())
        try:
            if readable:
                self._client.loop_read()
            if writable:
                self._client.loop_write()
            self._client.loop_misc()
        except Exception as error:  # noqa: BLE001 - paho raises whatever its decoder stumbles over in a broker's bytes
            # A 3.1.1 broker's refusal of version 5 is such bytes, too.
            ending = Ending.LOST if self.connected else Ending.VERSION
            self._end(ending, f"{self._settings.address} does not speak MQTT ({type(error).__name__}: {error})")

    def publish_waiting(self) -> None:
        """Hands on what waits in the outbox, as far as the broker's limit allows.

        A broker that answers, but no longer acknowledges, would stop it for ever: then the connection is given up.
        """
        if self._deliveries.is_overdue:
            self._end(Ending.LOST, f"{self._settings.address} does not acknowledge published messages")
        while self.ending is None and self._deliveries.publish_next():
            pass

    def subscribe(self, topics: Sequence[str]) -> None:
        """Subscribes, with QoS 1; a packet a topic, for brokers that take small ones only."""
        for topic in topics:
            _, mid = self._client.subscribe(topic, QOS)
            if mid is not None:
                self._subscriptions[mid] = topic

    def unsubscribe(self, topics: Sequence[str]) -> None:
        """Ends subscriptions."""
        for topic in topics:
            self._client.unsubscribe(topic)

    def disconnect(self) -> None:
        """Says goodbye, so that the broker does not publish the will."""
        self._client.disconnect()

    def give_up(self) -> None:
        """Ends an attempt that is not answered in time, as some brokers of 3.1.1 (amqtt 0.12) do with version 5."""
        self._end(
            Ending.VERSION, f"{self._settings.address} accepts the connection but does not answer as an MQTT broker"
        )

    def abandon(self) -> None:
        """Lets go of the socket and gives back what the broker has not acknowledged."""
        release(self._client)
        self._deliveries.give_back()

    def _end(self, ending: Ending, explanation: str) -> None:
        if self.ending is None:
            self.ending = ending
            self.explanation = explanation

    def _on_connect(
        self, _client: Client, _userdata: Any, _flags: ConnectFlags, reason: ReasonCode, properties: Properties | None
    ) -> None:
        if not reason.is_failure:
            self.connected = True
            self._deliveries.most_in_flight = min(MAX_IN_FLIGHT, getattr(properties, "ReceiveMaximum", MAX_IN_FLIGHT))
            self._limit.connected(getattr(properties, "MaximumPacketSize", None))
            self._abilities.learn(properties)
            lacks = self._abilities.lacks()
            if lacks is not None:
                self._problems.warn(f"{self._settings.address} {lacks}", kind="abilities")
            return
        if self._abilities.learn_refusal(reason.value):
            self._end(Ending.ABILITIES, f"{self._settings.address} does not accept genred's last will ({reason})")
            return
        self._end(*refused(self._settings, self.version, reason))

    def _on_disconnect(
        self, _client: Client, _userdata: Any, flags: DisconnectFlags, reason: ReasonCode, _properties: Any
    ) -> None:
        ended = disconnected(self._settings, flags, reason, connected=self.connected)
        if self.connected and self.ending is None and ended.ending is Ending.LOST:
            self.is_size_suspected = self._limit.broke_off(self._deliveries.sizes, as_too_large=says_too_large(reason))
        self._end(*ended)

    def _on_publish(self, _client: Client, _userdata: Any, mid: int, reason: ReasonCode, _properties: Any) -> None:
        delivery = self._deliveries.acknowledge(mid)
        if delivery is None:
            return
        self.has_acknowledged = True
        message = delivery.message
        self._outbox.settle(message)
        if reason.is_failure:
            self._problems.warn(
                f"{self._settings.address} does not accept a message on {message.topic} ({reason})",
                kind=(reason.value, message.kind),
            )
        else:
            self._limit.acknowledge(delivery.size)
            self._listener.on_published(message, delivery.size)

    def _on_subscribe(
        self, _client: Client, _userdata: Any, mid: int, reasons: list[ReasonCode], _properties: Any
    ) -> None:
        topic = self._subscriptions.pop(mid, "")
        for reason in reasons:
            if reason.is_failure:
                self._problems.warn(
                    f"{self._settings.address} does not let genred read {topic} ({reason})", kind=("read", topic)
                )

    def _on_message(self, _client: Client, _userdata: Any, message: MQTTMessage) -> None:
        try:
            self._listener.on_message(message.topic, bytes(message.payload), retained=message.retain)
        except Exception as error:  # noqa: BLE001 - one that no one foresaw, retained, would cost every connection
            self._problems.warn(
                f"a message over MQTT was skipped ({type(error).__name__})", kind="unforeseen", with_traceback=True
            )
