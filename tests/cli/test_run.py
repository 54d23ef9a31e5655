"""`genred run` against a real mosquitto: what arrives, what stays, and how it ends."""

from __future__ import annotations

import json
import signal
from typing import TYPE_CHECKING

import numpy as np
import pytest

from genred.airplay.query import AirplayLog
from genred.exit_codes import ExitCode
from tests.cli.daemon import Daemon
from tests.cli.run_genred import genred
from tests.cli.wav import sound, write_wav
from tests.outputs.mqtt.mosquitto import Mosquitto
from tests.outputs.mqtt.watcher import Watcher, retained_at
from tests.patience import PATIENCE_S

if TYPE_CHECKING:
    from pathlib import Path

    from tests.outputs.mqtt.watcher import Seen


@pytest.fixture
def music(tmp_path: Path) -> Path:
    return write_wav(tmp_path / "jazz.wav", sound("jazz", 12))


def configure(folder: Path, broker: Mosquitto, model: Path, stations: dict[str, object]) -> Path:
    path = folder / "genred.yaml"
    config = {
        "node": "attic",
        "model": str(model),
        "mqtt": {"broker": f"127.0.0.1:{broker.port}", "heartbeat_s": 2},
        "homeassistant": {"enabled": False},
        "stations": stations,
    }
    path.write_text(json.dumps(config))  # JSON is YAML
    return path


def looped(file: Path) -> dict[str, object]:
    return {"source": {"file": str(file), "loop": True}}


def says(word: str) -> object:
    return lambda message: message.text == word


def test_a_file_on_air_becomes_the_documented_topics_and_sigterm_says_offline(
    tmp_path: Path, broker: Mosquitto, music: Path, tiny_model_path: Path
) -> None:
    config = configure(tmp_path, broker, tiny_model_path, {"radio": looped(music)})
    with Watcher(broker.port, "genred/#") as watcher, Daemon(config) as daemon:
        watcher.wait_for("genred/attic/radio/genre", says("jazz"))  # type: ignore[arg-type]
        state = watcher.wait_for("genred/attic/radio/state", lambda m: m.json["genre"] == "jazz").json
        assert state["state"] == "music"
        assert state["node"] == "attic"
        assert state["station"] == "radio"
        assert state["model"] == "tiny"
        assert 0.5 < state["confidence"] <= 1
        assert sum(state["probabilities"].values()) == pytest.approx(1, abs=0.01)
        assert -40 < state["level_dbfs"] < 0
        change = watcher.wait_for("genred/attic/radio/event", lambda m: m.json.get("word") == "jazz")
        assert change.json["event"] == "genre_changed"
        assert change.json["previous"] == "uncertain"

        kept = retained_at(broker.port)
        assert set(kept) == {
            "genred/attic/log",
            "genred/attic/status",
            "genred/attic/radio/availability",
            "genred/attic/radio/state",
            "genred/attic/radio/genre",
        }
        assert kept["genred/attic/status"].text == kept["genred/attic/radio/availability"].text == "online"

        daemon.process.send_signal(signal.SIGTERM)
        assert daemon.process.wait(PATIENCE_S) == ExitCode.OK
        watcher.wait_for("genred/attic/status", says("offline"))  # type: ignore[arg-type]
    kept = retained_at(broker.port)
    assert kept["genred/attic/status"].text == kept["genred/attic/radio/availability"].text == "offline"
    assert kept["genred/attic/radio/genre"].text == "offline"


def test_the_last_will_says_offline_after_kill_9(
    tmp_path: Path, broker: Mosquitto, music: Path, brisk_model_path: Path
) -> None:
    config = configure(tmp_path, broker, brisk_model_path, {"radio": looped(music)})
    with Watcher(broker.port, "genred/#") as watcher, Daemon(config) as daemon:
        watcher.wait_for("genred/attic/status", says("online"))  # type: ignore[arg-type]
        daemon.process.kill()
        watcher.wait_for("genred/attic/status", says("offline"))  # type: ignore[arg-type]
    assert retained_at(broker.port)["genred/attic/status"].text == "offline"


def test_a_broker_that_comes_late_gets_everything(tmp_path: Path, music: Path, brisk_model_path: Path) -> None:
    mosquitto = Mosquitto(tmp_path)
    config = configure(tmp_path, mosquitto, brisk_model_path, {"radio": looped(music)})
    with Daemon(config) as daemon:
        daemon.wait_for_log("broker")
        mosquitto.start()
        try:
            with Watcher(mosquitto.port, "genred/#") as watcher:
                watcher.wait_for("genred/attic/radio/genre", says("jazz"))  # type: ignore[arg-type]
        finally:
            mosquitto.stop()


REFUSED_BY_CHECK: dict[str, dict[str, object]] = {
    "model: ": {"model": "nonesuch"},
    "mqtt.password_file: /nonexistent/secret": {"mqtt": {"username": "me", "password_file": "/nonexistent/secret"}},
    "mqtt.broker: 'h:99999'": {"mqtt": {"broker": "h:99999"}, "log": {"level": "error"}},
}
"""What only a deeper look finds, by the key that must be named."""


def test_sighup_takes_a_new_station_and_refuses_a_bad_file_whole(
    tmp_path: Path, broker: Mosquitto, music: Path, brisk_model_path: Path
) -> None:
    noise = write_wav(tmp_path / "metal.wav", sound("metal", 12))
    config = configure(tmp_path, broker, brisk_model_path, {"radio": looped(music)})
    with Watcher(broker.port, "genred/#") as watcher, Daemon(config) as daemon:
        watcher.wait_for("genred/attic/radio/genre", says("jazz"))  # type: ignore[arg-type]

        config.write_text("stations: {radio: {soruce: x}}")
        daemon.process.send_signal(signal.SIGHUP)
        daemon.wait_for_log("rejected")
        assert any("did you mean 'source'" in line for line in daemon.log)
        good = json.loads(configure(tmp_path, broker, brisk_model_path, {"second": looped(noise)}).read_text())
        for key, fault in REFUSED_BY_CHECK.items():
            config.write_text(json.dumps(good | fault))
            assert genred("check-config", config).returncode == ExitCode.CONFIG
            daemon.process.send_signal(signal.SIGHUP)
            daemon.wait_for_log(f"  {key}")

        configure(tmp_path, broker, brisk_model_path, {"radio": looped(music), "second": looped(noise)})
        watcher.forget()
        daemon.process.send_signal(signal.SIGHUP)
        watcher.wait_for("genred/attic/second/genre", says("metal"))  # type: ignore[arg-type]

        def went_offline(seen: list[Seen]) -> bool:
            return any(m.topic == "genred/attic/radio/genre" and m.text == "offline" for m in seen)

        assert not went_offline(watcher.seen), "a station that did not change was disturbed"

        config.write_text(json.dumps(json.loads(config.read_text()) | {"homeassistant": {"discovery_prefix": "ha"}}))
        watcher.publish("genred/attic/set", '{"reload": true}')
        assert watcher.wait_for("genred/attic/response").json["restart_needed"] == ["homeassistant"]

        configure(tmp_path, broker, brisk_model_path, {"second": looped(noise)})
        daemon.process.send_signal(signal.SIGHUP)
        # Killed with the first of the removals out, it would leave the others.
        watcher.wait_for_removal(*(f"genred/attic/radio/{kind}" for kind in ("genre", "state", "availability")))
    assert not [topic for topic in retained_at(broker.port) if "/radio/" in topic]


def test_one_station_s_fault_touches_no_other(
    tmp_path: Path, broker: Mosquitto, music: Path, brisk_model_path: Path
) -> None:
    stations = {
        "missing": {"source": str(tmp_path / "missing.mp3")},
        "refused": {"source": "http://127.0.0.1:1/stream"},
        "radio": looped(music),
    }
    config = configure(tmp_path, broker, brisk_model_path, stations)
    with Watcher(broker.port, "genred/#") as watcher, Daemon(config) as daemon:
        watcher.wait_for("genred/attic/radio/genre", says("jazz"))  # type: ignore[arg-type]
        watcher.wait_for("genred/attic/refused/genre", says("offline"))  # type: ignore[arg-type]
        lost = watcher.wait_for("genred/attic/missing/event", lambda m: m.json["event"] == "source_lost")
        assert "no such file" in str(lost.json)
        assert daemon.process.poll() is None


def test_silence_on_air_is_silence(tmp_path: Path, broker: Mosquitto, brisk_model_path: Path) -> None:
    file = write_wav(tmp_path / "silence.wav", np.zeros(22_050 * 8))
    soon = {"silence": {"start_s": 1.0}}
    config = configure(tmp_path, broker, brisk_model_path, {"dead_air": looped(file) | {"analysis": soon}})
    with Watcher(broker.port, "genred/#") as watcher, Daemon(config):
        watcher.wait_for("genred/attic/dead_air/genre", says("silence"))  # type: ignore[arg-type]
        event = watcher.wait_for("genred/attic/dead_air/event", lambda m: m.json["event"] == "silence_started")
        assert event.json["level_dbfs"] == -120


@pytest.mark.parametrize(
    ("text", "code", "said"),
    [
        ("stations: {}", ExitCode.CONFIG, "stations"),
        ("model: nonesuch\nstations: {a: {source: soundcard}}", ExitCode.CONFIG, "nonesuch"),
        (
            "mqtt: {username: me, password_file: /nonexistent}\nstations: {a: {source: x.wav}}",
            ExitCode.CONFIG,
            "password_file",
        ),
    ],
)
def test_a_daemon_that_cannot_start_says_why_and_with_which_code(
    tmp_path: Path, text: str, code: ExitCode, said: str
) -> None:
    config = tmp_path / "genred.yaml"
    config.write_text(text)
    result = genred("run", "-c", config)
    assert result.returncode == code
    assert said in result.stderr


def test_the_log_is_written_by_default_and_mqtt_says_whether_it_is(
    tmp_path: Path, broker: Mosquitto, music: Path, tiny_model_path: Path
) -> None:
    config = configure(tmp_path, broker, tiny_model_path, {"radio": looped(music)})
    log = tmp_path / "state" / "genred" / "airplay.sqlite"
    with Watcher(broker.port, "genred/#") as watcher, Daemon(config) as daemon:
        said = watcher.wait_for("genred/attic/log", lambda message: message.json["log"] == "ok").json
        assert (said["node"], said["reason"]) == ("attic", None)
        first = watcher.wait_for("genred/attic/radio/state", lambda message: message.json["genre"] == "jazz").json
        watcher.wait_for("genred/attic/radio/state", lambda message: message.json["windows"] > first["windows"])
        daemon.process.send_signal(signal.SIGTERM)
        assert daemon.process.wait(PATIENCE_S) == ExitCode.OK
    with AirplayLog(log) as read:
        (station,) = read.stations()
        assert "jazz" in [entry.announcement for entry in read.entries(station, None, None)]
        assert [run.ended for run in read.runs()] == ["stopped"]


def test_a_log_that_cannot_be_written_is_told_of_over_mqtt(
    tmp_path: Path, broker: Mosquitto, music: Path, tiny_model_path: Path
) -> None:
    (tmp_path / "state").mkdir()
    (tmp_path / "state" / "genred").write_text("a file in the place of the folder")
    config = configure(tmp_path, broker, tiny_model_path, {"radio": looped(music)})
    with Watcher(broker.port, "genred/#") as watcher, Daemon(config):
        said = watcher.wait_for("genred/attic/log", lambda message: message.json["log"] == "failing").json
        assert "airplay.sqlite" in said["reason"]
        watcher.wait_for("genred/attic/radio/genre", says("jazz"))  # type: ignore[arg-type]
        (tmp_path / "state" / "genred").unlink()
        watcher.wait_for("genred/attic/log", lambda message: message.json["log"] == "ok")
