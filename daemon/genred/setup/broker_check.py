"""Tests a broker step by step, each with what to do when it fails: name, port, TLS, login, publish and read back."""

from __future__ import annotations

import os
import socket
import time
from dataclasses import replace
from typing import TYPE_CHECKING

from genred.errors import ConfigError, OutputError
from genred.outputs.mqtt.address import EMBEDDED
from genred.outputs.mqtt.broker_settings import Link, read_link
from genred.outputs.mqtt.diagnosis import explain_connect_error
from genred.outputs.mqtt.embedded_broker import EmbeddedBroker
from genred.outputs.mqtt.outbox import Outbox
from genred.outputs.mqtt.session import Ending, Session
from genred.outputs.mqtt.waker import Wake
from genred.setup.step import Step

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from genred.config.schema import Config

_ANSWER_TIMEOUT_S = 5.0


def check_broker(config: Config) -> Iterator[Step]:
    """Tests the broker of a configuration; ends with the first step that fails."""
    try:
        link = read_link(config)
    except ConfigError as error:
        yield Step("configuration", ok=False, text=str(error))
        return
    if config.mqtt.broker == EMBEDDED:
        yield _check_embedded(config)
        return
    # Not the daemon's own id: the broker would throw the running daemon out.
    link = replace(link, client_id=f"{link.client_id}-check-{os.getpid()}")
    for step in (_resolve, _open, *([_encrypt] if link.address.tls else [])):
        try:
            yield Step(step.__name__.strip("_"), ok=True, text=step(link))
        except (OSError, ValueError) as error:
            text = explain_connect_error(link.address, error) if isinstance(error, OSError) else str(error)
            yield Step(step.__name__.strip("_"), ok=False, text=text)
            return
    yield from _talk(link, f"{config.mqtt.base_topic}/{config.node}/check")


def _check_embedded(config: Config) -> Step:
    broker = EmbeddedBroker(config.mqtt.embedded_port)
    try:
        port = broker.start()
    except OutputError as error:
        return Step("embedded broker", ok=False, text=str(error))
    broker.stop()
    return Step("embedded broker", ok=True, text=f"starts, on 127.0.0.1:{port}")


def _resolve(link: Link) -> str:
    host = link.address.host
    found = socket.getaddrinfo(host, link.address.port, type=socket.SOCK_STREAM)
    addresses = list(dict.fromkeys(str(entry[4][0]) for entry in found))
    return f"{host} is {', '.join(addresses)}"


def _open(link: Link) -> str:
    address = link.address
    socket.create_connection((address.host, address.port), timeout=_ANSWER_TIMEOUT_S).close()
    return f"port {address.port} takes connections"


def _encrypt(link: Link) -> str:
    address = link.address
    with (
        socket.create_connection((address.host, address.port), timeout=_ANSWER_TIMEOUT_S) as plain,
        link.tls_context().wrap_socket(plain, server_hostname=address.host) as encrypted,
    ):
        if link.mqtt.tls.insecure:
            return f"{encrypted.version()}; the certificate is not checked (mqtt.tls.insecure)"
        certificate = encrypted.getpeercert() or {}
        return (
            f"{encrypted.version()}; the certificate is trusted, until {certificate.get('notAfter', 'an unknown day')}"
        )


def _talk(link: Link, topic: str) -> Iterator[Step]:
    explanation = ""
    for protocol in link.protocols:
        ear = _Ear(topic)
        outbox = Outbox(1)
        wake = Wake()
        session = Session(link, protocol, None, outbox, ear)
        try:
            session.connect(_ANSWER_TIMEOUT_S)
            _turn_until(session, wake, lambda: session.connected)  # noqa: B023 - called within this round
            if not session.connected:
                explanation = session.explanation
                if session.ending is Ending.VERSION:
                    continue
                break
            who = "without a user" if link.username is None else f"as {link.username}"
            yield Step("login", ok=True, text=f"with MQTT {protocol.value}, {who}")
            yield _read_back(session, outbox, ear, wake)
            session.disconnect()
            _turn_until(session, wake, lambda: False)
        except OSError as error:
            explanation = explain_connect_error(link.address, error)
            break
        else:
            return
        finally:
            session.abandon()
            wake.close()
    yield Step("login", ok=False, text=explanation)


def _read_back(session: Session, outbox: Outbox, ear: _Ear, wake: Wake) -> Step:
    session.subscribe([ear.topic])
    _turn_until(session, wake, lambda: session.is_subscribed)
    outbox.append(ear.topic, ear.word)
    session.publish_waiting()
    started_at_s = time.monotonic()
    _turn_until(session, wake, lambda: ear.heard)
    if not ear.heard:
        return Step(
            "publish",
            ok=False,
            text=f"what was published on {ear.topic} does not come back; does the broker's access list let this user "
            f"publish and read {ear.topic.rpartition('/')[0]}/#?",
        )
    took_ms = (time.monotonic() - started_at_s) * 1_000
    return Step("publish", ok=True, text=f"{ear.topic} came back after {took_ms:.0f} ms")


def _turn_until(session: Session, wake: Wake, done: Callable[[], bool]) -> None:
    deadline_s = time.monotonic() + _ANSWER_TIMEOUT_S
    while session.ending is None and not done() and time.monotonic() < deadline_s:
        session.turn(0.1, wake)
    if not session.connected and session.ending is None:
        session.give_up()


class _Ear:
    """Hears its own word."""

    def __init__(self, topic: str) -> None:
        self.topic = topic
        self.word = os.urandom(8).hex().encode()
        self.heard = False

    def on_connected(self) -> Sequence[str]:
        return ()

    def on_tick(self) -> Sequence[str]:
        return ()

    def on_message(self, topic: str, payload: bytes, *, retained: bool) -> None:
        self.heard = self.heard or (topic == self.topic and payload == self.word and not retained)
