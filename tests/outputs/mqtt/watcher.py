"""A subscriber that remembers all it has seen, in order, and waits for what a test expects."""

from __future__ import annotations

import json
import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Self

from paho.mqtt.client import Client
from paho.mqtt.enums import CallbackAPIVersion, MQTTProtocolVersion

from tests.patience import PATIENCE_S

if TYPE_CHECKING:
    from collections.abc import Callable


@dataclass(frozen=True)
class Seen:
    topic: str
    payload: bytes
    retain: bool
    qos: int

    @property
    def text(self) -> str:
        return self.payload.decode()

    @property
    def json(self) -> Any:
        return json.loads(self.payload)


class Watcher:
    """Subscribes to everything; `retain` tells what the broker had kept from what came live."""

    def __init__(
        self,
        port: int,
        topics: str = "#",
        *,
        protocol: MQTTProtocolVersion = MQTTProtocolVersion.MQTTv311,
        configure: Callable[[Client], None] = lambda _client: None,
    ) -> None:
        self.seen: list[Seen] = []
        self._condition = threading.Condition()
        self._subscribed = threading.Event()
        self._topics = topics
        self.client = Client(CallbackAPIVersion.VERSION2, protocol=protocol)
        configure(self.client)
        self.client.on_connect = self._on_connect
        self.client.on_subscribe = lambda *_: self._subscribed.set()
        self.client.on_message = self._on_message
        self.client.reconnect_delay_set(1, 1)
        self.client.connect("127.0.0.1", port)
        self.client.loop_start()
        assert self._subscribed.wait(PATIENCE_S)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.client.disconnect()
        self.client.loop_stop()

    def publish(self, topic: str, payload: str | bytes, *, retain: bool = False) -> None:
        self.client.publish(topic, payload, qos=1, retain=retain).wait_for_publish(PATIENCE_S)

    def wait(self, expected: Callable[[list[Seen]], bool], what: str = "it") -> list[Seen]:
        """All that has been seen, as soon as `expected` holds of it."""
        with self._condition:
            if not self._condition.wait_for(lambda: expected(self.seen), PATIENCE_S):
                raise AssertionError(f"{what} did not come; seen: {self.seen[-30:]}")
            return list(self.seen)

    def wait_for(self, topic: str, accept: Callable[[Seen], bool] = lambda _message: True) -> Seen:
        """The first message on `topic` that is accepted, seen already or still to come."""

        def find() -> Seen | None:
            return next((message for message in self.seen if message.topic == topic and accept(message)), None)

        self.wait(lambda _seen: find() is not None, topic)
        found = find()
        assert found is not None
        return found

    def wait_for_removal(self, *topics: str) -> None:
        """Waits until each of these retained topics has been removed."""
        for topic in topics:
            self.wait_for(topic, lambda message: message.payload == b"")

    def last(self) -> dict[str, Seen]:
        """The newest message of each topic."""
        with self._condition:
            return {message.topic: message for message in self.seen}

    def forget(self) -> None:
        with self._condition:
            self.seen.clear()

    def _on_connect(self, client: Client, *_: object) -> None:
        client.subscribe(self._topics, qos=1)

    def _on_message(self, _client: Client, _userdata: object, message: Any) -> None:
        with self._condition:
            self.seen.append(Seen(message.topic, message.payload, message.retain, message.qos))
            self._condition.notify_all()


def retained_at(port: int, topics: str = "#") -> dict[str, Seen]:
    """What the broker keeps, read by a client that comes fresh."""
    with Watcher(port, topics) as watcher:
        # Retained messages stand before whatever is published after the subscription.
        watcher.publish("test/end", "now")
        watcher.wait_for("test/end")
        return {topic: message for topic, message in watcher.last().items() if message.retain}
