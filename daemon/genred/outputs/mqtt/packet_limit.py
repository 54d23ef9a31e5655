"""How large a packet the broker takes: as it says by MQTT 5, or as found by what becomes of larger ones.

MQTT 3.1.1 has no way to say it. A broker that gets a packet too large breaks the connection off (mosquitto's
`max_packet_size`), or takes the message and drops it in silence (`message_size_limit`).
"""

from __future__ import annotations

import logging
import time
from typing import TYPE_CHECKING

from genred.broker.settings import MqttVersion
from genred.rate_limited_log import RateLimitedLog

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from genred.outputs.mqtt.outbox import Message

_log = logging.getLogger("genred.outputs.mqtt.session")

BELIEVED_FOR_S = 3_600.0
"""A size that was found by its effect is forgotten at the first connect after so long: brokers are configured anew."""

_PACKET_ID_BYTES = 2
_TOPIC_LENGTH_BYTES = 2
_LENGTH_BITS = 7
"""Of each byte of a packet's length, MQTT 5.0 section 1.5.5."""


def publish_size(message: Message, version: MqttVersion) -> int:
    """The size of the PUBLISH packet of QoS 1 that carries a message, in bytes: MQTT 5.0 section 3.3."""
    properties = 1 if version is MqttVersion.V5 else 0
    rest = _TOPIC_LENGTH_BYTES + len(message.topic.encode()) + _PACKET_ID_BYTES + properties + len(message.payload)
    return 1 + max(1, -(-rest.bit_length() // _LENGTH_BITS)) + rest


class PacketLimit:
    """What is known of the largest packet, over all connections to a broker; of the connection's thread alone.

    While a packet is suspected of having broken a connection off, those larger than any that the broker has
    acknowledged since travel alone, and after all others, so that the guilty one is found and costs no other.

    Args:
        clock: Monotonic seconds.

    Attributes:
        bytes: The largest packet that is sent; None where no limit is known.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self.bytes: int | None = None
        self._clock = clock
        self._log = RateLimitedLog(_log)
        self._is_announced = False
        self._found_at_s: float | None = None
        self._suspects = False
        self._acknowledged = 0
        # The largest that was on any connection, and the one that was alone when the last was broken off.
        self._accepted = 0
        self._accused = 0

    def connected(self, announced: int | None) -> None:
        """A broker has let us in, and announced a limit or none."""
        self._acknowledged = 0
        is_stale = self._found_at_s is not None and self._clock() - self._found_at_s > BELIEVED_FOR_S
        if announced is not None or self._is_announced or is_stale:
            self.bytes, self._found_at_s = announced, None
        self._is_announced = announced is not None

    def fits(self, size: int) -> bool:
        """Whether a packet is sent at all."""
        return self.bytes is None or size <= self.bytes

    def travels_alone(self, size: int) -> bool:
        """Whether a packet is sent only when every other one has been acknowledged."""
        return self._suspects and size > self._acknowledged

    def acknowledge(self, size: int) -> None:
        """The broker has acknowledged a packet."""
        self._acknowledged = max(self._acknowledged, size)
        self._accepted = max(self._accepted, size)

    def settle(self) -> None:
        """Everything that was suspected has arrived."""
        self._suspects = False

    def broke_off(self, in_flight: Iterable[int], *, as_too_large: bool = False) -> bool:
        """The broker has broken the connection off.

        Args:
            in_flight: Sizes of the packets that it had not acknowledged.
            as_too_large: Whether it said that a packet was too large.

        Returns:
            Whether one of them may have been too large.
        """
        suspects = [size for size in in_flight if size > self._acknowledged]
        if suspects and (as_too_large or (self._suspects and len(suspects) == 1 and self._is_guilty(suspects[0]))):
            self.found(max(suspects))
        elif suspects:
            self._suspects = True
        return bool(suspects)

    def found(self, size: int) -> None:
        """A packet of such a size does not get through: what is larger than half of it is sent only where it did."""
        if self._is_announced:
            return
        self.bytes = max(self._acknowledged if self._acknowledged < size else 0, size // 2)
        self._found_at_s = self._clock()
        self._accepted = min(self._accepted, self.bytes)
        _log.debug("a packet of %d bytes is not accepted; from now on none larger than %d is sent", size, self.bytes)

    def _is_guilty(self, size: int) -> bool:
        """Whether a packet that was alone has broken the connection off, and not a broker that starts or a bad line.

        What the broker has taken before must do so twice.
        """
        was_accused, self._accused = self._accused == size, size
        return was_accused or size > self._accepted

    def warn(self, message: Message, *, size: int, sent: int | None, address: object) -> None:
        """Says once of each kind of message that it is too large.

        Args:
            message: As it should be.
            size: Of its packet, in bytes.
            sent: Of the packet that is sent in its place; None for none.
            address: Of the broker.
        """
        how = "accepts packets of" if self._is_announced else "seems to accept packets of"
        instead = "is not published" if sent is None else f"is shortened to {sent} bytes"
        self._log.warn(
            f"{address} {how} at most {self.bytes} bytes: {message.topic}, a packet of {size} bytes, {instead}; "
            "raise the broker's packet size limit",
            kind=(message.kind, sent is None),
        )
