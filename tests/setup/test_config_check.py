"""One check for a start, a reload and `genred check-config`."""

from __future__ import annotations

import importlib.util
import json
from typing import TYPE_CHECKING

import pytest

from genred.errors import ConfigError
from genred.setup.config_check import load_checked

if TYPE_CHECKING:
    from pathlib import Path


def write(folder: Path, config: dict[str, object]) -> Path:
    path = folder / "genred.yaml"
    path.write_text(json.dumps({"stations": {"a": {"source": "soundcard"}}, **config}))
    return path


def test_a_good_configuration_comes_with_each_of_its_models_once(tmp_path: Path, tiny_model_path: Path) -> None:
    tiny = str(tiny_model_path)
    stations = {name: {"source": "soundcard", "model": tiny} for name in ("a", "b")}
    config, bundles = load_checked(write(tmp_path, {"model": tiny, "stations": stations}))
    assert list(config.stations) == ["a", "b"]
    assert list(bundles) == [tiny]


@pytest.mark.parametrize("apart", [False, True])
def test_every_deeper_fault_is_listed_with_its_key(
    tmp_path: Path, tiny_model_path: Path, monkeypatch: pytest.MonkeyPatch, apart: bool
) -> None:
    broken = tmp_path / "broken.json"
    broken.write_bytes(tiny_model_path.read_bytes())
    broken.with_suffix(".tflite").write_bytes(b"no network")
    find_spec = importlib.util.find_spec
    absent = {"amqtt", "prometheus_client"}
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None if name in absent else find_spec(name))
    path = write(
        tmp_path,
        {
            "model": str(tiny_model_path),
            "mqtt": {"broker": "embedded"},
            "metrics": {"enabled": True},
            "stations": {"a": {"source": "soundcard", "model": str(broken)}, "b": {"source": "soundcard"}},
        },
    )
    with pytest.raises(ConfigError) as refused:
        load_checked(path, apart=lambda _: apart)
    heading, *faults = str(refused.value).splitlines()
    assert heading == f"{path}: 3 errors"
    assert [fault.split(":")[0].strip() for fault in faults] == ["stations.a.model", "mqtt.broker", "metrics.enabled"]


@pytest.mark.parametrize(
    ("mqtt", "key"),
    [
        ({"broker": "h:99999"}, "mqtt.broker"),
        ({"username": "me", "password_file": "/nonexistent/secret"}, "mqtt.password_file"),
        ({"broker": "mqtts://h", "tls": {"ca_file": "/nonexistent/ca"}}, "mqtt.tls.ca_file"),
        ({"password": "hunter2"}, "mqtt.username"),
    ],
)
def test_a_broker_that_can_never_be_reached_is_a_fault(
    mqtt: dict[str, object], key: str, tmp_path: Path, tiny_model_path: Path
) -> None:
    with pytest.raises(ConfigError, match=key) as refused:
        load_checked(write(tmp_path, {"model": str(tiny_model_path), "mqtt": mqtt}))
    assert "hunter2" not in str(refused.value)


@pytest.mark.parametrize(
    ("tree", "said"),
    [
        (
            {"metrics": {"enabled": True, "address": "192.0.2.1"}},
            "metrics.address: '192.0.2.1' is not an address of this",
        ),
        ({"metrics": {"address": "nope nope"}}, "metrics.address: must be an IP address or a host name"),
        (
            {"analysis": {"smoothing": {"announce_threshold": 0.3, "release_threshold": 0.6}}},
            "analysis.smoothing: release_threshold 0.6 must not be above announce_threshold 0.3",
        ),
        (
            {"analysis": {"smoothing": {"release_threshold": 0.99}}},
            "analysis.smoothing.release_threshold: 0.99 is above the model's announce_threshold",
        ),
        ({"mqtt": {"client_id": "a\x1bb"}}, "mqtt.client_id: must be text without control characters"),
        ({"mqtt": {"username": "a\0b"}}, "mqtt.username: contains a null character"),
    ],
)
def test_what_a_start_could_not_use_is_a_fault(
    tree: dict[str, object], said: str, tmp_path: Path, tiny_model_path: Path
) -> None:
    with pytest.raises(ConfigError) as refused:
        load_checked(write(tmp_path, {"model": str(tiny_model_path), **tree}))
    assert said in str(refused.value)


@pytest.mark.parametrize("address", ["127.0.0.1", "localhost", "::1", "0.0.0.0", "::"])
def test_an_address_of_this_machine_will_do(address: str, tmp_path: Path, tiny_model_path: Path) -> None:
    metrics = {"enabled": True, "address": address}
    load_checked(write(tmp_path, {"model": str(tiny_model_path), "metrics": metrics}))
