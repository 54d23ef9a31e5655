"""How a connection to the broker ended, and why, in words that say what to do."""

from __future__ import annotations

from enum import Enum, IntEnum, auto
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from paho.mqtt.client import DisconnectFlags
    from paho.mqtt.reasoncodes import ReasonCode

    from genred.broker.settings import BrokerSettings, MqttVersion


class _Reason(IntEnum):
    """Reason codes of CONNACK and DISCONNECT, MQTT 5.0 section 2.4; paho translates 3.1.1's into them."""

    UNSUPPORTED_VERSION = 0x84
    CLIENT_ID_INVALID = 0x85
    BAD_CREDENTIALS = 0x86
    NOT_AUTHORIZED = 0x87
    KEEP_ALIVE_TIMEOUT = 0x8D
    TAKEN_OVER = 0x8E
    PACKET_TOO_LARGE = 0x95


class Ending(Enum):
    """How a connection ended."""

    CLOSED = auto()
    UNREACHABLE = auto()
    NOT_YET_VALID = auto()
    VERSION = auto()
    BAD_CREDENTIALS = auto()
    REFUSED = auto()
    ABILITIES = auto()
    LOST = auto()


class Ended(NamedTuple):
    """The end of a connection.

    Attributes:
        ending: Its kind.
        explanation: For people; empty where it was closed as it should be.
    """

    ending: Ending
    explanation: str


def refused(settings: BrokerSettings, version: MqttVersion, reason: ReasonCode) -> Ended:
    """The end by a CONNACK that refuses."""
    address = settings.address
    match reason.value:
        case _Reason.UNSUPPORTED_VERSION:
            return Ended(Ending.VERSION, f"{address} does not support MQTT {version.value}; see mqtt.version")
        case _Reason.BAD_CREDENTIALS | _Reason.NOT_AUTHORIZED:
            user = "an anonymous client" if settings.username is None else f"user {settings.username!r}"
            return Ended(
                Ending.BAD_CREDENTIALS,
                f"{address} does not accept {user} ({reason}); check mqtt.username and the password",
            )
        case _Reason.CLIENT_ID_INVALID:
            return Ended(Ending.REFUSED, f"{address} does not accept the client id {settings.client_id!r}")
        case _:
            return Ended(Ending.REFUSED, f"{address} refuses the connection ({reason})")


def disconnected(settings: BrokerSettings, flags: DisconnectFlags, reason: ReasonCode, *, connected: bool) -> Ended:
    """The end by a DISCONNECT, or by a connection that broke off.

    Args:
        settings: Of the connection.
        flags: As paho gives them.
        reason: As paho gives it.
        connected: Whether the broker had accepted the client before.
    """
    address = settings.address
    if not connected:
        # Brokers that know only 3.1.1 may just hang up on version 5.
        hint = "" if address.tls else "; is this its port, and should it be mqtts://?"
        return Ended(Ending.VERSION, f"{address} closed the connection before it answered as an MQTT broker{hint}")
    if reason.value == _Reason.TAKEN_OVER:
        return Ended(
            Ending.LOST,
            f"another client with the id {settings.client_id!r} has connected to {address}; "
            "give each machine its own node (or mqtt.client_id)",
        )
    if reason.value == 0:
        return Ended(Ending.CLOSED, "")
    if flags.is_disconnect_packet_from_server:
        return Ended(Ending.LOST, f"{address} closed the connection ({reason})")
    # Of a connection that just breaks off, paho says "Unspecified error", which explains nothing.
    why = " (it no longer answers)" if reason.value == _Reason.KEEP_ALIVE_TIMEOUT else ""
    return Ended(Ending.LOST, f"the connection to {address} was lost{why}")


def says_too_large(reason: ReasonCode) -> bool:
    """Whether a DISCONNECT says that a packet was larger than the broker takes."""
    return bool(reason.value == _Reason.PACKET_TOO_LARGE)
