"""Whether the daemon of a configuration is online, by what the broker keeps of its status: as a container is asked."""

from __future__ import annotations

import logging
import os
import time
from dataclasses import replace
from typing import TYPE_CHECKING

from genred.broker.settings import read_broker_settings
from genred.broker.topics import ONLINE, Topics
from genred.errors import OutputError
from genred.outputs.mqtt.diagnosis import explain_connect_error
from genred.outputs.mqtt.outbox import Outbox
from genred.outputs.mqtt.session import Session
from genred.outputs.mqtt.waker import Waker
from genred.rate_limited_log import RateLimitedLog
from genred.setup.quiet_listener import QuietListener

if TYPE_CHECKING:
    from genred.broker.settings import BrokerSettings, MqttVersion
    from genred.config.schema import Config

_quiet = logging.getLogger(f"{__name__}.quiet")
_quiet.setLevel(logging.CRITICAL)

PATIENCE_S = 4.0
"""For each protocol version; supervisors of containers wait for some ten seconds."""


def check_online(config: Config) -> str:
    """Asks the broker for the status of the node.

    Returns:
        One line that says that it is online.

    Raises:
        ConfigError: Password or certificates cannot be read.
        OutputError: The broker cannot be reached, or the daemon is not online there.
    """
    settings = read_broker_settings(config)
    settings = replace(settings, client_id=f"{settings.client_id}-health-{os.getpid()}")
    topic = Topics(config.mqtt.base_topic, config.node).status
    explanation = ""
    for version in settings.versions:
        status, explanation = _read(settings, version, topic)
        if status is not None:
            break
    else:
        raise OutputError(explanation)
    if status != ONLINE:
        found = f"is {status[:32]!r}" if status else "is not there"
        raise OutputError(f"{topic} {found} at {settings.address}; it should be {ONLINE!r}")
    return f"{topic}: {ONLINE}"


def _read(settings: BrokerSettings, version: MqttVersion, topic: str) -> tuple[str | None, str]:
    """The retained message, empty where there is none; or None and why there is no connection."""
    kept = _Kept(topic)
    waker = Waker()
    session = Session(settings, version, None, Outbox(1), kept, problems=RateLimitedLog(_quiet))
    deadline_s = time.monotonic() + PATIENCE_S
    try:
        session.connect(PATIENCE_S)
        while session.ending is None and not session.connected and time.monotonic() < deadline_s:
            session.turn(0.1, waker)
        if session.connected:
            session.subscribe([topic])
        while session.ending is None and kept.payload is None and time.monotonic() < deadline_s:
            session.turn(0.1, waker)
        if not session.connected:
            return None, session.explanation or f"{settings.address} does not answer"
        session.disconnect()
        return (kept.payload or b"").decode("utf-8", "replace"), ""
    except OSError as error:
        return None, explain_connect_error(settings.address, error)
    finally:
        session.abandon()
        waker.close()


class _Kept(QuietListener):
    """Takes what the broker has kept of a topic."""

    def __init__(self, topic: str) -> None:
        self._topic = topic
        self.payload: bytes | None = None

    def on_message(self, topic: str, payload: bytes, *, retained: bool) -> None:
        del retained
        if topic == self._topic:
            self.payload = payload
