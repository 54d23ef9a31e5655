"""Tests a broker step by step, each with what to do when it fails: name, port, TLS, login, publish and read back."""

from __future__ import annotations

import os
import socket
import time
from dataclasses import replace
from typing import TYPE_CHECKING

from genred.errors import ConfigError, OutputError
from genred.outputs.mqtt.address import EMBEDDED
from genred.outputs.mqtt.broker_settings import BrokerSettings, read_broker_settings
from genred.outputs.mqtt.diagnosis import explain_connect_error
from genred.outputs.mqtt.embedded_broker import EmbeddedBroker
from genred.outputs.mqtt.ending import Ending
from genred.outputs.mqtt.outbox import Outbox
from genred.outputs.mqtt.session import Session
from genred.outputs.mqtt.waker import Waker
from genred.setup.step import CheckStep

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from genred.config.schema import Config
    from genred.outputs.mqtt.outbox import Message

_ANSWER_TIMEOUT_S = 5.0


def check_broker(config: Config) -> Iterator[CheckStep]:
    """Tests the broker of a configuration; ends with the first step that fails."""
    try:
        settings = read_broker_settings(config)
    except ConfigError as error:
        yield CheckStep("configuration", ok=False, text=str(error))
        return
    if config.mqtt.broker == EMBEDDED:
        yield _check_embedded(config)
        return
    # Not the daemon's own id: the broker would throw the running daemon out.
    settings = replace(settings, client_id=f"{settings.client_id}-check-{os.getpid()}")
    for step in (_resolve, _open, *([_encrypt] if settings.address.tls else [])):
        try:
            yield CheckStep(step.__name__.strip("_"), ok=True, text=step(settings))
        except (OSError, ValueError) as error:
            text = explain_connect_error(settings.address, error) if isinstance(error, OSError) else str(error)
            yield CheckStep(step.__name__.strip("_"), ok=False, text=text)
            return
    yield from _talk(settings, f"{config.mqtt.base_topic}/{config.node}/check")


def _check_embedded(config: Config) -> CheckStep:
    broker = EmbeddedBroker(config.mqtt.embedded_port)
    try:
        port = broker.start()
    except OutputError as error:
        return CheckStep("embedded broker", ok=False, text=str(error))
    broker.stop()
    return CheckStep("embedded broker", ok=True, text=f"starts, on 127.0.0.1:{port}")


def _resolve(settings: BrokerSettings) -> str:
    host = settings.address.host
    found = socket.getaddrinfo(host, settings.address.port, type=socket.SOCK_STREAM)
    addresses = list(dict.fromkeys(str(entry[4][0]) for entry in found))
    return f"{host} is {', '.join(addresses)}"


def _open(settings: BrokerSettings) -> str:
    address = settings.address
    socket.create_connection((address.host, address.port), timeout=_ANSWER_TIMEOUT_S).close()
    return f"port {address.port} takes connections"


def _encrypt(settings: BrokerSettings) -> str:
    address = settings.address
    with (
        socket.create_connection((address.host, address.port), timeout=_ANSWER_TIMEOUT_S) as plain,
        settings.tls_context().wrap_socket(plain, server_hostname=address.host) as encrypted,
    ):
        if settings.mqtt.tls.insecure:
            return f"{encrypted.version()}; the certificate is not checked (mqtt.tls.insecure)"
        certificate = encrypted.getpeercert() or {}
        return (
            f"{encrypted.version()}; the certificate is trusted, until {certificate.get('notAfter', 'an unknown day')}"
        )


def _talk(settings: BrokerSettings, topic: str) -> Iterator[CheckStep]:
    explanation = ""
    for version in settings.versions:
        receiver = _Receiver(topic)
        outbox = Outbox(1)
        waker = Waker()
        session = Session(settings, version, None, outbox, receiver)
        try:
            session.connect(_ANSWER_TIMEOUT_S)
            _turn_until(session, waker, lambda: session.connected)  # noqa: B023 - called within this round
            if not session.connected:
                explanation = session.explanation
                if session.ending is Ending.VERSION:
                    continue
                break
            who = "without a user" if settings.username is None else f"as {settings.username}"
            yield CheckStep("login", ok=True, text=f"with MQTT {version.value}, {who}")
            yield _read_back(session, outbox, receiver, waker)
            session.disconnect()
            _turn_until(session, waker, lambda: False)
        except OSError as error:
            explanation = explain_connect_error(settings.address, error)
            break
        else:
            return
        finally:
            session.abandon()
            waker.close()
    yield CheckStep("login", ok=False, text=explanation)


def _read_back(session: Session, outbox: Outbox, receiver: _Receiver, waker: Waker) -> CheckStep:
    session.subscribe([receiver.topic])
    _turn_until(session, waker, lambda: session.is_subscribed)
    outbox.append(receiver.topic, receiver.token)
    session.publish_waiting()
    started_at_s = time.monotonic()
    _turn_until(session, waker, lambda: receiver.received)
    if not receiver.received:
        return CheckStep(
            "publish",
            ok=False,
            text=f"what was published on {receiver.topic} does not come back; does the broker's access list let this "
            f"user publish and read {receiver.topic.rpartition('/')[0]}/#?",
        )
    took_ms = (time.monotonic() - started_at_s) * 1_000
    return CheckStep("publish", ok=True, text=f"{receiver.topic} came back after {took_ms:.0f} ms")


def _turn_until(session: Session, waker: Waker, done: Callable[[], bool]) -> None:
    deadline_s = time.monotonic() + _ANSWER_TIMEOUT_S
    while session.ending is None and not done() and time.monotonic() < deadline_s:
        session.turn(0.1, waker)
    if not session.connected and session.ending is None:
        session.give_up()


class _Receiver:
    """Waits for its own token."""

    def __init__(self, topic: str) -> None:
        self.topic = topic
        self.token = os.urandom(8).hex().encode()
        self.received = False

    def on_connected(self) -> Sequence[str]:
        return ()

    def on_tick(self) -> Sequence[str]:
        return ()

    def on_published(self, message: Message, size: int) -> None:
        pass

    def on_message(self, topic: str, payload: bytes, *, retained: bool) -> None:
        self.received = self.received or (topic == self.topic and payload == self.token and not retained)
