"""One connection to the broker, from CONNECT to its end, driven by a single thread."""

from __future__ import annotations

import logging
import select
import time
from contextlib import suppress
from dataclasses import dataclass
from enum import Enum, IntEnum, auto
from typing import TYPE_CHECKING, Any

from paho.mqtt.client import Client, MQTTMessage
from paho.mqtt.enums import CallbackAPIVersion, MQTTErrorCode, MQTTProtocolVersion

from genred.outputs.mqtt.broker_settings import Link, Protocol
from genred.rate_limited_log import SparingWarnings

if TYPE_CHECKING:
    from collections.abc import Sequence

    from paho.mqtt.client import ConnectFlags, DisconnectFlags
    from paho.mqtt.properties import Properties
    from paho.mqtt.reasoncodes import ReasonCode

    from genred.outputs.mqtt.connection import Listener
    from genred.outputs.mqtt.outbox import Message, Outbox
    from genred.outputs.mqtt.waker import Wake

_log = logging.getLogger(__name__)

_WINDOW = 20
"""Unacknowledged messages at once: mosquitto's and paho's own limit. Whatever is more waits in the outbox, where a
newer state replaces an older one."""

_QOS = 1
_VERSIONS = {Protocol.V5: MQTTProtocolVersion.MQTTv5, Protocol.V311: MQTTProtocolVersion.MQTTv311}


class _Reason(IntEnum):
    """Reason codes of CONNACK and DISCONNECT, MQTT 5.0 section 2.4; paho translates 3.1.1's into them."""

    UNSUPPORTED_VERSION = 0x84
    CLIENT_ID_INVALID = 0x85
    BAD_CREDENTIALS = 0x86
    NOT_AUTHORIZED = 0x87
    KEEP_ALIVE_TIMEOUT = 0x8D
    TAKEN_OVER = 0x8E


class Ending(Enum):
    """How a connection ended."""

    CLOSED = auto()
    UNREACHABLE = auto()
    VERSION = auto()
    BAD_CREDENTIALS = auto()
    REFUSED = auto()
    LOST = auto()


@dataclass(frozen=True, slots=True)
class _InFlight:
    message: Message
    sent_at_s: float


class Session:
    """One attempt and the connection that comes of it.

    Args:
        link: How to reach the broker.
        protocol: The version to speak.
        will: What the broker publishes when the connection dies; None for nothing.
        outbox: What is published.
        listener: Who is told what comes in.
        acknowledge_timeout_s: How long the broker may take to acknowledge a message.

    Raises:
        ConfigError: Password or certificates cannot be read.
    """

    def __init__(
        self,
        link: Link,
        protocol: Protocol,
        will: Message | None,
        outbox: Outbox,
        listener: Listener,
        *,
        acknowledge_timeout_s: float = 30.0,
    ) -> None:
        self.protocol = protocol
        self.connected = False
        self.has_acknowledged = False
        self.ending: Ending | None = None
        self.explanation = ""
        self._link = link
        self._outbox = outbox
        self._listener = listener
        self._window = _WINDOW
        self._acknowledge_timeout_s = acknowledge_timeout_s
        self._in_flight: dict[int, _InFlight] = {}
        self._subscriptions: dict[int, Sequence[str]] = {}
        self._unforeseen = SparingWarnings(_log)
        self._refused = SparingWarnings(_log)
        self._client = self._make_client(will)

    @property
    def is_idle(self) -> bool:
        """Whether the broker has acknowledged everything."""
        return not self._in_flight and not self._client.want_write()

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
        self._client.connect_timeout = timeout_s
        keepalive_s = self._link.keepalive_s
        address = self._link.address
        if self.protocol is Protocol.V5:
            self._client.connect(address.host, address.port, keepalive_s, clean_start=True)
        else:
            self._client.connect(address.host, address.port, keepalive_s)

    def turn(self, timeout_s: float, wake: Wake) -> None:
        """Sends and receives what can be, and waits for it for up to `timeout_s` or until `wake` is set."""
        sock = self._client.socket()
        if sock is None:
            self._end(Ending.LOST, f"the connection to {self._link.address} broke off")
            return
        pending = getattr(sock, "pending", None)
        socket_fd = sock.fileno()
        poller = select.poll()
        poller.register(socket_fd, select.POLLIN | (select.POLLOUT if self._client.want_write() else 0))
        poller.register(wake.fileno(), select.POLLIN)
        # Bytes that TLS has decrypted already are in no poll.
        has_pending = pending is not None and pending() > 0
        ready = dict(poller.poll(0 if has_pending else int(timeout_s * 1_000)))
        if wake.fileno() in ready:
            wake.clear()
        try:
            if has_pending or ready.get(socket_fd, 0) & (select.POLLIN | select.POLLHUP | select.POLLERR):
                self._client.loop_read()
            if ready.get(socket_fd, 0) & select.POLLOUT:
                self._client.loop_write()
            self._client.loop_misc()
        except Exception as error:  # noqa: BLE001 - paho raises whatever its decoder stumbles over in a broker's bytes
            # A 3.1.1 broker's refusal of version 5 is such bytes, too.
            ending = Ending.LOST if self.connected else Ending.VERSION
            self._end(ending, f"{self._link.address} sent what is no MQTT ({type(error).__name__}: {error})")

    def publish_waiting(self) -> None:
        """Hands on what waits in the outbox, as far as the window allows.

        A broker that answers, but no longer acknowledges, would stop it for ever: then the connection is given up.
        """
        oldest = next(iter(self._in_flight.values()), None)
        if oldest is not None and time.monotonic() - oldest.sent_at_s > self._acknowledge_timeout_s:
            self._end(Ending.LOST, f"{self._link.address} does not acknowledge what is published")
        while self.ending is None and len(self._in_flight) < self._window:
            message = self._outbox.take()
            if message is None:
                return
            info = self._client.publish(message.topic, message.payload, qos=_QOS, retain=message.retain)
            if info.rc is not MQTTErrorCode.MQTT_ERR_SUCCESS:
                self._outbox.give_back([message])
                return
            self._in_flight[info.mid] = _InFlight(message, time.monotonic())

    def subscribe(self, topics: Sequence[str]) -> None:
        """Subscribes, with QoS 1."""
        if topics:
            _, mid = self._client.subscribe([(topic, _QOS) for topic in topics])
            if mid is not None:
                self._subscriptions[mid] = topics

    def unsubscribe(self, topics: Sequence[str]) -> None:
        """Ends subscriptions."""
        if topics:
            self._client.unsubscribe(list(topics))

    def disconnect(self) -> None:
        """Says goodbye, so that the broker does not publish the will."""
        self._client.disconnect()

    def give_up(self) -> None:
        """Ends an attempt that is not answered in time."""
        # Some brokers of version 3.1.1 meet version 5 with silence; amqtt 0.12 is one.
        self._end(Ending.VERSION, f"{self._link.address} takes the connection but does not answer as an MQTT broker")

    def abandon(self) -> None:
        """Lets go of the socket and gives back what the broker has not acknowledged."""
        sock = self._client.socket()
        if sock is not None:
            with suppress(OSError):
                sock.close()
        self._outbox.give_back([each.message for each in self._in_flight.values()])
        self._in_flight.clear()

    def _make_client(self, will: Message | None) -> Client:
        link = self._link
        client = Client(
            CallbackAPIVersion.VERSION2,
            client_id=link.client_id,
            # A session kept by the broker would deliver commands that were given long ago.
            clean_session=True if self.protocol is Protocol.V311 else None,
            protocol=_VERSIONS[self.protocol],
            transport="websockets" if link.address.websockets else "tcp",
            reconnect_on_failure=False,
        )
        client.max_inflight_messages_set(_WINDOW)
        client.max_queued_messages_set(2 * _WINDOW)
        if will is not None:
            client.will_set(will.topic, will.payload, qos=_QOS, retain=will.retain)
        if link.username is not None:
            client.username_pw_set(link.username, link.read_password())
        if link.address.tls:
            client.tls_set_context(link.tls_context())
        if link.address.websockets:
            client.ws_set_options(path=link.address.path)
        client.on_connect = self._on_connect
        client.on_disconnect = self._on_disconnect
        client.on_publish = self._on_publish
        client.on_subscribe = self._on_subscribe
        client.on_message = self._on_message
        # Without this callback paho writes to the socket inside publish(); with it, only in loop_write().
        client.on_socket_register_write = lambda *_: None
        return client

    def _end(self, ending: Ending, explanation: str) -> None:
        if self.ending is None:
            self.ending = ending
            self.explanation = explanation

    def _on_connect(
        self, _client: Client, _userdata: Any, _flags: ConnectFlags, reason: ReasonCode, properties: Properties | None
    ) -> None:
        if not reason.is_failure:
            self.connected = True
            self._window = min(_WINDOW, getattr(properties, "ReceiveMaximum", _WINDOW))
            return
        address = self._link.address
        match reason.value:
            case _Reason.UNSUPPORTED_VERSION:
                self._end(Ending.VERSION, f"{address} does not take MQTT {self.protocol.value}; see mqtt.version")
            case _Reason.BAD_CREDENTIALS | _Reason.NOT_AUTHORIZED:
                user = "an anonymous client" if self._link.username is None else f"user {self._link.username!r}"
                self._end(
                    Ending.BAD_CREDENTIALS,
                    f"{address} does not accept {user} ({reason}); check mqtt.username and the password",
                )
            case _Reason.CLIENT_ID_INVALID:
                self._end(Ending.REFUSED, f"{address} does not accept the client id {self._link.client_id!r}")
            case _:
                self._end(Ending.REFUSED, f"{address} refuses the connection ({reason})")

    def _on_disconnect(
        self, _client: Client, _userdata: Any, flags: DisconnectFlags, reason: ReasonCode, _properties: Any
    ) -> None:
        address = self._link.address
        if not self.connected:
            # Brokers that know only 3.1.1 may just hang up on version 5.
            hint = "" if address.tls else "; is this its port, and must it be mqtts://?"
            self._end(Ending.VERSION, f"{address} hung up before it answered as an MQTT broker{hint}")
        elif reason.value == _Reason.TAKEN_OVER:
            self._end(
                Ending.LOST,
                f"another client with the id {self._link.client_id!r} has connected to {address}; "
                "give each machine its own node (or mqtt.client_id)",
            )
        elif reason.value == 0:
            self._end(Ending.CLOSED, "")
        elif flags.is_disconnect_packet_from_server:
            self._end(Ending.LOST, f"{address} has ended the connection ({reason})")
        else:
            # Of a connection that just breaks off, paho says "Unspecified error", which is no news.
            why = " (it no longer answers)" if reason.value == _Reason.KEEP_ALIVE_TIMEOUT else ""
            self._end(Ending.LOST, f"the connection to {address} broke off{why}")

    def _on_publish(self, _client: Client, _userdata: Any, mid: int, reason: ReasonCode, _properties: Any) -> None:
        in_flight = self._in_flight.pop(mid, None)
        if in_flight is None:
            return
        self.has_acknowledged = True
        message = in_flight.message
        self._outbox.settle(message)
        if reason.is_failure:
            self._refused.warn(f"{self._link.address} does not take a message on {message.topic} ({reason})")

    def _on_subscribe(
        self, _client: Client, _userdata: Any, mid: int, reasons: list[ReasonCode], _properties: Any
    ) -> None:
        for topic, reason in zip(self._subscriptions.pop(mid, ()), reasons, strict=False):
            if reason.is_failure:
                _log.warning("%s does not let us read %s (%s)", self._link.address, topic, reason)

    def _on_message(self, _client: Client, _userdata: Any, message: MQTTMessage) -> None:
        try:
            self._listener.on_message(message.topic, bytes(message.payload), retained=message.retain)
        except Exception as error:  # noqa: BLE001 - a message that no one foresaw must not cost the connection
            # A retained one would come again at every connect.
            self._unforeseen.warn(f"a message over MQTT is passed over ({type(error).__name__})", with_traceback=True)
