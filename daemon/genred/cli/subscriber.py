"""A subscriber of its own, to show what really arrives through a broker."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import paho.mqtt.client as paho
from paho.mqtt.enums import CallbackAPIVersion

from genred.errors import OutputError

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import TracebackType
    from typing import Self


class Subscriber:
    """Subscribes to topics of a broker on loopback; a context manager.

    Args:
        port: Of the broker.
        topic: With wildcards.
        show: Takes topic and payload, in the subscriber's own thread.
    """

    def __init__(self, port: int, topic: str, show: Callable[[str, str], None]) -> None:
        self._port = port
        self._topic = topic
        self._show = show
        self.received = 0
        """Messages so far."""
        self._client = paho.Client(CallbackAPIVersion.VERSION2, client_id="genred-demo-subscriber")
        self._client.on_connect = self._on_connect
        self._client.on_message = self._on_message

    def __enter__(self) -> Self:
        try:
            self._client.connect("127.0.0.1", self._port)
        except OSError as error:
            raise OutputError(f"the subscriber cannot reach the broker on 127.0.0.1:{self._port}: {error}") from error
        self._client.loop_start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._client.disconnect()
        self._client.loop_stop()

    def _on_connect(self, client: paho.Client, *_: Any) -> None:
        client.subscribe(self._topic, qos=1)

    def _on_message(self, _client: paho.Client, _userdata: Any, message: paho.MQTTMessage) -> None:
        self.received += 1
        self._show(message.topic, message.payload.decode("utf-8", "replace"))
