"""The daemon as systemd sees it: a process, its notifications, its exit codes."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import threading
from typing import TYPE_CHECKING, Any

import pytest

from genred.analysis.analyzer import Analyzer
from genred.config.read import load_config
from genred.exit_codes import ExitCode
from genred.service import status as service_status
from genred.service.sd_notify import Notifier
from genred.service.supervisor import Supervisor
from tests.outputs.mqtt.watcher import Watcher, retained_at
from tests.patience import PATIENCE_S
from tests.systemd.service_manager import ServiceManager

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from tests.outputs.mqtt.mosquitto import Mosquitto

WATCHDOG_USEC = "1000000"


@pytest.fixture
def manager(tmp_path: Path) -> Iterator[ServiceManager]:
    with ServiceManager(tmp_path) as listening:
        yield listening


@pytest.fixture
def unreachable() -> Iterator[str]:
    """A stream that refuses every connection."""
    with socket.socket() as reserved:
        reserved.bind(("127.0.0.1", 0))
        yield f"http://127.0.0.1:{reserved.getsockname()[1]}/"


@pytest.fixture
def daemon(
    tmp_path: Path, manager: ServiceManager, broker: Mosquitto, tiny_model_path: Path
) -> Iterator[Callable[[str], subprocess.Popen[str]]]:
    """Starts `genred run` with a source, as systemd would."""
    started: list[subprocess.Popen[str]] = []

    def start(source: str, *, model: str = str(tiny_model_path)) -> subprocess.Popen[str]:
        write_config(tmp_path / "genred.yaml", source, model, broker.port)
        process = subprocess.Popen(
            [sys.executable, "-m", "genred", "run", "-c", str(tmp_path / "genred.yaml")],
            env={
                **os.environ,
                "NOTIFY_SOCKET": manager.address,
                "WATCHDOG_USEC": WATCHDOG_USEC,
            },
            stderr=subprocess.PIPE,
            text=True,
        )
        started.append(process)
        return process

    yield start
    for process in started:
        process.kill()
        process.wait(PATIENCE_S)
        assert process.stderr is not None
        process.stderr.close()


def write_config(path: Path, source: str, model: str, port: int) -> None:
    path.write_text(
        f"model: {model}\nmqtt: {{broker: 127.0.0.1:{port}}}\nstations:\n  kitchen:\n    source: {source}\n"
    )


def test_station_in_backoff_makes_the_daemon_ready_and_keeps_the_watchdog_fed(
    daemon: Callable[[str], subprocess.Popen[str]], manager: ServiceManager, unreachable: str
) -> None:
    daemon(unreachable)
    manager.wait_for("READY=1")
    for _ in range(3):
        manager.wait_for("WATCHDOG=1")
    assert any(message.startswith("STATUS=") for message in manager.heard)


def test_sigterm_says_stopping_and_offline_and_ends_with_0(
    daemon: Callable[[str], subprocess.Popen[str]], manager: ServiceManager, broker: Mosquitto, unreachable: str
) -> None:
    process = daemon(unreachable)
    manager.wait_for("READY=1")
    with Watcher(broker.port, "genred/#") as watcher:
        watcher.wait_for("genred/genred/status", lambda message: message.text == "online")
        process.send_signal(signal.SIGTERM)
        watcher.wait_for("genred/genred/status", lambda message: message.text == "offline")
    manager.wait_for("STOPPING=1")
    assert process.wait(PATIENCE_S) == ExitCode.OK
    assert retained_at(broker.port)["genred/genred/kitchen/availability"].text == "offline"


def test_killed_daemon_is_offline_by_its_last_will(
    daemon: Callable[[str], subprocess.Popen[str]], manager: ServiceManager, broker: Mosquitto, unreachable: str
) -> None:
    process = daemon(unreachable)
    manager.wait_for("READY=1")
    with Watcher(broker.port, "genred/#") as watcher:
        watcher.wait_for("genred/genred/status", lambda message: message.text == "online")
        process.kill()
        watcher.wait_for("genred/genred/status", lambda message: message.text == "offline")


def test_reload_is_said_and_a_bad_configuration_changes_nothing(
    daemon: Callable[[str], subprocess.Popen[str]],
    manager: ServiceManager,
    broker: Mosquitto,
    unreachable: str,
    tmp_path: Path,
) -> None:
    process = daemon(unreachable)
    manager.wait_for("READY=1")
    with Watcher(broker.port, "genred/+/+/genre") as watcher:
        watcher.wait_for("genred/genred/kitchen/genre")
        good = (tmp_path / "genred.yaml").read_text()
        (tmp_path / "genred.yaml").write_text("stations: none\n")
        process.send_signal(signal.SIGHUP)
        manager.wait_for("RELOADING=1")
        manager.wait_for("READY=1")
        (tmp_path / "genred.yaml").write_text(good + f"  attic:\n    source: {unreachable}\n")
        process.send_signal(signal.SIGHUP)
        manager.wait_for("RELOADING=1")
        watcher.wait_for("genred/genred/attic/genre")
    assert process.poll() is None


def test_wrong_configuration_ends_with_78_which_systemd_does_not_restart(
    daemon: Callable[..., subprocess.Popen[str]], unreachable: str
) -> None:
    process = daemon(unreachable, model="no_such_model")
    assert process.wait(PATIENCE_S) == ExitCode.CONFIG
    assert process.stderr is not None
    assert "no_such_model" in process.stderr.read()


def test_watchdog_is_fed_no_more_when_analysis_is_frozen(
    manager: ServiceManager, tmp_path: Path, tiny_model_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    noise = tmp_path / "noise.wav"
    subprocess.run(
        ["ffmpeg", "-v", "error", "-f", "lavfi", "-i", "anoisesrc=d=30:a=0.3:r=22050", str(noise)],
        check=True,
        timeout=60,
    )
    write_config(tmp_path / "genred.yaml", str(noise), str(tiny_model_path), 1)
    freezing, frozen, thaw = threading.Event(), threading.Event(), threading.Event()

    def freeze(*_: Any, **__: Any) -> list[Any]:
        if freezing.is_set():
            frozen.set()
            thaw.wait()
        return []

    monkeypatch.setattr(service_status, "HANGS_AFTER_S", 1.0)
    monkeypatch.setattr(Analyzer, "push", freeze)
    notifier = Notifier(manager.address, watchdog_interval_s=0.2)
    daemon = Supervisor(load_config(tmp_path / "genred.yaml"), [], notifier)
    thread = threading.Thread(target=daemon.run)
    thread.start()
    try:
        manager.wait_for("WATCHDOG=1")
        freezing.set()
        assert frozen.wait(PATIENCE_S)
        while True:
            # Fed until the analysis counts as hanging, then never again.
            heard = manager.hear(3.0)
            if heard is None:
                break
    finally:
        thaw.set()
        daemon.stop()
        thread.join(PATIENCE_S)
