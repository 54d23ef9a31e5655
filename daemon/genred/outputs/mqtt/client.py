"""A paho client as a session needs it: one attempt, driven from outside, without a thread or a memory of its own."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

from paho.mqtt.client import Client
from paho.mqtt.enums import CallbackAPIVersion, MQTTProtocolVersion

from genred.broker.settings import MqttVersion

if TYPE_CHECKING:
    from genred.broker.settings import BrokerSettings
    from genred.outputs.mqtt.abilities import Abilities
    from genred.outputs.mqtt.outbox import Message

MAX_IN_FLIGHT = 20
"""Unacknowledged messages at once: mosquitto's and paho's own limit. Whatever is more waits in the outbox, where a
newer state replaces an older one."""

_VERSIONS = {MqttVersion.V5: MQTTProtocolVersion.MQTTv5, MqttVersion.V311: MQTTProtocolVersion.MQTTv311}


def make_client(settings: BrokerSettings, version: MqttVersion, will: Message | None, abilities: Abilities) -> Client:
    """Makes a client that is not yet connected.

    Args:
        settings: How to reach the broker and as whom.
        version: To be spoken.
        will: What the broker publishes when the connection dies; None for nothing.
        abilities: Of the broker, as far as they are known.

    Raises:
        ConfigError: Password or certificates cannot be read.
    """
    client = Client(
        CallbackAPIVersion.VERSION2,
        client_id=settings.client_id,
        # A session kept by the broker would deliver commands that were given long ago.
        clean_session=True if version is MqttVersion.V311 else None,
        protocol=_VERSIONS[version],
        transport="websockets" if settings.address.websockets else "tcp",
        reconnect_on_failure=False,
    )
    client.max_inflight_messages_set(MAX_IN_FLIGHT)
    client.max_queued_messages_set(2 * MAX_IN_FLIGHT)
    if will is not None:
        client.will_set(will.topic, will.payload, qos=abilities.qos, retain=will.retain and abilities.retains)
    settings.secure(client)
    # Without this callback paho writes to the socket inside publish(); with it, only in loop_write().
    client.on_socket_register_write = lambda *_: None
    return client


def connect(client: Client, settings: BrokerSettings, version: MqttVersion, timeout_s: float) -> None:
    """Connects and sends CONNECT; blocks up to three times `timeout_s` (TCP, TLS, websocket).

    Raises:
        OSError: There is no way.
        ValueError: The host name is none.
    """
    client.connect_timeout = timeout_s
    address = settings.address
    if version is MqttVersion.V5:
        client.connect(address.host, address.port, settings.keepalive_s, clean_start=True)
    else:
        client.connect(address.host, address.port, settings.keepalive_s)


def release(client: Client) -> None:
    """Lets go of the socket and of those who are called: they refer to the client as it does to them."""
    sock = client.socket()
    if sock is not None:
        with suppress(OSError):
            sock.close()
    # Otherwise all of them would wait for the garbage collector.
    client.on_connect = client.on_disconnect = client.on_publish = client.on_subscribe = client.on_message = None
