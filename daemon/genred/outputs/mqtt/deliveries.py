"""What was published on one connection and is not acknowledged yet."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from paho.mqtt.enums import MQTTErrorCode

from genred.outputs.mqtt.client import MAX_IN_FLIGHT
from genred.outputs.mqtt.packet_limit import publish_size

if TYPE_CHECKING:
    from paho.mqtt.client import Client

    from genred.broker.address import BrokerAddress
    from genred.broker.settings import MqttVersion
    from genred.outputs.mqtt.abilities import Abilities
    from genred.outputs.mqtt.outbox import Message, Outbox
    from genred.outputs.mqtt.packet_limit import PacketLimit


@dataclass(frozen=True, slots=True)
class Delivery:
    """A message on its way.

    Attributes:
        message: In the form in which it was published.
        size: Bytes of its packet.
        sent_at_s: Monotonic time.
    """

    message: Message
    size: int
    sent_at_s: float


class Deliveries:
    """Publishes what waits in the outbox, so many at a time as the broker takes.

    Args:
        client: The connection.
        address: Of the broker, for the log.
        version: That is spoken.
        limit: What is known of the size of packets.
        abilities: Of the broker.
        outbox: What is published.
        acknowledge_timeout_s: How long the broker may take to acknowledge a message.

    Attributes:
        most_in_flight: How many messages the broker lets be unacknowledged.
    """

    def __init__(
        self,
        client: Client,
        address: BrokerAddress,
        version: MqttVersion,
        *,
        limit: PacketLimit,
        abilities: Abilities,
        outbox: Outbox,
        acknowledge_timeout_s: float,
    ) -> None:
        self.most_in_flight = MAX_IN_FLIGHT
        self._client = client
        self._address = address
        self._version = version
        self._limit = limit
        self._abilities = abilities
        self._outbox = outbox
        self._acknowledge_timeout_s = acknowledge_timeout_s
        self._in_flight: dict[int, Delivery] = {}

    @property
    def is_idle(self) -> bool:
        """Whether the broker has acknowledged everything."""
        return not self._in_flight

    @property
    def is_overdue(self) -> bool:
        """Whether the broker has left a message unacknowledged for too long."""
        oldest = next(iter(self._in_flight.values()), None)
        return oldest is not None and time.monotonic() - oldest.sent_at_s > self._acknowledge_timeout_s

    @property
    def sizes(self) -> list[int]:
        """Bytes of each packet that is not acknowledged."""
        return [delivery.size for delivery in self._in_flight.values()]

    def publish_next(self) -> bool:
        """Publishes what comes next in the outbox. False when nothing waits or the broker has enough for now."""
        if len(self._in_flight) >= self.most_in_flight or any(map(self._limit.travels_alone, self.sizes)):
            return False
        message = self._outbox.take(lambda message: self._limit.travels_alone(self._fitting(message)[1]))
        if message is None:
            if not self._in_flight:
                self._limit.settle()
            return False
        form, size = self._fitting(message)
        if form is not message:
            sent = None if form is None else size
            whole = publish_size(message, self._version)
            self._limit.warn(message, size=whole, sent=sent, address=self._address)
        if form is not None and not self._publish(form, size):
            self._outbox.give_back([message])
            return False
        return True

    def acknowledge(self, mid: int) -> Delivery | None:
        """Takes an acknowledgement. Returns what it is of; None for what this connection has not published."""
        return self._in_flight.pop(mid, None)

    def give_back(self) -> None:
        """Puts what is not acknowledged back into the outbox."""
        self._outbox.give_back([delivery.message for delivery in self._in_flight.values()])
        self._in_flight.clear()

    def _publish(self, message: Message, size: int) -> bool:
        """Publishes a message, where that can be done now."""
        if self._in_flight and self._limit.travels_alone(size):
            return False
        qos, retain = self._abilities.qos, message.retain and self._abilities.retains
        info = self._client.publish(message.topic, message.payload, qos=qos, retain=retain)
        if info.rc is not MQTTErrorCode.MQTT_ERR_SUCCESS:
            return False
        self._in_flight[info.mid] = Delivery(message, size, time.monotonic())
        return True

    def _fitting(self, message: Message) -> tuple[Message | None, int]:
        """The longest form of a message that the broker takes, and the size of its packet; None and 0 where none is."""
        for form in message.forms():
            size = publish_size(form, self._version)
            if self._limit.fits(size):
                return form, size
        return None, 0
