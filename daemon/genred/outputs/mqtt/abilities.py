"""What a broker of MQTT 5 can do less than others, as it says itself: MQTT 5.0, sections 3.2.2.3.4 and 3.2.2.3.5."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from paho.mqtt.properties import Properties

QOS = 1
"""With which everything is published, where the broker can."""

_RETAIN_NOT_SUPPORTED = 0x9A
_QOS_NOT_SUPPORTED = 0x9B


@dataclass(slots=True)
class Abilities:
    """What is known of a broker, for one connection and the attempts that lead to it.

    Attributes:
        qos: The highest quality of service that it takes, up to `QOS`.
        retains: Whether it keeps messages for later subscribers.
    """

    qos: int = QOS
    retains: bool = True

    def learn(self, properties: Properties | None) -> None:
        """Takes what a broker says that has let us in."""
        self.qos = min(self.qos, getattr(properties, "MaximumQoS", QOS))
        self.retains = self.retains and bool(getattr(properties, "RetainAvailable", 1))

    def learn_refusal(self, reason: int) -> bool:
        """Takes why a broker has refused the last will. Returns whether another attempt asks for less."""
        before = self.qos, self.retains
        self.qos = 0 if reason == _QOS_NOT_SUPPORTED else self.qos
        self.retains = self.retains and reason != _RETAIN_NOT_SUPPORTED
        return before != (self.qos, self.retains)

    def forget(self) -> None:
        """A connection has ended: the broker may come back with another configuration."""
        self.qos, self.retains = QOS, True

    def lacks(self) -> str | None:
        """What that means, for people; None where nothing is missing."""
        if not self.retains:
            return "does not support retained messages: later subscribers see nothing until the next heartbeat"
        return None if self.qos == QOS else "does not support QoS 1: lost messages are not sent again"
