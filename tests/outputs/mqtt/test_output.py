"""What really arrives at a real broker."""

from __future__ import annotations

import logging
import socket
import subprocess
import sys
import textwrap
import threading
import time
from typing import TYPE_CHECKING, Any
from weakref import WeakSet

import pytest
from msgspec.structs import replace

from genred.analysis.estimate import State
from genred.analysis.signal_faults import SignalFault
from genred.cause import Cause
from genred.clock import SystemClock
from genred.errors import GenredError
from genred.events import ConnectionState, SourceLost, StationSwitched
from genred.outputs.mqtt import session
from genred.outputs.mqtt.change_detection import has_changed
from genred.outputs.mqtt.client import make_client
from genred.outputs.mqtt.incoming import IncomingMessages
from genred.outputs.mqtt.output import MqttOutput
from genred.outputs.mqtt.pace import Pace
from tests.collector import no_collector
from tests.outputs.events import (
    RUN,
    broken,
    changed,
    config,
    met,
    moment,
    profile,
    recording_ended,
    recording_started,
    report,
    status,
)
from tests.outputs.mqtt.gate import Gate
from tests.outputs.mqtt.hearing import Hearing
from tests.outputs.mqtt.watcher import Watcher, retained_at
from tests.patience import PATIENCE_S, wait_until

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from paho.mqtt.client import Client

    from tests.outputs.mqtt.mosquitto import Mosquitto

QUICK = Pace(first_wait_s=0.05, longest_wait_s=0.2, refused_wait_s=0.3, settle_s=0.5, survey_s=1.0)


@pytest.fixture
def make() -> Iterator[Callable[..., MqttOutput]]:
    """Makes, starts and at the end closes outputs."""
    made: list[MqttOutput] = []

    def start(*args: object, **options: object) -> MqttOutput:
        output = MqttOutput(*args, **{"pace": QUICK, "commands": None, **options})  # type: ignore[arg-type]
        made.append(output)
        output.start()
        return output

    yield start
    for output in made:
        output.close()


class Obedient:
    """Stations that do what they are told and remember it."""

    def __init__(self) -> None:
        self.done: list[tuple[str, str, bool | None]] = []
        self.output: MqttOutput | None = None

    def set_enabled(self, station: str, enabled: bool) -> None:
        self.done.append(("enabled", station, enabled))
        if self.output is not None:
            self.output.handle(StationSwitched(station=station, at=moment(6), enabled=enabled))

    def reset(self, station: str) -> None:
        if station == "attic":
            raise GenredError("attic: it is not running, so there is nothing to reset")
        self.done.append(("reset", station, None))


def test_documented_topics_and_payloads_arrive_and_nothing_else(
    broker: Mosquitto, make: Callable[..., MqttOutput]
) -> None:
    with Watcher(broker.port) as watcher:
        output = make(config(broker.port), [profile()])
        assert output.wait_connected(PATIENCE_S)
        output.handle(report(confidence=0.81234567))
        output.handle(status(state=ConnectionState.BACKING_OFF, cause=Cause("http_404")))
        output.handle(changed("jazz", 5, previous="offline", confidence=0.81234567))
        event = watcher.wait_for("genred/genred/kitchen/event")
        state = watcher.wait_for("genred/genred/kitchen/state", lambda message: message.json["cause"] == "http_404")
        watcher.wait_for("genred/genred/kitchen/genre", lambda message: message.text == "jazz")
        watcher.wait_for("genred/genred/kitchen/availability", lambda message: message.text == "online")
    assert event.json == {
        "schema": 1,
        "node": "genred",
        "station": "kitchen",
        "at": "2026-11-22T12:00:05.250Z",
        "run": RUN,
        "event": "genre_changed",
        "previous": "offline",
        "previous_since": "2026-11-22T12:00:00.250Z",
        "word": "jazz",
        "confidence": 0.812,
    }
    assert state.json == {
        "schema": 1,
        "node": "genred",
        "station": "kitchen",
        "enabled": True,
        "state": "music",
        "genre": "jazz",
        "confidence": 0.812,
        "probabilities": {"classical": 0.094, "jazz": 0.812, "rock": 0.094},
        "since": "2026-11-22T12:00:03.250Z",
        "level_dbfs": -18.3,
        "peak_dbfs": -3.0,
        "loudness_lufs": -16.4,
        "clipping": False,
        "signal_faults": [],
        "overloaded": False,
        "title": "Bill Evans - Waltz for Debby",
        "model": "default",
        "windows": 7,
        "dropped_windows": 2,
        "reconnects": 1,
        "at": "2026-11-22T12:00:05.250Z",
        "run": RUN,
        "connection": "backing_off",
        "cause": "http_404",
        "retry_at": "2026-11-22T12:00:09.250Z",
        "broken_expectations": [],
        "recording": None,
        "recording_cause": None,
    }
    assert {message.qos for message in watcher.seen} == {1}
    assert {message.topic for message in watcher.seen} == {
        "genred/genred/status",
        "genred/genred/kitchen/availability",
        "genred/genred/kitchen/state",
        "genred/genred/kitchen/genre",
        "genred/genred/kitchen/event",
    }


def test_what_is_broken_is_in_the_state_at_once(broker: Mosquitto, make: Callable[..., MqttOutput]) -> None:
    with Watcher(broker.port) as watcher:
        output = make(config(broker.port), [profile()])
        assert output.wait_connected(PATIENCE_S)
        output.handle(report())
        for event, broken_now in (
            (broken("a"), ["a"]),
            (broken("b"), ["a", "b"]),
            (met("a"), ["b"]),
            (met("unknown"), ["b"]),
            (met("b"), []),
        ):
            output.handle(event)
            watcher.wait_for(
                "genred/genred/kitchen/state",
                lambda message, expected=broken_now: message.json["broken_expectations"] == expected,  # type: ignore[misc]
            )
        seen = watcher.wait(lambda seen: sum(message.topic.endswith("/event") for message in seen) == 5)
    events = [message.json for message in seen if message.topic.endswith("/event")]
    assert [event["event"] for event in events] == ["expectation_broken"] * 2 + ["expectation_met"] * 3


def test_state_is_retained_and_events_are_not(broker: Mosquitto, make: Callable[..., MqttOutput]) -> None:
    with Watcher(broker.port) as watcher:
        output = make(config(broker.port), [profile()])
        output.handle(report())
        output.handle(SourceLost(station="kitchen", at=moment(9), cause=Cause.REFUSED, message="connection refused"))
        watcher.wait_for("genred/genred/kitchen/event")
        watcher.wait_for("genred/genred/kitchen/genre", lambda message: message.text == "jazz")
        watcher.wait_for("genred/genred/kitchen/state", lambda message: message.json["genre"] == "jazz")
    kept = {topic: message.payload for topic, message in retained_at(broker.port).items()}
    assert kept.pop("genred/genred/kitchen/state")
    assert kept == {
        "genred/genred/status": b"online",
        "genred/genred/kitchen/availability": b"online",
        "genred/genred/kitchen/genre": b"jazz",
    }


def test_close_leaves_offline_everywhere(broker: Mosquitto, make: Callable[..., MqttOutput]) -> None:
    output = make(config(broker.port), [profile()])
    output.handle(report())
    assert output.wait_connected(PATIENCE_S)
    output.close()
    kept = retained_at(broker.port)
    assert kept["genred/genred/status"].text == "offline"
    assert kept["genred/genred/kitchen/availability"].text == "offline"
    assert kept["genred/genred/kitchen/genre"].text == "offline"
    state = kept["genred/genred/kitchen/state"].json
    assert (state["state"], state["genre"], state["confidence"], state["probabilities"]) == ("offline", None, None, {})


def test_last_will_says_offline_when_the_daemon_is_killed(broker: Mosquitto) -> None:
    program = f"""
        import time
        from genred.outputs.mqtt.output import MqttOutput
        from tests.outputs.events import config, profile, report
        output = MqttOutput(config({broker.port}), [profile()], None)
        output.start()
        output.handle(report())
        time.sleep(600)
    """
    with Watcher(broker.port) as watcher:
        process = subprocess.Popen([sys.executable, "-c", textwrap.dedent(program)])
        try:
            watcher.wait_for("genred/genred/status", lambda message: message.text == "online")
            watcher.wait_for("genred/genred/kitchen/genre", lambda message: message.text == "jazz")
        finally:
            process.kill()
            process.wait(PATIENCE_S)
        watcher.wait_for("genred/genred/status", lambda message: message.text == "offline")
    assert retained_at(broker.port)["genred/genred/status"].text == "offline"


def test_fresh_start_takes_back_what_a_killed_daemon_has_left(
    broker: Mosquitto, make: Callable[..., MqttOutput]
) -> None:
    with Watcher(broker.port) as watcher:
        watcher.publish("genred/genred/kitchen/genre", "rock", retain=True)
        watcher.publish("genred/genred/kitchen/availability", "online", retain=True)
        make(config(broker.port), [profile()])
        watcher.wait_for("genred/genred/kitchen/genre", lambda message: message.text == "offline")
        watcher.wait_for("genred/genred/kitchen/availability", lambda message: message.text == "offline")


def test_state_is_told_on_change_and_not_every_second(broker: Mosquitto, make: Callable[..., MqttOutput]) -> None:
    with Watcher(broker.port) as watcher:
        output = make(config(broker.port), [profile()])
        watcher.wait_for("genred/genred/kitchen/state")
        for second in range(20):
            output.handle(report(at_s=second, windows=second, confidence=0.80 + 0.001 * second))
        watcher.wait_for("genred/genred/kitchen/state", lambda message: message.json["genre"] == "jazz")
        output.handle(report(genre="rock", at_s=21, since_s=21))
        watcher.wait_for("genred/genred/kitchen/state", lambda message: message.json["genre"] == "rock")
        said = [m.json["genre"] for m in watcher.seen if m.topic == "genred/genred/kitchen/state"]
    assert said == [None, "jazz", "rock"]


def test_state_whose_beginning_jitters_is_told_once_and_reads_the_same_in_every_heartbeat(
    broker: Mosquitto, make: Callable[..., MqttOutput]
) -> None:
    """As of the system's clock: each report computes `since` anew."""
    clock = SystemClock()
    beginning_s = clock.monotonic()
    settings = config(broker.port)
    quick = type(settings.mqtt)(broker=settings.mqtt.broker, heartbeat_s=0.5)
    with Watcher(broker.port, "genred/+/+/state") as watcher:
        output = make(type(settings)(stations=settings.stations, mqtt=quick), [profile()])
        news = 0
        published = None
        for number in range(200):
            heard = replace(report(windows=number), since=clock.moment(beginning_s))
            news += has_changed(published, heard)
            published = published or heard
            output.handle(heard)
        assert news == 1
        watcher.wait(lambda seen: [m.json["windows"] for m in seen].count(199) >= 2, "two heartbeats")
        output.handle(replace(report(windows=200), since=clock.moment(beginning_s + 0.3)))
        watcher.wait(lambda seen: any(m.json["windows"] == 200 for m in seen), "another heartbeat")
        beginnings = {message.json["since"] for message in watcher.seen if message.json["genre"] == "jazz"}
    assert len(beginnings) == 1


def test_state_says_whether_the_input_clips(broker: Mosquitto, make: Callable[..., MqttOutput]) -> None:
    with Watcher(broker.port, "genred/+/+/state") as watcher:
        output = make(config(broker.port), [profile()])
        output.handle(report())
        output.handle(status(clipping=True))
        watcher.wait(lambda seen: seen[-1:] != [] and seen[-1].json["clipping"] is True, "clipping")
        output.handle(status())
        watcher.wait(lambda seen: seen[-1].json["clipping"] is False, "its end")
        output.handle(status(clipping=True))
        output.handle(report(state=State.OFFLINE))
        watcher.wait(lambda seen: seen[-1].json["state"] == "offline", "the end")
        assert not watcher.seen[-1].json["clipping"]


def test_state_says_what_is_wrong_with_the_channels(broker: Mosquitto, make: Callable[..., MqttOutput]) -> None:
    faults = (SignalFault.DEAD_CHANNEL, SignalFault.DC_OFFSET)
    with Watcher(broker.port, "genred/+/+/state") as watcher:
        output = make(config(broker.port), [profile()])
        output.handle(report())
        output.handle(status(signal_faults=faults))
        watcher.wait(
            lambda seen: seen[-1:] != [] and seen[-1].json["signal_faults"] == ["dead_channel", "dc_offset"], "both"
        )
        output.handle(status(signal_faults=faults[1:]))
        watcher.wait(lambda seen: seen[-1].json["signal_faults"] == ["dc_offset"], "one")
        output.handle(report(state=State.OFFLINE))
        watcher.wait(lambda seen: seen[-1].json["state"] == "offline", "the end")
        assert watcher.seen[-1].json["signal_faults"] == []


def test_state_is_told_again_at_every_heartbeat(broker: Mosquitto, make: Callable[..., MqttOutput]) -> None:
    settings = config(broker.port)
    quick = type(settings.mqtt)(broker=settings.mqtt.broker, heartbeat_s=0.5)
    with Watcher(broker.port, "genred/+/+/state") as watcher:
        output = make(type(settings)(stations=settings.stations, mqtt=quick), [profile()])
        output.handle(report(windows=7))
        output.handle(report(windows=8))
        watcher.wait(lambda seen: [m.json["windows"] for m in seen].count(8) >= 2, "two heartbeats")


def test_broker_that_comes_late_gets_the_newest_state_and_the_events_in_order(
    broker: Mosquitto, make: Callable[..., MqttOutput]
) -> None:
    with Gate(broker.port) as gate, Watcher(broker.port) as watcher:
        output = make(config(gate.port), [profile()])
        for second, genre in enumerate(("classical", "jazz", "rock")):
            output.handle(report(genre=genre, at_s=second, since_s=second))
            output.handle(changed(genre, second))
        assert not output.connected
        gate.open()
        watcher.wait(lambda seen: len([m for m in seen if m.topic.endswith("/event")]) == 3, "three events")
        watcher.wait_for("genred/genred/kitchen/state")
        events = [message.json["word"] for message in watcher.seen if message.topic.endswith("/event")]
        states = [message.json["genre"] for message in watcher.seen if message.topic.endswith("/state")]
    assert events == ["classical", "jazz", "rock"]
    assert states == ["rock"]


def test_broker_that_hangs_holds_nobody_up_and_fills_no_memory(
    broker: Mosquitto, make: Callable[..., MqttOutput]
) -> None:
    settings = config(broker.port)
    with Gate(broker.port) as gate, Watcher(broker.port) as watcher:
        gate.open()
        small = type(settings.mqtt)(broker=f"127.0.0.1:{gate.port}", queue_messages=50)
        output = make(type(settings)(stations=settings.stations, mqtt=small), [profile()])
        assert output.wait_connected(PATIENCE_S)
        gate.block()
        for second in range(2_000):
            output.handle(report(at_s=second, since_s=second, title="long " * 200))
            output.handle(changed("jazz", second))
        assert output.queue_depth <= 50 + 4
        assert output.dropped >= 2_000 - 50 - 20
        output.handle(report(genre="rock", at_s=2_001, since_s=2_001))
        gate.unblock()
        watcher.wait_for("genred/genred/kitchen/state", lambda message: message.json["genre"] == "rock")


def test_close_does_not_wait_for_a_broker_that_hangs(broker: Mosquitto, make: Callable[..., MqttOutput]) -> None:
    before = set(threading.enumerate())
    with Gate(broker.port) as gate:
        gate.open()
        output = make(config(gate.port), [profile()], pace=Pace(close_timeout_s=0.2))
        assert output.wait_connected(PATIENCE_S)
        gate.block()
        output.handle(report())
        output.close()
        assert "genred-mqtt" not in {thread.name for thread in set(threading.enumerate()) - before}


def test_broker_restart_brings_everything_back(broker: Mosquitto, make: Callable[..., MqttOutput]) -> None:
    output = make(config(broker.port), [profile()])
    output.handle(report(genre="jazz"))
    assert output.wait_connected(PATIENCE_S)
    broker.kill()
    output.handle(report(genre="rock", at_s=8, since_s=8))
    broker.start()
    with Watcher(broker.port) as watcher:
        watcher.wait_for("genred/genred/kitchen/genre", lambda message: message.text == "rock")
        watcher.wait_for("genred/genred/status", lambda message: message.text == "online")
    assert output.connects == 2
    assert output.dropped == 0


def test_connections_that_ended_leave_nothing_to_the_garbage_collector(
    broker: Mosquitto, make: Callable[..., MqttOutput], monkeypatch: pytest.MonkeyPatch
) -> None:
    made = 0
    clients: WeakSet[Client] = WeakSet()

    def make_known_client(*arguments: Any) -> Client:
        nonlocal made
        made += 1
        client = make_client(*arguments)
        clients.add(client)
        return client

    monkeypatch.setattr(session, "make_client", make_known_client)
    with no_collector():
        output = make(config(broker.port), [profile()])
        assert output.wait_connected(PATIENCE_S)
        for _ in range(2):
            connects = output.connects
            broker.kill()
            broker.start()
            wait_until(lambda before=connects: output.connects > before)  # type: ignore[misc]
        assert made >= 3
        assert len(clients) == 1


def test_ten_thousand_publishes_without_a_broker_leave_a_bounded_queue_and_the_newest_state(
    broker: Mosquitto, make: Callable[..., MqttOutput]
) -> None:
    broker.stop()
    settings = config(broker.port)
    small = type(settings.mqtt)(broker=settings.mqtt.broker, queue_messages=100)
    output = make(type(settings)(stations=settings.stations, mqtt=small), [profile()])
    for number in range(10_000):
        output.handle(report(at_s=number, windows=number, title=f"Title {number}"))
        output.handle(SourceLost(station="kitchen", at=moment(number), cause=Cause.STALLED, message=str(number)))
    assert output.dropped == 9_900
    assert output.queue_depth <= 100 + 20
    with Watcher(broker.start().port) as watcher:
        state = watcher.wait_for("genred/genred/kitchen/state")
    assert state.json["title"] == "Title 9999"
    assert state.json["windows"] == 9_999


def test_commands_are_obeyed_and_answered(broker: Mosquitto, make: Callable[..., MqttOutput]) -> None:
    stations = Obedient()
    with Watcher(broker.port) as watcher:
        output = stations.output = make(config(broker.port), [profile()], commands=stations)
        assert output.wait_connected(PATIENCE_S)
        watcher.publish("genred/genred/kitchen/set", '{"enabled": false, "id": "a"}')
        answer = watcher.wait_for("genred/genred/kitchen/response").json
        watcher.wait_for("genred/genred/kitchen/state", lambda message: message.json["enabled"] is False)
        watcher.publish("genred/genred/kitchen/set", '{"reset": true, "id": "b"}')
        second = watcher.wait_for("genred/genred/kitchen/response", lambda message: '"b"' in message.text).json
    assert answer.pop("at")
    assert answer == {
        "schema": 1,
        "node": "genred",
        "station": "kitchen",
        "ok": True,
        "command": {"enabled": False, "id": "a"},
        "error": None,
    }
    assert second["ok"]
    assert stations.done == [("enabled", "kitchen", False), ("reset", "kitchen", None)]


@pytest.mark.parametrize(
    ("payload", "reason"),
    [
        ("", None),
        ("off", "JSON"),
        ('{"enabled": "no"}', "bool"),
        ('{"enable": true}', "enable"),
        ("{}", "neither"),
        ('{"reset": false}', "only be true"),
        ("[]", "array"),
        (b"\xff\xfe", "send a JSON object"),
        ('{"id": "' + "x" * 2_000 + '"}', "longer than"),
    ],
)
def test_command_that_is_none_is_refused_with_the_reason(
    broker: Mosquitto, make: Callable[..., MqttOutput], payload: str | bytes, reason: str | None
) -> None:
    stations = Obedient()
    with Watcher(broker.port) as watcher:
        output = make(config(broker.port), [profile()], commands=stations)
        assert output.wait_connected(PATIENCE_S)
        watcher.publish("genred/genred/kitchen/set", payload)
        watcher.publish("genred/genred/kitchen/set", '{"reset": true, "id": "after"}')
        watcher.wait_for("genred/genred/kitchen/response", lambda message: '"after"' in message.text)
        answers = [m.json for m in watcher.seen if m.topic.endswith("/response")]
    assert stations.done == [("reset", "kitchen", None)]
    if reason is None:
        assert [answer["ok"] for answer in answers] == [True]
    else:
        assert [answer["ok"] for answer in answers] == [False, True]
        assert reason in answers[0]["error"]


def test_command_that_the_station_refuses_is_answered_with_its_reason(
    broker: Mosquitto, make: Callable[..., MqttOutput]
) -> None:
    with Watcher(broker.port) as watcher:
        output = make(config(broker.port), [profile("attic")], commands=Obedient())
        assert output.wait_connected(PATIENCE_S)
        watcher.publish("genred/genred/attic/set", '{"reset": true}')
        answer = watcher.wait_for("genred/genred/attic/response").json
    assert not answer["ok"]
    assert "not running" in answer["error"]


def test_flood_of_commands_is_refused_and_not_kept(broker: Mosquitto, make: Callable[..., MqttOutput]) -> None:
    begun, go_on = threading.Event(), threading.Event()

    class Slow(Obedient):
        def reset(self, station: str) -> None:
            begun.set()
            go_on.wait(PATIENCE_S)
            super().reset(station)

    stations = Slow()
    with Watcher(broker.port, "genred/+/+/response") as watcher:
        output = make(config(broker.port), [profile()], commands=stations)
        assert output.wait_connected(PATIENCE_S)
        watcher.publish("genred/genred/kitchen/set", '{"reset": true}')
        assert begun.wait(PATIENCE_S)
        for _ in range(120):
            watcher.publish("genred/genred/kitchen/set", '{"reset": true}')
        watcher.wait(lambda seen: len([m for m in seen if not m.json["ok"]]) == 20, "twenty refusals")
        go_on.set()
        watcher.wait(lambda seen: len([m for m in seen if m.json["ok"]]) == 101, "all that were taken")
    assert "send fewer" in watcher.seen[0].json["error"]


def test_daemon_without_commands_says_so(broker: Mosquitto, make: Callable[..., MqttOutput]) -> None:
    with Watcher(broker.port, "genred/+/+/response") as watcher:
        assert make(config(broker.port), [profile()]).wait_connected(PATIENCE_S)
        watcher.publish("genred/genred/kitchen/set", '{"reset": true}')
        assert "accepts no commands" in watcher.wait_for("genred/genred/kitchen/response").json["error"]


def test_command_for_a_station_that_there_is_not_is_ignored_with_a_warning(
    broker: Mosquitto, make: Callable[..., MqttOutput]
) -> None:
    with Watcher(broker.port) as watcher, Hearing("genred.outputs") as hearing:
        assert make(config(broker.port), [profile()]).wait_connected(PATIENCE_S)
        watcher.publish("genred/genred/attic/set", '{"reset": true}')
        hearing.wait_for("'attic', which is not a station here")


@pytest.mark.parametrize("garbage", [b"HTTP/1.1 400 Bad Request\r\n\r\n", b"\x20\x03\x00\x00\xff", b"\xff" * 50, b""])
def test_something_else_than_a_broker_is_said_and_tried_again(garbage: bytes, make: Callable[..., MqttOutput]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server, Hearing("genred.outputs") as hearing:
        make(config(server.getsockname()[1]), [profile()])
        for _ in range(3):
            connection, _ = server.accept()
            connection.recv(4_096)
            connection.sendall(garbage)
            connection.close()
        hearing.wait_for("no connection to the broker: mqtt://127.0.0.1:")


def test_retained_command_is_not_obeyed(broker: Mosquitto, make: Callable[..., MqttOutput]) -> None:
    stations = Obedient()
    with Watcher(broker.port) as watcher:
        watcher.publish("genred/genred/kitchen/set", '{"enabled": false}', retain=True)
        make(config(broker.port), [profile()], commands=stations)
        answer = watcher.wait_for("genred/genred/kitchen/response").json
    assert "retained" in answer["error"]
    assert stations.done == []


def test_stations_of_an_older_configuration_vanish_from_the_broker(
    broker: Mosquitto, make: Callable[..., MqttOutput]
) -> None:
    with Watcher(broker.port) as watcher:
        for kind in ("availability", "state", "genre"):
            watcher.publish(f"genred/genred/attic/{kind}", "old", retain=True)
            watcher.publish(f"genred/other/attic/{kind}", "of another node", retain=True)
        make(config(broker.port), [profile()])
        watcher.wait_for_removal(*(f"genred/genred/attic/{kind}" for kind in ("availability", "state", "genre")))
    kept = retained_at(broker.port)
    assert not [topic for topic in kept if topic.startswith("genred/genred/attic/")]
    assert len([topic for topic in kept if topic.startswith("genred/other/attic/")]) == 3


def test_many_topics_of_an_older_configuration_take_one_line_of_the_log(
    broker: Mosquitto, make: Callable[..., MqttOutput], caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "genred.outputs.mqtt.read_back")
    topics = [f"genred/genred/old_{number:02}/genre" for number in range(30)]
    with Watcher(broker.port) as watcher:
        for topic in topics:
            watcher.publish(topic, "jazz", retain=True)
        make(config(broker.port), [profile()])
        watcher.wait_for_removal(*topics)
    (line,) = [record.getMessage() for record in caplog.records if record.name == "genred.outputs.mqtt.read_back"]
    assert line == f"removing what an earlier configuration left at the broker: {', '.join(topics[:5])} and 25 more"


def test_reload_announces_new_stations_and_removes_old_ones(broker: Mosquitto, make: Callable[..., MqttOutput]) -> None:
    with Watcher(broker.port) as watcher:
        output = make(config(broker.port), [profile("kitchen"), profile("attic")])
        watcher.wait_for("genred/genred/attic/state")
        output.update([profile("kitchen"), profile("cellar")])
        watcher.wait_for_removal("genred/genred/attic/state")
        watcher.wait_for("genred/genred/cellar/state")
        # A last word of the station that is gone must not bring it back.
        output.handle(report("attic"))
        output.handle(report("cellar", state=State.SILENCE))
        watcher.wait_for("genred/genred/cellar/genre", lambda message: message.text == "silence")
    kept = retained_at(broker.port)
    assert not [topic for topic in kept if "/attic/" in topic]


def test_reload_says_of_a_station_that_was_switched_off_whether_it_listens_now(
    broker: Mosquitto, make: Callable[..., MqttOutput]
) -> None:
    with Watcher(broker.port) as watcher:
        stations = Obedient()
        output = stations.output = make(config(broker.port), [profile()], commands=stations)
        assert output.wait_connected(PATIENCE_S)
        for listens_after_reload in (True, False):
            watcher.publish("genred/genred/kitchen/set", '{"enabled": false}')
            watcher.wait_for("genred/genred/kitchen/state", lambda message: message.json["enabled"] is False)
            watcher.wait_for("genred/genred/kitchen/response")
            watcher.forget()
            output.update([profile(enabled=listens_after_reload)])
            output.handle(report(title=f"after a reload: {listens_after_reload}"))
            state = watcher.wait_for(
                "genred/genred/kitchen/state", lambda message: "after" in str(message.json["title"])
            )
            assert state.json["enabled"] is listens_after_reload


def test_flood_of_nonsense_is_answered_but_logged_once(broker: Mosquitto, make: Callable[..., MqttOutput]) -> None:
    with Watcher(broker.port) as watcher, Hearing("genred.outputs") as hearing:
        output = make(config(broker.port), [profile()], commands=Obedient())
        assert output.wait_connected(PATIENCE_S)
        for number in range(30):
            watcher.publish("genred/genred/kitchen/set", f"nonsense {number}")
            watcher.publish(f"genred/genred/nobody_{number}/set", '{"reset": true}')
        watcher.wait(lambda seen: len([m for m in seen if m.topic.endswith("/response")]) == 30, "thirty answers")
        watcher.publish("genred/genred/kitchen/set", '{"reset": true, "id": "after"}')
        watcher.wait_for("genred/genred/kitchen/response", lambda message: '"after"' in message.text)
    assert len([line for line in hearing.heard if "was refused" in line]) == 1
    assert len([line for line in hearing.heard if "not a station here" in line]) == 1
    assert len(hearing.heard) == 2


def test_fault_in_a_command_is_answered_and_the_next_is_obeyed(
    broker: Mosquitto, make: Callable[..., MqttOutput]
) -> None:
    class Faulty(Obedient):
        def set_enabled(self, station: str, enabled: bool) -> None:
            raise RuntimeError("unforeseen")

    with Watcher(broker.port) as watcher:
        output = make(config(broker.port), [profile()], commands=Faulty())
        assert output.wait_connected(PATIENCE_S)
        watcher.publish("genred/genred/kitchen/set", '{"enabled": false, "id": "a"}')
        answer = watcher.wait_for("genred/genred/kitchen/response", lambda message: '"a"' in message.text).json
        watcher.publish("genred/genred/kitchen/set", '{"reset": true, "id": "b"}')
        watcher.wait_for("genred/genred/kitchen/response", lambda message: '"b"' in message.text and message.json["ok"])
    assert not answer["ok"]
    assert "RuntimeError" in answer["error"]


def test_message_that_no_one_foresaw_does_not_cost_the_connection(
    broker: Mosquitto, make: Callable[..., MqttOutput], monkeypatch: pytest.MonkeyPatch
) -> None:
    def stumble(*_: object, **__: object) -> None:
        raise RuntimeError("unforeseen")

    with Watcher(broker.port) as watcher, Hearing("genred.outputs") as hearing:
        output = make(config(broker.port), [profile()])
        assert output.wait_connected(PATIENCE_S)
        monkeypatch.setattr(IncomingMessages, "on_message", stumble)
        for _ in range(5):
            watcher.publish("genred/genred/kitchen/set", '{"reset": true}')
        hearing.wait_for("skipped (RuntimeError)")
        output.handle(report())
        watcher.wait_for("genred/genred/kitchen/genre", lambda message: message.text == "jazz")
    assert output.connects == 1
    assert len(hearing.heard) == 1


def test_fault_of_our_own_is_said_once_and_the_connection_comes_back(
    broker: Mosquitto, make: Callable[..., MqttOutput], monkeypatch: pytest.MonkeyPatch
) -> None:
    stumbled = threading.Event()
    times = 0

    def stumble(_: IncomingMessages) -> list[str]:
        nonlocal times
        times += 1
        if times == 3:
            stumbled.set()
        raise RuntimeError("unforeseen")

    with Watcher(broker.port) as watcher, Hearing("genred.outputs") as hearing:
        output = make(config(broker.port), [profile()])
        assert output.wait_connected(PATIENCE_S)
        assert output.alive
        with monkeypatch.context() as patch:
            patch.setattr(IncomingMessages, "on_tick", stumble)
            assert stumbled.wait(PATIENCE_S)
            assert not output.wait_connected(0)
            assert output.alive
        output.handle(report())
        watcher.wait_for("genred/genred/kitchen/genre", lambda message: message.text == "jazz")
        assert output.connects >= 3
    assert [line for line in hearing.heard if "unforeseen" in line] == hearing.heard
    assert len(hearing.heard) == 1
    output.close()
    assert not output.alive
    assert not output.connected


def test_broker_that_acknowledges_nothing_is_left_and_said_once(make: Callable[..., MqttOutput]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server, Hearing("genred.outputs") as hearing:
        server.settimeout(PATIENCE_S)
        pace = Pace(first_wait_s=0.05, longest_wait_s=0.1, settle_s=0.1, acknowledge_timeout_s=0.3)
        output = make(config(server.getsockname()[1]), [profile()], pace=pace)
        for _ in range(3):
            connection, _ = server.accept()
            with connection:
                connection.settimeout(PATIENCE_S)
                assert connection.recv(4_096)
                connection.sendall(b"\x20\x03\x00\x00\x00")  # CONNACK of MQTT 5: success, no properties
                while connection.recv(4_096):
                    pass
    # What was on its way comes back to the queue a moment after the connection is given up.
    deadline = time.monotonic() + PATIENCE_S
    while output.queue_depth == 0 and time.monotonic() < deadline:
        time.sleep(0.01)
    assert output.queue_depth > 0
    assert [line for line in hearing.heard if "does not acknowledge" in line]
    assert len([line for line in hearing.heard if "keeps happening" not in line]) == 1


def test_broker_that_was_slow_once_is_not_taken_for_an_old_one_for_ever(
    broker: Mosquitto, make: Callable[..., MqttOutput]
) -> None:
    with Gate(broker.port, turned_away=1) as gate:
        gate.open()
        output = make(config(gate.port), [profile()])
        assert output.wait_connected(PATIENCE_S)
        broker.wait_for_log("as genred-genred (p2,", times=1)  # MQTT 3.1.1
        gate.shut()
        gate.open()
        broker.wait_for_log("as genred-genred (p5,", times=1)


def test_whether_a_station_is_recorded_stands_in_its_state(broker: Mosquitto, make: Callable[..., MqttOutput]) -> None:
    with Watcher(broker.port) as watcher:
        output = make(config(broker.port), [profile(is_recorded=True)])
        assert output.wait_connected(PATIENCE_S)
        topic = "genred/genred/kitchen"
        output.handle(recording_started())
        watcher.wait_for(f"{topic}/state", lambda message: message.json["recording"] is True)
        # The next file goes on.
        output.handle(recording_ended())
        output.handle(recording_ended(cause=Cause.DISK_FULL))
        state = watcher.wait_for(f"{topic}/state", lambda message: message.json["recording_cause"] == "disk_full")
        assert state.json["recording"] is False
        watcher.wait_for(f"{topic}/event", lambda message: message.json["event"] == "recording_started")
        watcher.wait_for(f"{topic}/event", lambda message: message.json.get("cause") == "disk_full")
        watcher.forget()
        output.handle(recording_started())
        state = watcher.wait_for(f"{topic}/state", lambda message: message.json["recording"] is True)
        assert state.json["recording_cause"] is None
