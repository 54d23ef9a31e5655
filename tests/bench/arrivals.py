"""Notes when each state of a station arrives over MQTT; run as a process by `tests.bench.rig`."""

from __future__ import annotations

import json
import os
import signal
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

import paho.mqtt.client as mqtt
from paho.mqtt.enums import CallbackAPIVersion

if TYPE_CHECKING:
    from types import FrameType


_STANDING = ("connection", "enabled", "clipping", "overloaded")
"""What a state is published again for, without a new window."""


def main() -> None:
    """Arguments: port of the broker, file for the notes.

    A line of them: station, monotonic seconds, windows, dropped windows, and how the station stands.
    """
    port, notes = sys.argv[1:]
    out = Path(notes).open("w", buffering=1 << 16)  # noqa: SIM115 - open until the process ends

    def on_connect(client: mqtt.Client, *_: object) -> None:
        client.subscribe("genred/genred/+/state")

    def on_message(_client: mqtt.Client, _userdata: object, message: mqtt.MQTTMessage) -> None:
        now = time.monotonic()
        if message.retain:
            return
        state = json.loads(message.payload)
        standing = "-".join(str(state[name]) for name in _STANDING if name in state)
        out.write(f"{state['station']} {now:.5f} {state['windows']} {state['dropped_windows']} {standing}\n")

    def end(_signal: int, _frame: FrameType | None) -> None:
        out.flush()
        os._exit(0)

    signal.signal(signal.SIGTERM, end)
    client = mqtt.Client(CallbackAPIVersion.VERSION2)
    client.on_connect = on_connect
    client.on_message = on_message
    client.connect("127.0.0.1", int(port))
    client.loop_forever()


if __name__ == "__main__":
    main()
