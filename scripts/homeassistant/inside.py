# ruff: noqa: D102, D103, T201 - a program of one page; what it prints is its purpose
"""Runs inside Home Assistant's interpreter: starts it, plays a person who uses the stations, says what it sees.

Reads lines from standard input (what the other side has done) and writes JSON lines to standard output.
"""

import asyncio
import json
import logging
import socket
import sys
import tempfile
from pathlib import Path

from homeassistant import bootstrap, runner
from homeassistant.components.automation.config import async_validate_config_item
from homeassistant.const import __version__
from homeassistant.helpers import device_registry, entity_registry

PATIENCE_S = 30.0


def seed(folder: Path, port: int) -> None:
    """Writes a configuration with an MQTT entry, as if a person had added the integration."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        http = free.getsockname()[1]
    (folder / "configuration.yaml").write_text(
        f"http:\n  server_host: 127.0.0.1\n  server_port: {http}\nautomation: []\n"
    )
    now = "2026-01-01T00:00:00+00:00"
    entry = {
        "created_at": now,
        "modified_at": now,
        "data": {"broker": "127.0.0.1", "port": port, "discovery": True, "discovery_prefix": "homeassistant"},
        "discovery_keys": {},
        "disabled_by": None,
        "domain": "mqtt",
        "entry_id": "mqtt",
        "minor_version": 2,
        "options": {},
        "pref_disable_new_entities": False,
        "pref_disable_polling": False,
        "source": "user",
        "subentries": [],
        "title": "broker",
        "unique_id": None,
        "version": 1,
    }
    storage = folder / ".storage"
    storage.mkdir()
    content = {"version": 1, "minor_version": 5, "key": "core.config_entries", "data": {"entries": [entry]}}
    (storage / "core.config_entries").write_text(json.dumps(content))


class Complaints(logging.Handler):
    """What Home Assistant has against our messages."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.lines.append(record.getMessage())


def say(what: str, **values: object) -> None:
    print(json.dumps({"what": what, **values}), flush=True)


async def until(condition) -> bool:
    for _ in range(int(PATIENCE_S / 0.1)):
        if condition():
            return True
        await asyncio.sleep(0.1)
    return False


async def main() -> None:
    folder = Path(tempfile.mkdtemp(prefix="homeassistant-"))
    seed(folder, int(sys.argv[1]))
    complaints = Complaints()
    logging.getLogger("homeassistant.components.mqtt").addHandler(complaints)
    config = runner.RuntimeConfig(config_dir=str(folder), skip_pip=True, log_no_color=True)
    hass = await bootstrap.async_setup_hass(config)
    await hass.async_start()
    entities, devices = entity_registry.async_get(hass), device_registry.async_get(hass)

    def ours() -> dict[str, str]:
        return {
            entry.unique_id: entry.entity_id
            for entry in entities.entities.values()
            if entry.platform == "mqtt" and entry.unique_id.startswith("genred_")
        }

    def state(unique_id: str) -> str | None:
        found = hass.states.get(ours().get(unique_id, ""))
        return None if found is None else found.state

    await until(lambda: state("genred_genred__kitchen_genre") == "jazz")
    say(
        "entities",
        version=__version__,
        entities={unique_id: [entity_id, state(unique_id)] for unique_id, entity_id in sorted(ours().items())},
        devices={
            device.name: None if device.via_device_id is None else devices.async_get(device.via_device_id).name
            for device in devices.devices.values()
            if any(domain == "mqtt" for domain, _ in device.identifiers)
        },
    )
    switch = {"entity_id": ours()["genred_genred__kitchen_enabled"]}
    await hass.services.async_call("switch", "turn_off", switch, blocking=True)
    say("switch", off=await until(lambda: state("genred_genred__kitchen_enabled") == "off"))
    await hass.services.async_call(
        "button", "press", {"entity_id": ours()["genred_genred__kitchen_reset"]}, blocking=True
    )
    say("button")
    for line in sys.stdin:
        request = json.loads(line)
        if request["do"] == "validate":
            checked = await async_validate_config_item(hass, request["name"], request["automation"])
            status = getattr(checked, "validation_status", None)
            say(
                "automation",
                name=request["name"],
                status=str(status),
                error=checked.validation_error if checked else "none",
            )
        elif request["do"] == "wait for removal":
            gone = request["of"]
            say("removal", done=await until(lambda gone=gone: not [name for name in ours() if gone in name]))
        elif request["do"] == "wait for offline":
            say("offline", done=await until(lambda: state("genred_genred__kitchen_genre") == "unavailable"))
        else:
            break
    say("complaints", lines=complaints.lines)
    await hass.async_stop(force=True)


asyncio.run(main())
