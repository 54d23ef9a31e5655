"""How soon a running daemon answers a command over MQTT."""

from __future__ import annotations

import threading
import time

import paho.mqtt.client as mqtt
from paho.mqtt.enums import CallbackAPIVersion

_TIMEOUT_S = 30.0
_COMMAND = '{"enabled": true, "id": "bench"}'
"""Changes nothing: the station runs already."""


def answer_time_s(port: int, station: str) -> float | None:
    """Sends a command and waits for its answer.

    Args:
        port: Of the broker, on loopback.
        station: Id of a station that is switched on.

    Returns:
        Seconds, or None where none came in time.
    """
    subscribed, answered = threading.Event(), threading.Event()
    client = mqtt.Client(CallbackAPIVersion.VERSION2)
    client.on_connect = lambda connected, *_: connected.subscribe(f"genred/genred/{station}/response")
    client.on_subscribe = lambda *_: subscribed.set()
    client.on_message = lambda *_: answered.set()
    client.connect("127.0.0.1", port)
    client.loop_start()
    try:
        if not subscribed.wait(_TIMEOUT_S):
            return None
        begin = time.monotonic()
        client.publish(f"genred/genred/{station}/set", _COMMAND)
        return time.monotonic() - begin if answered.wait(_TIMEOUT_S) else None
    finally:
        client.disconnect()
        client.loop_stop()
