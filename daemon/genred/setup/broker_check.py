"""Tests a broker step by step, each with what to do when it fails: name, port, TLS, login, publish and read back.

What is read back is our own topics, Home Assistant's, where an access list often lets nobody in, and a packet of the
size of a discovery message.
"""

from __future__ import annotations

import logging
import os
import socket
import time
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from genred.broker.address import EMBEDDED
from genred.broker.settings import BrokerSettings, read_broker_settings
from genred.broker.topics import Topics
from genred.errors import ConfigError, OutputError
from genred.outputs.homeassistant.discovery import Discovery
from genred.outputs.mqtt.diagnosis import explain_connect_error
from genred.outputs.mqtt.embedded_broker import EmbeddedBroker
from genred.outputs.mqtt.ending import Ending
from genred.outputs.mqtt.outbox import Message, Outbox
from genred.outputs.mqtt.packet_limit import PacketLimit, publish_size
from genred.outputs.mqtt.session import Session
from genred.outputs.mqtt.waker import Waker
from genred.rate_limited_log import RateLimitedLog
from genred.setup.quiet_listener import QuietListener
from genred.setup.step import CheckStep

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from genred.config.schema import Config

_quiet = logging.getLogger(f"{__name__}.quiet")
_quiet.setLevel(logging.CRITICAL)

_ANSWER_TIMEOUT_S = 5.0

_ANNOUNCING_STEPS = ("discovery", "size")

_DISCOVERY_BYTES = 6_000
"""About what the discovery message of a station has, with long names and labels."""


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
    yield from _talk(settings, _trials(config))


def check_announcing(config: Config) -> Iterator[CheckStep]:
    """Tests whether the broker takes Home Assistant's discovery; of a broker that has passed the other steps."""
    yield from (step for step in check_broker(config) if step.name in _ANNOUNCING_STEPS)


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
    return f"port {address.port} accepts connections"


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
            f"{encrypted.version()}; the certificate is trusted until {certificate.get('notAfter', 'an unknown day')}"
        )


def _talk(settings: BrokerSettings, trials: Sequence[_Trial]) -> Iterator[CheckStep]:
    explanation = ""
    for version in settings.versions:
        receiver = _Receiver()
        outbox = Outbox(1)
        waker = Waker()
        limit = PacketLimit()
        # What is refused is told as a step.
        problems = RateLimitedLog(_quiet)
        session = Session(settings, version, None, outbox, receiver, limit=limit, problems=problems)
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
            conversation = _Conversation(session, outbox, receiver, waker, limit)
            for trial in trials:
                yield conversation.read_back(trial)
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


@dataclass(frozen=True, slots=True)
class _Trial:
    """A message that is published and must come back.

    Attributes:
        name: Of the step.
        message: Not retained, so that nothing is left at the broker.
        remedy: What to do when it does not come back.
    """

    name: str
    message: Message
    remedy: str


def _trials(config: Config) -> list[_Trial]:
    topics = Topics(config.mqtt.base_topic, config.node)
    discovery = Discovery(config, topics)
    own = f"{config.mqtt.base_topic}/{config.node}"
    token = os.urandom(8).hex().encode()
    lets = "does the broker's access list let this user publish and read"
    trials = [_Trial("publish", Message(f"{own}/check", token, retain=False), f"{lets} {own}/#?")]
    if discovery.enabled:
        # Without a payload, which Home Assistant takes for the removal of a device that it has never known.
        announcement = Message(discovery.trial_topic, b"", retain=False)
        large = Message(f"{own}/check", token.ljust(_DISCOVERY_BYTES, b" "), retain=False)
        prefix = config.homeassistant.discovery_prefix
        trials += [
            _Trial(
                "discovery",
                announcement,
                f"{lets} {prefix}/device/+/config? Otherwise Home Assistant does not find the stations; or set "
                "homeassistant.enabled: false",
            ),
            _Trial(
                "size",
                large,
                "Home Assistant's discovery is shortened or not published; raise the broker's packet size limit",
            ),
        ]
    return trials


@dataclass(frozen=True, slots=True)
class _Conversation:
    session: Session
    outbox: Outbox
    receiver: _Receiver
    waker: Waker
    limit: PacketLimit

    def read_back(self, trial: _Trial) -> CheckStep:
        message, session = trial.message, self.session
        size = publish_size(message, session.version)
        if session.ending is not None:
            return CheckStep(trial.name, ok=False, text=f"{session.explanation}; {trial.remedy}")
        if not self.limit.fits(size):
            text = f"the broker accepts packets of at most {self.limit.bytes} bytes, but not of {size}; {trial.remedy}"
            return CheckStep(trial.name, ok=False, text=text)
        self.receiver.expected = message
        self.receiver.received = False
        session.subscribe([message.topic])
        _turn_until(session, self.waker, lambda: session.is_subscribed)
        self.outbox.append(message.topic, message.payload)
        session.publish_waiting()
        started_at_s = time.monotonic()
        _turn_until(session, self.waker, lambda: self.receiver.received)
        if not self.receiver.received:
            why = session.explanation or f"the message published on {message.topic}, {size} bytes, does not come back"
            return CheckStep(trial.name, ok=False, text=f"{why}; {trial.remedy}")
        took_ms = (time.monotonic() - started_at_s) * 1_000
        return CheckStep(trial.name, ok=True, text=f"{message.topic}, {size} bytes, came back after {took_ms:.0f} ms")


def _turn_until(session: Session, waker: Waker, done: Callable[[], bool]) -> None:
    deadline_s = time.monotonic() + _ANSWER_TIMEOUT_S
    while session.ending is None and not done() and time.monotonic() < deadline_s:
        session.turn(0.1, waker)
    if not session.connected and session.ending is None:
        session.give_up()


class _Receiver(QuietListener):
    """Waits for the message of a trial."""

    def __init__(self) -> None:
        self.expected: Message | None = None
        self.received = False

    def on_message(self, topic: str, payload: bytes, *, retained: bool) -> None:
        is_it = self.expected is not None and (topic, payload) == (self.expected.topic, self.expected.payload)
        self.received = self.received or (is_it and not retained)
