"""What is read back from the broker: messages that it drops, and other daemons of the same node."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING

from genred.outputs.mqtt.dropped_messages import COMES_BACK_WITHIN_S, DroppedMessages
from genred.outputs.mqtt.other_daemons import OtherDaemons
from genred.outputs.mqtt.output import MqttOutput
from genred.outputs.mqtt.pace import Pace
from tests.outputs.events import config, profile
from tests.outputs.mqtt.hearing import Hearing
from tests.outputs.mqtt.mosquitto import Mosquitto
from tests.outputs.mqtt.watcher import Watcher, retained_at
from tests.patience import PATIENCE_S

if TYPE_CHECKING:
    from pathlib import Path

QUICK = Pace(first_wait_s=0.05, longest_wait_s=0.2, settle_s=0.5, survey_s=2.0)


class Time:
    """A clock that stands still."""

    def __init__(self) -> None:
        self.now_s = 0.0

    def __call__(self) -> float:
        return self.now_s


def state(run: str, at: str = "2026-11-22T12:00:00.250Z") -> bytes:
    return json.dumps({"run": run, "at": at, "state": "offline"}).encode()


def daemons(found: list[str]) -> OtherDaemons:
    others = OtherDaemons("attic", lambda: found.append("found"))
    others.own_runs = {"mine"}
    others.connected()
    return others


def come_back(others: OtherDaemons) -> None:
    """Our own state came back, and then the connection was lost and was made again."""
    others.on_state("genred/attic/fm/state", state("mine", "2026-11-22T13:00:00.250Z"), retained=False)
    others.connected()


def test_states_that_a_dead_daemon_has_left_are_of_nobody() -> None:
    found: list[str] = []
    others = daemons(found)
    others.on_state("genred/attic/fm/state", state("dead", "2026-11-22T12:00:00.250Z"), retained=True)
    others.on_state("genred/attic/am/state", state("dead", "2026-11-22T12:00:07.250Z"), retained=True)
    come_back(others)
    others.on_state("genred/attic/fm/state", state("dead", "2026-11-22T12:00:00.250Z"), retained=True)
    others.on_state("genred/attic/am/state", state("mine", "2026-11-22T13:00:00.250Z"), retained=True)
    assert found == []


def test_state_that_comes_live_is_of_a_living_daemon() -> None:
    found: list[str] = []
    others = daemons(found)
    for _ in range(3):
        others.on_state("genred/attic/fm/state", state("other"), retained=False)
    assert found == ["found"]


def test_state_that_is_newer_at_a_reconnect_is_of_a_living_daemon() -> None:
    found: list[str] = []
    others = daemons(found)
    others.on_state("genred/attic/fm/state", state("other", "2026-11-22T12:00:00.250Z"), retained=True)
    come_back(others)
    others.on_state("genred/attic/fm/state", state("other", "2026-11-22T12:00:30.250Z"), retained=True)
    assert found == ["found"]


def test_connection_too_short_to_read_everything_proves_nothing() -> None:
    found: list[str] = []
    others = daemons(found)
    others.connected()
    others.on_state("genred/attic/fm/state", state("dead"), retained=True)
    assert found == []


def test_nonsense_is_no_daemon() -> None:
    found: list[str] = []
    others = daemons(found)
    for payload in (b"", b"\xff", b"[" * 100_000, b'{"run": 1}', b'{"run": "x"}', b" " * 100_000 + state("other")):
        others.on_state("genred/attic/fm/state", payload, retained=False)
    assert found == []


def test_second_daemon_of_a_node_is_said_once_and_keeps_its_topics(broker: Mosquitto) -> None:
    with Watcher(broker.port) as watcher, Hearing("genred.outputs") as hearing:
        watcher.publish("genred/genred/theirs/state", state("other").decode(), retain=True)
        watcher.publish("genred/genred/theirs/genre", "jazz", retain=True)
        output = MqttOutput(config(broker.port), [profile("kitchen"), profile("attic")], None, QUICK)
        output.start()
        assert output.wait_connected(PATIENCE_S)
        for second in range(3):
            watcher.publish(
                "genred/genred/theirs/state", state("other", f"2026-11-22T12:00:0{second}.250Z").decode(), retain=True
            )
        hearing.wait_for("another daemon publishes as node 'genred', too (on genred/genred/theirs/state")
        output.update([profile("kitchen")])
        watcher.publish("genred/genred/kitchen/set", "{}")
        watcher.wait_for("genred/genred/kitchen/response")
        output.close()
    kept = retained_at(broker.port)
    assert {"genred/genred/theirs/state", "genred/genred/theirs/genre", "genred/genred/attic/genre"} <= set(kept)
    assert len([line for line in hearing.heard if "another daemon" in line]) == 1


def test_message_that_does_not_come_back_is_dropped_for_its_size_only_where_smaller_ones_come() -> None:
    clock = Time()
    dropped = DroppedMessages(clock)
    dropped.on_published("large", 5_000)
    clock.now_s = COMES_BACK_WITHIN_S
    assert dropped.too_large() is None
    dropped.on_message("small")
    dropped.on_published("small", 400)
    assert dropped.too_large() == 5_000
    assert dropped.take_topics() == ["large"]
    assert dropped.take_topics() == []


def test_message_that_may_still_be_on_its_way_is_not_missing() -> None:
    clock = Time()
    dropped = DroppedMessages(clock)
    dropped.on_published("late", 400)
    assert dropped.take_topics() == []
    clock.now_s = COMES_BACK_WITHIN_S / 2
    dropped.on_message("late")
    clock.now_s = 10 * COMES_BACK_WITHIN_S
    assert dropped.take_topics() == []


def test_access_list_that_forbids_discovery_is_said_once_in_silence_too(tmp_path: Path) -> None:
    access = tmp_path / "access"
    access.write_text("topic readwrite genred/#\n")
    broker = Mosquitto(tmp_path, [f"acl_file {access}"]).start()
    settings = config(broker.port, discovery=True)
    settings = type(settings)(
        stations=settings.stations, mqtt=type(settings.mqtt)(broker=settings.mqtt.broker, version="3.1.1")
    )
    with Hearing("genred.outputs") as hearing:
        output = MqttOutput(settings, [profile()], None, replace(QUICK, survey_s=10.0))
        output.start()
        hearing.wait_for("does an access list let this user write")
        output.close()
    broker.stop()
    assert len(hearing.heard) == 1
