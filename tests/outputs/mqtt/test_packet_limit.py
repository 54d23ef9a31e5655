"""Brokers that take small packets only."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import msgspec
import pytest

from genred.broker.settings import MqttVersion
from genred.outputs.mqtt.outbox import Message
from genred.outputs.mqtt.output import MqttOutput
from genred.outputs.mqtt.pace import Pace
from genred.outputs.mqtt.packet_limit import BELIEVED_FOR_S, PacketLimit, publish_size
from tests.outputs.events import config, profile, report
from tests.outputs.mqtt.hearing import Hearing
from tests.outputs.mqtt.mosquitto import Mosquitto
from tests.outputs.mqtt.watcher import Watcher

if TYPE_CHECKING:
    from pathlib import Path

QUICK = Pace(first_wait_s=0.05, longest_wait_s=0.2, settle_s=0.5, survey_s=10.0)
KITCHEN = "homeassistant/device/genred_genred__kitchen/config"
STATE = "genred/genred/kitchen/state"


class Time:
    """A clock that stands still."""

    def __init__(self) -> None:
        self.now_s = 0.0

    def __call__(self) -> float:
        return self.now_s


@pytest.mark.parametrize(
    ("version", "line"),
    [
        ("5", "max_packet_size"),
        ("3.1.1", "max_packet_size"),
        ("5", "message_size_limit"),
        ("3.1.1", "message_size_limit"),
    ],
)
def test_discovery_gives_up_its_long_texts_and_everything_else_arrives(tmp_path: Path, version: str, line: str) -> None:
    broker = Mosquitto(tmp_path, [f"{line} 2048"]).start()
    settings = config(broker.port, discovery=True)
    settings = msgspec.structs.replace(settings, mqtt=msgspec.structs.replace(settings.mqtt, version=version))
    with Watcher(broker.port) as watcher, Hearing("genred.outputs.mqtt.session") as hearing:
        output = MqttOutput(settings, [profile()], None, QUICK)
        output.start()
        output.handle(report())
        device = watcher.wait_for(KITCHEN).json
        watcher.wait_for("genred/genred/kitchen/genre", lambda message: message.text == "jazz")
        watcher.wait_for(STATE, lambda message: message.json["genre"] == "jazz")
        hearing.wait_for("is shortened")
        output.close()
    broker.stop()
    assert {"genre", "level", "online"} <= set(device["cmps"])
    assert device["dev"]["ids"] == ["genred_genred__kitchen"]
    said = [each for each in hearing.heard if "accepts packets of" in each or "accept packets of" in each]
    assert len(said) == 1
    assert KITCHEN in said[0]


def test_what_no_form_fits_is_named_once_with_both_sizes_and_the_connection_stays(tmp_path: Path) -> None:
    broker = Mosquitto(tmp_path, ["max_packet_size 200"]).start()
    with Watcher(broker.port) as watcher, Hearing("genred.outputs.mqtt.session") as hearing:
        output = MqttOutput(config(broker.port, discovery=True), [profile("kitchen"), profile("attic")], None, QUICK)
        output.start()
        for number in range(5):
            output.handle(report(title=f"Song {number}"))
        watcher.wait_for("genred/genred/kitchen/genre", lambda message: message.text == "jazz")
        output.close()
        assert output.connects == 1
        watcher.wait_for("genred/genred/status", lambda message: message.text == "offline")
    broker.stop()
    named = [line for line in hearing.heard if "at most 200 bytes" in line]
    assert [line for line in named if "/config, a packet of" in line]
    assert [line for line in named if "/state, a packet of" in line]
    assert len(named) == 2


@pytest.mark.parametrize("version", list(MqttVersion))
@pytest.mark.parametrize("payload_bytes", [0, 100, 110, 122, 123, 16_300, 16_371, 16_372])
def test_size_of_a_packet_is_what_paho_makes_of_it(version: MqttVersion, payload_bytes: int) -> None:
    from paho.mqtt.client import Client
    from paho.mqtt.enums import CallbackAPIVersion, MQTTProtocolVersion

    protocol = MQTTProtocolVersion.MQTTv5 if version is MqttVersion.V5 else MQTTProtocolVersion.MQTTv311
    client = Client(CallbackAPIVersion.VERSION2, protocol=protocol)
    sent: list[bytes] = []
    client._packet_queue = lambda _command, packet, *_: sent.append(bytes(packet)) or 0  # type: ignore[method-assign,assignment,func-returns-value]
    client._sock = object()  # type: ignore[assignment]
    client._send_publish(1, b"a/topic", b"x" * payload_bytes, qos=1)
    client._sock = None
    assert publish_size(Message("a/topic", b"x" * payload_bytes, retain=False), version) == len(sent[0])


def test_size_that_breaks_a_connection_off_is_found_at_the_second_time() -> None:
    limit = PacketLimit()
    limit.connected(None)
    limit.broke_off([40, 500, 5_000])
    assert limit.fits(5_000)
    limit.connected(None)
    assert limit.travels_alone(40)
    limit.acknowledge(500)
    assert not limit.travels_alone(40)
    assert limit.travels_alone(5_000)
    limit.broke_off([5_000])
    assert not limit.fits(5_000)
    assert limit.fits(2_500)


def test_size_that_the_broker_took_before_is_blamed_only_where_it_breaks_two_connections_off_alone() -> None:
    limit = PacketLimit()
    limit.connected(None)
    limit.acknowledge(5_000)
    # A broker that is started again, and again.
    for in_flight in ([60, 300], [60], [300]):
        limit.connected(None)
        limit.broke_off(in_flight)
    assert limit.bytes is None
    limit.connected(None)
    limit.acknowledge(60)
    limit.broke_off([300])
    assert limit.bytes == 150


def test_connection_that_breaks_off_by_itself_limits_nothing() -> None:
    limit = PacketLimit()
    for _ in range(3):
        limit.connected(None)
        limit.acknowledge(5_000)
        limit.settle()
        limit.broke_off([300])
    assert limit.bytes is None


def test_size_that_the_broker_itself_blames_is_found_at_once() -> None:
    limit = PacketLimit()
    limit.connected(None)
    limit.broke_off([40, 5_000], as_too_large=True)
    assert not limit.fits(5_000)


def test_what_was_found_is_forgotten_after_an_hour_and_what_was_announced_at_the_next_connect() -> None:
    clock = Time()
    limit = PacketLimit(clock)
    limit.connected(None)
    limit.found(5_000)
    clock.now_s = BELIEVED_FOR_S / 2
    limit.connected(None)
    assert limit.bytes == 2_500
    clock.now_s = BELIEVED_FOR_S + 1
    limit.connected(None)
    assert limit.bytes is None
    limit.connected(2_048)
    limit.found(1_000)
    assert limit.bytes == 2_048
    limit.connected(None)
    assert limit.bytes is None


def test_shorter_forms_are_valid_for_home_assistant(tmp_path: Path) -> None:
    from genred.broker.topics import Topics
    from genred.outputs.homeassistant.discovery import Discovery

    settings = config(discovery=True)
    discovery = Discovery(settings, Topics("genred", "genred"))
    for topic, forms in discovery.messages([profile()]):
        sizes = [len(form) for form in forms]
        assert sizes == sorted(set(sizes), reverse=True)
        for form in forms:
            assert discovery.is_ours(topic, form)
            content = json.loads(form)
            assert content["cmps"]
            assert all(component.keys() & {"unique_id", "uniq_id"} for component in content["cmps"].values())
