"""`genred health`: what the broker keeps of the daemon's status."""

from __future__ import annotations

from typing import TYPE_CHECKING

import paho.mqtt.publish
import pytest

from genred.exit_codes import ExitCode
from tests.cli.run_genred import genred

if TYPE_CHECKING:
    from pathlib import Path

    from tests.outputs.mqtt.mosquitto import Mosquitto


def write_config(folder: Path, port: int) -> Path:
    path = folder / "genred.yaml"
    path.write_text(
        f"node: attic\nmqtt: {{broker: 'localhost:{port}'}}\nstations: {{one: {{source: 'https://radio.example/'}}}}\n"
    )
    return path


def test_daemon_that_is_online_is_healthy(broker: Mosquitto, tmp_path: Path) -> None:
    paho.mqtt.publish.single("genred/attic/status", "online", qos=1, retain=True, port=broker.port)
    result = genred("health", write_config(tmp_path, broker.port))
    assert (result.returncode, result.stdout) == (ExitCode.OK, "genred/attic/status: online\n")


@pytest.mark.parametrize(("said", "found"), [("offline", "is 'offline'"), ("", "is not there")])
def test_daemon_that_is_not_online_is_named(said: str, found: str, broker: Mosquitto, tmp_path: Path) -> None:
    paho.mqtt.publish.single("genred/attic/status", said, qos=1, retain=True, port=broker.port)
    result = genred("health", write_config(tmp_path, broker.port))
    assert result.returncode == ExitCode.UNAVAILABLE
    assert f"genred/attic/status {found} at" in result.stderr


def test_broker_that_is_gone_is_named(tmp_path: Path) -> None:
    result = genred("health", write_config(tmp_path, 9))
    assert result.returncode == ExitCode.UNAVAILABLE
    assert "localhost:9" in result.stderr
