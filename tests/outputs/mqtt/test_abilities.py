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
from tests.patience import PATIENCE_S

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


@pytest.mark.parametrize("line", ["max_qos 0", "retain_available false"])
def test_broker_that_can_do_more_after_a_restart_gets_all_of_it(tmp_path: Path, line: str) -> None:
    broker = Mosquitto(tmp_path, [line]).start()
    output = MqttOutput(config(broker.port), [profile()], None, QUICK)
    output.start()
    assert output.wait_connected(PATIENCE_S)
    output.handle(report())
    broker.stop()
    broker.configure([])
    broker.start()
    with Watcher(broker.port) as watcher:
        watcher.wait_for("genred/genred/kitchen/genre", lambda message: message.text == "jazz")
    with Watcher(broker.port) as watcher:
        kept = watcher.wait_for("genred/genred/kitchen/genre")
    assert (kept.retain, kept.qos) == (True, 1)
    output.close()
    broker.stop()


@pytest.mark.parametrize("line", ["max_qos 0", "retain_available false"])
def test_broker_that_still_lacks_something_after_a_restart_gets_the_state_all_the_same(
    tmp_path: Path, line: str
) -> None:
    broker = Mosquitto(tmp_path, [line]).start()
    output = MqttOutput(config(broker.port), [profile()], None, QUICK)
    output.start()
    assert output.wait_connected(PATIENCE_S)
    broker.stop()
    broker.start()
    with Watcher(broker.port) as watcher:
        output.handle(report())
        watcher.wait_for("genred/genred/kitchen/genre", lambda message: message.text == "jazz")
    output.close()
    broker.stop()
