"""`genred run` with something expected of its stations: over MQTT, and to somebody who is told."""

from __future__ import annotations

import json
import signal
from typing import TYPE_CHECKING

import numpy as np
import pytest

from genred.exit_codes import ExitCode
from tests.cli.daemon import Daemon
from tests.cli.wav import sound, write_wav
from tests.outputs.alerts.recipients import Hook
from tests.outputs.mqtt.watcher import Watcher
from tests.patience import PATIENCE_S

if TYPE_CHECKING:
    from pathlib import Path

    from tests.outputs.mqtt.mosquitto import Mosquitto


@pytest.mark.parametrize("processes", [1, 2])
def test_what_is_expected_is_broken_and_met_again(
    tmp_path: Path, broker: Mosquitto, brisk_model_path: Path, processes: int
) -> None:
    programme = np.concatenate([sound("jazz", 8), np.zeros(9 * 22_050, np.float32)])
    file = write_wav(tmp_path / "jazz.wav", programme)
    (tmp_path / "hook").touch()
    with Hook() as hook, Watcher(broker.port, "genred/#") as watcher:
        (tmp_path / "hook").write_text(f"# whom to tell\n{hook.url}\n")
        config = tmp_path / "genred.yaml"
        config.write_text(
            json.dumps(
                {
                    "node": "attic",
                    "model": str(brisk_model_path),
                    "processes": processes,
                    "mqtt": {"broker": f"127.0.0.1:{broker.port}", "heartbeat_s": 2},
                    "homeassistant": {"enabled": False},
                    "analysis": {"silence": {"start_s": 1.0}},
                    "stations": {
                        "radio": {
                            "source": {"file": str(file), "loop": True},
                            "expect": [{"silence_at_most": "5s"}, {"share": {"jazz": 0.9}, "over": "1h"}],
                        },
                        "other": {"source": {"file": str(file), "loop": True}},
                    },
                    "alerts": {"me": {"what": "expectation", "after": 0, "to_file": "hook"}},
                }
            )
        )
        with Daemon(config) as daemon:
            watcher.wait_for("genred/attic/radio/genre", lambda message: message.text == "jazz")
            broken = watcher.wait_for(
                "genred/attic/radio/event", lambda message: message.json["event"] == "expectation_broken"
            ).json
            assert broken["expectation"] == "silence"
            assert broken["description"] == "no silence for more than 5 s"
            (figure,) = broken["figures"]
            assert figure["of"] == "silence"
            assert 5 < figure["measured"] < 8
            watcher.wait_for("genred/attic/radio/state", lambda m: m.json["broken_expectations"] == ["silence"])
            (told,) = hook.inbox.wait()
            assert told["title"] == "genred attic: radio: not as expected (no silence for more than 5 s)"
            met = watcher.wait_for(
                "genred/attic/radio/event", lambda message: message.json["event"] == "expectation_met"
            ).json
            assert (met["expectation"], met["reason"]) == ("silence", "met")
            assert met["started_at"] == broken["at"]
            watcher.wait_for("genred/attic/radio/state", lambda m: m.json["broken_expectations"] == [])
            daemon.process.send_signal(signal.SIGTERM)
            assert daemon.process.wait(PATIENCE_S) == ExitCode.OK
            assert not [line for line in daemon.log if "hushhush" in line or "Traceback" in line]
