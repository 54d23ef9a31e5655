"""`genred run` with several processes: nothing of it is to be seen from outside but the processes."""

from __future__ import annotations

import json
import signal
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from genred.exit_codes import ExitCode
from tests.cli.daemon import Daemon
from tests.cli.run_genred import COMMAND
from tests.cli.test_run import configure, looped, says
from tests.cli.wav import sound, write_wav
from tests.outputs.mqtt.watcher import Watcher, retained_at
from tests.patience import PATIENCE_S
from tests.processes import has_ended, shards_of, watch

if TYPE_CHECKING:
    from tests.outputs.mqtt.mosquitto import Mosquitto


@pytest.fixture
def music(tmp_path: Path) -> Path:
    return write_wav(tmp_path / "jazz.wav", sound("jazz", 12))


def spread(path: Path, processes: int) -> Path:
    config = json.loads(path.read_text())
    path.write_text(json.dumps({**config, "processes": processes}))
    return path


def libraries_of(pid: int, *names: str) -> set[str]:
    """Those of some packages whose libraries a process has loaded."""
    maps = Path(f"/proc/{pid}/maps").read_text()
    return {name for name in names if f"/{name}/" in maps or f"/{name}.libs/" in maps}


def test_stations_of_two_processes_share_one_daemon(
    tmp_path: Path, broker: Mosquitto, music: Path, brisk_model_path: Path
) -> None:
    stations: dict[str, object] = {"first": looped(music), "second": looped(music)}
    config = spread(configure(tmp_path, broker, brisk_model_path, stations), 2)
    with Watcher(broker.port, "genred/#") as watcher, Daemon(config) as daemon:
        for name in stations:
            watcher.wait_for(f"genred/attic/{name}/genre", says("jazz"))  # type: ignore[arg-type]
        states = [watcher.wait_for(f"genred/attic/{name}/state").json for name in stations]
        assert states[0]["run"] == states[1]["run"]
        shards = [watch(pid) for pid in shards_of(daemon.process.pid)]
        assert len(shards) == 2
        # What decodes and what runs networks takes memory, of which the daemon's own process has no use.
        assert not libraries_of(daemon.process.pid, "av", "ai_edge_litert", "soxr")
        assert libraries_of(shards_of(daemon.process.pid)[0], "av", "ai_edge_litert", "soxr") == {
            "av",
            "ai_edge_litert",
            "soxr",
        }
        config.write_text(config.read_text().replace('"second"', '"third"'))
        daemon.process.send_signal(signal.SIGHUP)
        watcher.wait_for("genred/attic/third/genre", says("jazz"))  # type: ignore[arg-type]
        daemon.process.send_signal(signal.SIGTERM)
        assert daemon.process.wait(PATIENCE_S) == ExitCode.OK
    # One that a busy machine gave no time to end by itself was killed, and is gone a moment later.
    assert all(has_ended(shard) for shard in shards)
    kept = retained_at(broker.port)
    assert kept["genred/attic/first/genre"].text == kept["genred/attic/third/genre"].text == "offline"
    assert "genred/attic/second/genre" not in kept
    assert not [line for line in daemon.log if "Traceback" in line or " ERROR " in line]


def test_no_process_outlives_a_daemon_that_is_killed(
    tmp_path: Path, broker: Mosquitto, music: Path, brisk_model_path: Path
) -> None:
    stations: dict[str, object] = {"first": looped(music), "second": looped(music)}
    config = spread(configure(tmp_path, broker, brisk_model_path, stations), 2)
    with Watcher(broker.port, "genred/#") as watcher, Daemon(config) as daemon:
        for name in stations:
            watcher.wait_for(f"genred/attic/{name}/genre", says("jazz"))  # type: ignore[arg-type]
        shards = [watch(pid) for pid in shards_of(daemon.process.pid)]
        daemon.process.kill()
        assert all(has_ended(shard) for shard in shards)


def test_a_process_gets_the_standard_input(
    tmp_path: Path, broker: Mosquitto, music: Path, brisk_model_path: Path
) -> None:
    stations: dict[str, object] = {
        "file": looped(music),
        "input": {"source": {"pipe": "-", "rate_hz": 22_050, "format": "f32le"}},
    }
    config = spread(configure(tmp_path, broker, brisk_model_path, stations), 2)
    samples = sound("metal", 20.0).tobytes()
    with (
        Watcher(broker.port, "genred/#") as watcher,
        subprocess.Popen([*COMMAND, "run", "-c", str(config)], stdin=subprocess.PIPE) as daemon,
    ):
        assert daemon.stdin is not None
        daemon.stdin.write(samples)
        daemon.stdin.flush()
        watcher.wait_for("genred/attic/input/genre", says("metal"))  # type: ignore[arg-type]
        daemon.terminate()
        assert daemon.wait(PATIENCE_S) == ExitCode.OK


def test_what_a_process_logs_is_in_the_daemons_log(
    tmp_path: Path, broker: Mosquitto, music: Path, brisk_model_path: Path
) -> None:
    stations: dict[str, object] = {"first": looped(music), "gone": {"source": {"file": str(tmp_path / "none.wav")}}}
    config = spread(configure(tmp_path, broker, brisk_model_path, stations), 2)
    with Daemon(config) as daemon:
        daemon.wait_for_log("none.wav")
        daemon.process.send_signal(signal.SIGTERM)
        assert daemon.process.wait(PATIENCE_S) == ExitCode.OK
