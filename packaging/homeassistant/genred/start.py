"""Starts genred and its pages under Home Assistant's Supervisor, with its MQTT broker and the app's options."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

SUPERVISOR = "http://supervisor"
INGRESS = "172.30.32.2"
"""The Supervisor's address, from which the pages are asked for; developers.home-assistant.io, "Presenting your app"."""

PAGES_PORT = 8_099
"""As `ingress_port` in config.yaml."""

_REQUEST_TIMEOUT_S = 10
_MAX_ANSWER_BYTES = 65_536
_END_WITHIN_S = 8.0


class StartError(Exception):
    """Something that Home Assistant or the user has to see to; one line."""


@dataclass(frozen=True)
class Installation:
    """Where the Supervisor puts things, and who genred runs as.

    Attributes:
        data: What survives a restart; with the user's options.
        config: The folder that the user may write to.
        user: Of the container, who gets `data`; None for who has started this.
    """

    data: Path = Path("/data")
    config: Path = Path("/config")
    user: str | None = "genred"


def read_options(place: Installation) -> dict[str, Any]:
    """Reads what the user has set, which the Supervisor has checked against the schema.

    Raises:
        StartError: There is no such file.
    """
    try:
        options: dict[str, Any] = json.loads((place.data / "options.json").read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise StartError(f"{place.data / 'options.json'}: cannot be read: {error}") from None
    return options


def ask_for_broker(supervisor: str, token: str) -> dict[str, Any]:
    """Asks the Supervisor for the MQTT service: GET /services/mqtt.

    Raises:
        StartError: There is none, or the Supervisor does not answer.
    """
    request = urllib.request.Request(  # noqa: S310 - a constant, or a test's loopback
        f"{supervisor}/services/mqtt", headers={"Authorization": f"Bearer {token}"}
    )
    try:
        with urllib.request.urlopen(request, timeout=_REQUEST_TIMEOUT_S) as answer:  # noqa: S310 - likewise
            found = json.loads(answer.read(_MAX_ANSWER_BYTES))
    except urllib.error.HTTPError as error:
        raise StartError(
            f"Home Assistant has no MQTT broker for apps ({error.code}); install the app Mosquitto broker and start it"
        ) from None
    except (OSError, ValueError) as error:
        raise StartError(f"the Supervisor does not answer at {supervisor}: {error}") from None
    service = found.get("data") if isinstance(found, dict) and found.get("result") == "ok" else None
    if not isinstance(service, dict) or not service.get("host"):
        raise StartError("Home Assistant has no MQTT broker for apps; install the app Mosquitto broker and start it")
    return service


def make_configuration(options: dict[str, Any], service: dict[str, Any], place: Installation) -> dict[str, Any]:
    """Makes genred's configuration of the user's options, or of the file that they name, and of the broker.

    Raises:
        StartError: The file cannot be read.
    """
    name = options.get("configuration_file")
    tree = _read_own(place.config / name) if name else {"stations": _stations(options)}
    encrypted = str(service.get("ssl", False)).lower() == "true"
    mqtt: dict[str, Any] = {"broker": f"{'mqtts' if encrypted else 'mqtt'}://{service['host']}:{service['port']}"}
    if service.get("username"):
        mqtt |= {"username": service["username"], "password_file": str(place.data / "mqtt-password")}
    if encrypted:
        # The broker's certificate is for the house's name, and not for the one inside.
        mqtt["tls"] = {"insecure": True}
    kept = tree.get("mqtt") if isinstance(tree.get("mqtt"), dict) else {}
    theirs = {key: value for key, value in (kept or {}).items() if key in {"base_topic", "heartbeat_s"}}
    web = tree.get("web") if isinstance(tree.get("web"), dict) else {}
    return {
        "node": options["node"],
        **tree,
        "mqtt": {**theirs, **mqtt},
        "web": {
            "control": True,
            **(web or {}),
            "address": "0.0.0.0",  # noqa: S104 - the container's own network; who is no proxy is asked for a login
            "port": PAGES_PORT,
            # What is written here is made anew at each start.
            "edit": False,
            "user_header": "X-Remote-User-Name",
            "trusted_proxies": [INGRESS],
        },
    }


def write_configuration(tree: dict[str, Any], service: dict[str, Any], place: Installation) -> Path:
    """Writes the configuration, and the password beside it, for genred alone."""
    _write(place.data / "mqtt-password", str(service.get("password", "")))
    path = place.data / "genred.yaml"
    _write(path, yaml.safe_dump(tree, allow_unicode=True, sort_keys=False))
    (place.data / "genred").mkdir(exist_ok=True)
    if place.user is not None:
        for name in ("mqtt-password", "genred.yaml", "genred"):
            shutil.chown(place.data / name, place.user, place.user)
    return path


def run(config: Path, log_level: str, place: Installation) -> int:
    """Runs daemon and pages until one of them ends or SIGTERM comes. Gives the exit code of what ended first."""
    privileges: dict[str, Any] = {}
    if place.user is not None:
        privileges = {"user": place.user, "group": place.user, "extra_groups": ["audio"]}
    environment = {name: value for name, value in os.environ.items() if name != "SUPERVISOR_TOKEN"}
    environment |= {"STATE_DIRECTORY": str(place.data / "genred"), "HOME": str(place.data / "genred")}
    asked: list[int] = []
    signal.signal(signal.SIGTERM, lambda number, _: asked.append(number))
    signal.signal(signal.SIGINT, lambda number, _: asked.append(number))
    children = [
        subprocess.Popen(
            ["genred", "--log-level", log_level, command, "-c", str(config)], env=environment, **privileges
        )
        for command in ("run", "web")
    ]
    while not asked and all(child.poll() is None for child in children):
        time.sleep(0.2)
    code = next((child.returncode for child in children if child.poll() is not None), 0)
    for child in children:
        child.terminate()
    deadline_s = time.monotonic() + _END_WITHIN_S
    for child in children:
        try:
            child.wait(max(0.1, deadline_s - time.monotonic()))
        except subprocess.TimeoutExpired:
            child.kill()
    return 0 if asked else code or 1


def main(place: Installation, supervisor: str) -> int:
    """Starts everything; says in one line what is missing."""
    try:
        options = read_options(place)
        service = ask_for_broker(supervisor, os.environ.get("SUPERVISOR_TOKEN", ""))
        config = write_configuration(make_configuration(options, service, place), service, place)
    except StartError as error:
        sys.stderr.write(f"genred: {error}\n")
        return 1
    return run(config, options.get("log_level", "info"), place)


def _stations(options: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for station in options.get("stations", ()):
        if station["id"] in found:
            raise StartError(f"two stations have the id {station['id']!r}; give each its own")
        found[station["id"]] = {"name": station["name"], "source": station["source"]}
    if not found:
        raise StartError("no station is configured; add one under Configuration")
    return found


def _read_own(path: Path) -> dict[str, Any]:
    try:
        tree = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, yaml.YAMLError) as error:
        raise StartError(f"{path}: cannot be read: {error}") from None
    if not isinstance(tree, dict):
        raise StartError(f"{path}: is not a genred configuration")
    return tree


def _write(path: Path, text: str) -> None:
    path.touch(mode=0o600)
    path.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    sys.exit(main(Installation(), SUPERVISOR))
