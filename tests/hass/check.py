"""Publishes two stations to a real mosquitto and asks Home Assistant what it makes of them."""

from __future__ import annotations

import json
import os
import shlex
import subprocess
import sys
import tempfile
import threading
from pathlib import Path
from typing import Any

import yaml

from genred.events import ExpectationProfile, StationSwitched
from genred.outputs.mqtt.output import MqttOutput
from tests.outputs.events import broken, config, moment, profile, report
from tests.outputs.mqtt.mosquitto import Mosquitto
from tests.patience import PATIENCE_S

REPOSITORY = Path(__file__).parents[2]

EXPECTED = {
    "genred_genred_online": "on",
    "genred_genred__kitchen_genre": "jazz",
    "genred_genred__kitchen_confidence": "80.0",
    "genred_genred__kitchen_level": "-18.3",
    "genred_genred__kitchen_title": "Bill Evans - Waltz for Debby",
    "genred_genred__kitchen_state": "music",
    "genred_genred__kitchen_silence": "off",
    "genred_genred__kitchen_online": "on",
    "genred_genred__kitchen_enabled": "on",
    "genred_genred__kitchen_model": "default",
    "genred_genred__kitchen_windows": "7",
    "genred_genred__kitchen_dropped_windows": "2",
    "genred_genred__kitchen_reconnects": "1",
    "genred_genred__kitchen_expect_not_metal": "on",
    "genred_genred__kitchen_expect_silence": "off",
    "genred_genred__attic_genre": "unavailable",
    "genred_genred__attic_enabled": "off",
}

EXPECTATIONS = (
    ExpectationProfile("not_metal", "no metal for 5 min"),
    ExpectationProfile("silence", "no silence for more than 20 s"),
)


class Stations:
    """Obeys, and remembers."""

    def __init__(self) -> None:
        self.done: list[tuple[object, ...]] = []
        self.was_reset = threading.Event()
        self.output: MqttOutput | None = None

    def set_enabled(self, station: str, enabled: bool) -> None:
        self.done.append(("enabled", station, enabled))
        if self.output is not None:
            self.output.handle(StationSwitched(station=station, at=moment(6), enabled=enabled))

    def reset(self, station: str) -> None:
        self.done.append(("reset", station))
        self.was_reset.set()


class Inside:
    """Home Assistant, in a process of its own."""

    def __init__(self, port: int) -> None:
        program = (REPOSITORY / "scripts" / "homeassistant" / "inside.py").read_text()
        command = shlex.split(os.environ["GENRED_HASS_PYTHON"])
        self._process = subprocess.Popen(
            [*command, "-c", program, str(port)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )

    def hear(self, what: str) -> dict[str, Any]:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            if line.startswith("{") and (message := json.loads(line))["what"] == what:
                return dict(message)
        raise SystemExit(f"Home Assistant ended before it said {what!r}")

    def ask(self, do: str, what: str, **values: object) -> dict[str, Any]:
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps({"do": do, **values}) + "\n")
        self._process.stdin.flush()
        return self.hear(what)

    def kill(self) -> None:
        self._process.kill()
        self._process.wait(PATIENCE_S)


def main() -> int:
    """Runs the check; 0 when Home Assistant agrees with everything."""
    with tempfile.TemporaryDirectory() as folder:
        broker = Mosquitto(Path(folder)).start()
        stations = Stations()
        settings = config(broker.port, stations=("kitchen", "attic"), discovery=True)
        kitchen = profile("kitchen", expectations=EXPECTATIONS)
        output = MqttOutput(settings, [kitchen, profile("attic", enabled=False)], stations)
        stations.output = output
        output.start()
        output.handle(report("kitchen"))
        output.handle(broken("not_metal"))
        inside = Inside(broker.port)
        try:
            return _converse(inside, output, stations)
        finally:
            inside.kill()
            output.close()
            broker.stop()


def _converse(inside: Inside, output: MqttOutput, stations: Stations) -> int:
    faults: list[str] = []

    def expect(what: str, found: object, wanted: object) -> None:
        mark = "ok  " if found == wanted else "FAIL"
        print(f"  {mark}  {what}: {found}")
        if found != wanted:
            faults.append(what)

    seen = inside.hear("entities")
    print(f"Home Assistant {seen['version']}")
    for unique_id, wanted in EXPECTED.items():
        entity_id, state = seen["entities"].get(unique_id, ("missing", None))
        expect(f"{entity_id:<44}", state, wanted)
    expect("devices", seen["devices"], {"genred": None, "Kitchen": "genred", "Attic": "genred"})
    expect("switch in Home Assistant turns the station off", inside.hear("switch")["off"], True)
    inside.hear("button")
    stations.was_reset.wait(PATIENCE_S)
    expect("commands that arrived", stations.done, [("enabled", "kitchen", False), ("reset", "kitchen")])
    for path in sorted((REPOSITORY / "configs" / "home-assistant").glob("*.yaml")):
        automation = yaml.safe_load(path.read_text())
        answer = inside.ask("validate", "automation", name=path.stem, automation=automation)
        expect(f"automation {path.name}", answer["status"], "ok")
        if answer["error"]:
            print(f"        {answer['error']}")
    output.update([profile("kitchen", expectations=EXPECTATIONS[:1]), profile("attic", enabled=False)])
    gone = inside.ask("wait for removal", "removal", of="expect_silence")["done"]
    expect("removed expectation vanishes", gone, True)
    output.update([profile("kitchen")])
    expect("removed station vanishes", inside.ask("wait for removal", "removal", of="attic")["done"], True)
    output.close()
    expect("closed daemon is unavailable", inside.ask("wait for offline", "offline")["done"], True)
    expect("complaints of the MQTT integration", inside.ask("end", "complaints")["lines"], [])
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
