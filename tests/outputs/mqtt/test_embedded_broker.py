"""The broker inside, and what it teaches about brokers that know only MQTT 3.1.1."""

from __future__ import annotations

import logging
import socket
from typing import TYPE_CHECKING

import pytest

from genred.config.schema import MqttConfig
from genred.errors import OutputError
from genred.outputs.mqtt.embedded_broker import EmbeddedBroker, SteadyDict
from genred.outputs.mqtt.output import MqttOutput
from genred.outputs.mqtt.pace import Pace
from tests.outputs.events import config, profile, report
from tests.outputs.mqtt.hearing import Hearing
from tests.outputs.mqtt.mosquitto import free_port
from tests.outputs.mqtt.watcher import Watcher, retained_at
from tests.patience import PATIENCE_S

if TYPE_CHECKING:
    from collections.abc import Iterator

QUICK = Pace(first_wait_s=0.05, longest_wait_s=0.2, connect_timeout_s=1.0)


@pytest.fixture
def embedded() -> Iterator[EmbeddedBroker]:
    broker = EmbeddedBroker()
    broker.start()
    yield broker
    broker.stop()


def test_messages_pass_through_and_retained_ones_stay(embedded: EmbeddedBroker) -> None:
    with Watcher(embedded.port) as watcher:
        watcher.publish("a/b", "kept", retain=True)
        watcher.publish("a/c", "passing")
        watcher.wait_for("a/c")
    assert {topic: message.text for topic, message in retained_at(embedded.port).items()} == {"a/b": "kept"}


def test_it_can_be_reached_from_this_machine_only(embedded: EmbeddedBroker) -> None:
    with pytest.raises(OSError, match="refused"):
        # 127.0.0.2 is this machine as well, but not the address that is listened on.
        socket.create_connection(("127.0.0.2", embedded.port), timeout=PATIENCE_S)


def test_taken_port_is_said_with_what_to_do() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        broker = EmbeddedBroker(taken.getsockname()[1])
        with pytest.raises(OutputError, match=r"mqtt\.embedded_port: .* cannot be used"):
            broker.start()


def test_port_is_free_again_after_stop() -> None:
    port = free_port()
    for _ in range(2):
        broker = EmbeddedBroker(port)
        assert broker.start() == port
        with Watcher(port):
            pass
        broker.stop()
    socket.create_server(("127.0.0.1", port)).close()


def test_it_says_nothing_of_every_packet(embedded: EmbeddedBroker, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    with Watcher(embedded.port) as watcher:
        watcher.publish("a", "b")
        watcher.wait_for("a")
    assert not [record for record in caplog.records if record.name.startswith(("amqtt", "transitions"))]


def test_output_brings_its_broker_along() -> None:
    settings = config()
    inside = type(settings)(stations=settings.stations, mqtt=MqttConfig(broker="embedded", embedded_port=0))
    output = MqttOutput(inside, [profile()], None)
    output.start()
    try:
        with Watcher(output.address.port) as watcher:
            output.handle(report())
            watcher.wait_for("genred/genred/kitchen/genre", lambda message: message.text == "jazz")
            watcher.wait_for("genred/genred/status", lambda message: message.text == "online")
    finally:
        output.close()


def test_broker_that_knows_only_3_1_1_is_spoken_to_in_3_1_1(
    embedded: EmbeddedBroker, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "genred")
    output = MqttOutput(config(embedded.port), [profile()], None, QUICK)
    output.start()
    try:
        assert output.wait_connected(PATIENCE_S)
        output.handle(report())
        with Watcher(embedded.port) as watcher:
            watcher.wait_for("genred/genred/kitchen/genre", lambda message: message.text == "jazz")
    finally:
        output.close()
    assert "MQTT 3.1.1" in caplog.text
    assert not [record for record in caplog.records if record.levelno >= logging.WARNING]


def test_version_that_the_broker_does_not_take_is_one_clear_warning(embedded: EmbeddedBroker) -> None:
    settings = config(embedded.port)
    only_5 = MqttConfig(broker=settings.mqtt.broker, version="5")
    with Hearing("genred.outputs") as hearing:
        output = MqttOutput(type(settings)(stations=settings.stations, mqtt=only_5), [profile()], None, QUICK)
        output.start()
        hearing.wait_for("does not answer as an MQTT broker")
        assert not output.wait_connected(1.5)
        output.close()
    assert len(hearing.heard) == 1


def test_who_subscribes_while_another_is_served_harms_nobody() -> None:
    subscriptions = SteadyDict({"a": 1, "b": 2})
    for seen, topic in enumerate(subscriptions):
        subscriptions[f"{topic}/{seen}"] = seen
    for topic, seen in subscriptions.items():
        assert subscriptions.pop(topic) == seen
    assert not subscriptions
