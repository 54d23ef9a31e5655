"""Brokers that can do less than others."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from genred.outputs.mqtt.output import MqttOutput
from genred.outputs.mqtt.pace import Pace
from tests.outputs.events import config, profile, report
from tests.outputs.mqtt.hearing import Hearing
from tests.outputs.mqtt.mosquitto import Mosquitto
from tests.outputs.mqtt.watcher import Watcher

if TYPE_CHECKING:
    from pathlib import Path

QUICK = Pace(first_wait_s=0.05, longest_wait_s=0.2, settle_s=0.5, survey_s=1.0)


@pytest.mark.parametrize(
    ("line", "said"),
    [("max_qos 0", "does not support QoS 1"), ("retain_available false", "does not support retained messages")],
)
def test_broker_that_lacks_something_gets_the_state_without_it_and_that_is_said_once(
    tmp_path: Path, line: str, said: str
) -> None:
    broker = Mosquitto(tmp_path, [line]).start()
    with Watcher(broker.port) as watcher, Hearing("genred.outputs") as hearing:
        output = MqttOutput(config(broker.port), [profile()], None, QUICK)
        output.start()
        output.handle(report())
        watcher.wait_for("genred/genred/kitchen/genre", lambda message: message.text == "jazz")
        hearing.wait_for(said)
        output.close()
        watcher.wait_for("genred/genred/status", lambda message: message.text == "offline")
    broker.stop()
    assert output.connects == 1
    assert len(hearing.heard) == 1
