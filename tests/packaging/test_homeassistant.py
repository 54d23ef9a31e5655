"""The app of Home Assistant: its description, its options, and its start against a Supervisor."""

from __future__ import annotations

import importlib.util
import json
import os
import re
import socket
import subprocess
import sys
import tarfile
import urllib.error
import urllib.request
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
import yaml
from PIL import Image

import genred
from genred.config.read import load_config
from tests.cli.wav import write_wav
from tests.outputs.mqtt.watcher import Watcher
from tests.packaging.supervisor import TOKEN, FakeSupervisor, option_faults, wait_for_genre
from tests.patience import PATIENCE_S
from tests.signals import SOUNDS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.outputs.mqtt.mosquitto import Mosquitto

APP = Path(__file__).parents[2] / "packaging" / "homeassistant" / "genred"
CONFIG: dict[str, Any] = yaml.safe_load((APP / "config.yaml").read_text())
SERVICE = {"addon": "core_mosquitto", "host": "core-mosquitto", "port": 1883, "ssl": False, "protocol": "3.1.1"}
OPTIONS = {"node": "home", "stations": [{"id": "one", "name": "One", "source": "https://radio.example/"}]}


def _load(path: Path) -> Any:
    spec = importlib.util.spec_from_file_location(path.stem, path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[path.stem] = module
    spec.loader.exec_module(module)
    return module


start = _load(APP / "start.py")


@pytest.fixture
def place(tmp_path: Path) -> Any:
    made = start.Installation(tmp_path / "data", tmp_path / "config", user=None)
    made.data.mkdir()
    made.config.mkdir()
    return made


@pytest.fixture
def token(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SUPERVISOR_TOKEN", TOKEN)


def test_description_is_as_the_documents_ask() -> None:
    assert {"name", "version", "slug", "description", "arch"} <= set(CONFIG)
    assert CONFIG["version"] == genred.__version__
    assert set(CONFIG["arch"]) == {"aarch64", "amd64"}
    assert CONFIG["services"] == ["mqtt:need"]
    assert CONFIG["ingress"] is True
    assert CONFIG["ingress_port"] == start.PAGES_PORT
    assert f"[PORT:{start.PAGES_PORT}]/healthz" in CONFIG["watchdog"]
    for name in ("DOCS.md", "README.md", "CHANGELOG.md", "Dockerfile"):
        assert (APP / name).exists()
    assert f"## {genred.__version__}" in (APP / "CHANGELOG.md").read_text()


def test_pictures_have_the_sizes_of_the_store() -> None:
    for name, size in {"icon.png": (128, 128), "logo.png": (250, 100)}.items():
        with Image.open(APP / name) as picture:
            assert picture.size == size


def test_folder_has_what_its_dockerfile_copies_and_packs_the_same_each_time(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    scripts = APP.parents[2] / "scripts" / "packaging"
    monkeypatch.syspath_prepend(str(scripts))
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1700000000")
    app = _load(scripts / "app.py")
    wheel = tmp_path / "genred-1-py3-none-any.whl"
    wheel.write_bytes(b"wheel")
    packed: list[Path] = []
    for name in ("a", "b"):
        folder = app.build_app(wheel, tmp_path / name / "genred-homeassistant")
        os.utime(folder / "genred" / "config.yaml", (len(packed), 1))
        packed.append(app.pack(folder, tmp_path / f"{name}.tar.gz"))
    for pattern in re.findall(r"(?m)^COPY (.+) \S+$", (folder / "genred" / "Dockerfile").read_text()):
        for each in pattern.split():
            assert list((folder / "genred").glob(each)), each
    assert packed[0].read_bytes() == packed[1].read_bytes()
    with tarfile.open(packed[0]) as archive:
        assert "genred-homeassistant/repository.yaml" in archive.getnames()


@pytest.mark.parametrize("language", ["en", "de"])
def test_every_option_is_translated(language: str) -> None:
    texts = yaml.safe_load((APP / "translations" / f"{language}.yaml").read_text())
    assert set(texts["configuration"]) == set(CONFIG["schema"])
    assert set(texts["network"]) == set(CONFIG["ports"])


def test_options_fit_their_schema() -> None:
    assert option_faults(CONFIG["options"], CONFIG["schema"]) == []
    assert option_faults({**CONFIG["options"], "configuration_file": "genred.yaml"}, CONFIG["schema"]) == []


@pytest.mark.parametrize(
    ("changed", "key"),
    [
        ({"node": "My House"}, ".node"),
        ({"log_level": "loud"}, ".log_level"),
        ({"stations": [{"id": "a", "name": "A"}]}, ".stations[0].source"),
        ({"configuration_file": "../options.json"}, ".configuration_file"),
    ],
)
def test_schema_refuses_what_genred_could_not_use(changed: dict[str, Any], key: str) -> None:
    (fault,) = option_faults({**CONFIG["options"], **changed}, CONFIG["schema"])
    assert fault.startswith(f"{key}: ")


def test_default_options_give_a_valid_configuration(place: Any) -> None:
    service = {**SERVICE, "username": "addons", "password": "p$ss: {word}"}
    tree = start.make_configuration(CONFIG["options"], service, place)
    config = load_config(start.write_configuration(tree, service, place))
    assert list(config.stations) == ["paradise"]
    assert config.mqtt.broker == "mqtt://core-mosquitto:1883"
    assert (place.data / "mqtt-password").read_text() == "p$ss: {word}"
    assert (place.data / "mqtt-password").stat().st_mode & 0o077 == 0
    assert config.web.trusted_proxies == (start.INGRESS,)
    assert (config.web.control, config.web.edit) == (True, False)


def test_file_of_the_user_replaces_stations_but_neither_broker_nor_login(place: Any) -> None:
    own = {
        "node": "studio",
        "mqtt": {"broker": "elsewhere", "base_topic": "radio"},
        "web": {"address": "0.0.0.0", "user_header": "X-Anybody", "control": False, "edit": True},
        "stations": {"two": {"source": "https://two.example/"}},
    }
    (place.config / "mine.yaml").write_text(yaml.safe_dump(own))
    service = {**SERVICE, "ssl": True, "port": "8883"}
    tree = start.make_configuration({**OPTIONS, "configuration_file": "mine.yaml"}, service, place)
    config = load_config(start.write_configuration(tree, service, place))
    assert (config.node, list(config.stations)) == ("studio", ["two"])
    assert (config.mqtt.broker, config.mqtt.base_topic) == ("mqtts://core-mosquitto:8883", "radio")
    assert (config.web.user_header, config.web.control) == ("X-Remote-User-Name", False)
    # A station from a page would be gone after the next start.
    assert not config.web.edit


@pytest.mark.usefixtures("token")
@pytest.mark.parametrize(
    ("options", "service", "said"),
    [
        (OPTIONS, None, "install the app Mosquitto broker"),
        ({**OPTIONS, "stations": []}, SERVICE, "no station is configured"),
        ({**OPTIONS, "stations": [*OPTIONS["stations"], *OPTIONS["stations"]]}, SERVICE, "two stations have the id"),
        ({**OPTIONS, "configuration_file": "gone.yaml"}, SERVICE, "gone.yaml: cannot be read"),
    ],
)
def test_what_is_missing_is_said_in_one_line(
    options: dict[str, Any],
    service: dict[str, Any] | None,
    said: str,
    place: Any,
    capsys: pytest.CaptureFixture[str],
) -> None:
    (place.data / "options.json").write_text(json.dumps(options))
    with FakeSupervisor(service) as supervisor:
        assert start.main(place, supervisor.url) == 1
    (line,) = capsys.readouterr().err.splitlines()
    assert said in line


@pytest.fixture
def running(broker: Mosquitto, place: Any, tmp_path: Path, brisk_model_path: Path) -> Iterator[tuple[Any, int]]:
    """The app, started as the Supervisor does, but for its folders, with a file as its station."""
    sound = write_wav(tmp_path / "song.wav", SOUNDS["jazz"](8.0, np.random.default_rng(1)))
    own = {
        "stations": {"one": {"source": {"file": str(sound), "loop": True}, "model": str(brisk_model_path)}},
    }
    (place.config / "mine.yaml").write_text(yaml.safe_dump(own))
    (place.data / "options.json").write_text(json.dumps({**OPTIONS, "configuration_file": "mine.yaml"}))
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    with FakeSupervisor({**SERVICE, "host": "127.0.0.1", "port": broker.port}) as supervisor:
        program = (
            "import sys, pathlib, start\n"
            # The test's own requests come in the place of the Supervisor's.
            f"start.PAGES_PORT, start.INGRESS = {port}, '127.0.0.1'\n"
            f"place = start.Installation(*map(pathlib.Path, {[str(place.data), str(place.config)]!r}), user=None)\n"
            f"sys.exit(start.main(place, {supervisor.url!r}))\n"
        )
        tools = tmp_path / "bin"
        tools.mkdir()
        command = tools / "genred"
        command.write_text(f'#!/bin/sh\nexec {sys.executable} -m genred "$@"\n')
        command.chmod(0o755)
        environment = {**os.environ, "SUPERVISOR_TOKEN": TOKEN, "PATH": f"{tools}:{os.environ['PATH']}"}
        environment["PYTHONPATH"] = f"{APP}:{environment.get('PYTHONPATH', '')}"
        process = subprocess.Popen([sys.executable, "-c", program], env=environment)
        yield process, port
        process.terminate()
        assert process.wait(PATIENCE_S) == 0


@pytest.mark.timeout(180)
def test_start_script_brings_genre_and_pages(running: tuple[Any, int], broker: Mosquitto) -> None:
    process, port = running
    with Watcher(broker.port) as watcher:
        wait_for_genre(watcher, process, "jazz")
        assert any(seen.topic.startswith("homeassistant/device/") for seen in watcher.seen)
    pages = f"http://127.0.0.1:{port}"
    assert _status(f"{pages}/healthz") == 200
    by_ingress = {"X-Ingress-Path": "/api/hassio_ingress/abc", "X-Remote-User-Name": "ada"}
    assert _status(f"{pages}/", by_ingress) == 200
    assert _status(f"{pages}/") == 401


def _status(url: str, headers: dict[str, str] | None = None) -> int:
    request = urllib.request.Request(url, headers=headers or {})  # noqa: S310 - loopback
    try:
        with urllib.request.urlopen(request, timeout=PATIENCE_S) as answer:  # noqa: S310 - likewise
            return int(answer.status)
    except urllib.error.HTTPError as error:
        return error.code
