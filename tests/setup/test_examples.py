"""What is copied from configs/ works."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from prometheus_client import generate_latest

from genred.broker.settings import read_broker_settings
from genred.broker.topics import Topics
from genred.config.read import load_config
from genred.config.schema import Config, MetricsConfig
from genred.examples import example_files, read_example, summary
from genred.exit_codes import ExitCode
from genred.outputs.homeassistant.discovery import Discovery
from genred.outputs.prometheus.output import MetricsOutput
from tests.cli.run_genred import genred
from tests.outputs.events import config, profile, report, status
from tests.outputs.prometheus.test_output import Connection

CONFIGS = Path(__file__).parents[2] / "configs"
EXAMPLES = sorted(CONFIGS.glob("*.yaml"))
AUTOMATIONS = sorted((CONFIGS / "home-assistant").glob("*.yaml"))


def entities_of_kitchen() -> dict[str, dict[str, Any]]:
    """What Home Assistant has of a station with the id `kitchen`, by entity id."""
    found = {}
    for _topic, (payload, *_) in Discovery(config(discovery=True), Topics("genred", "genred")).messages([profile()]):
        for component in json.loads(payload)["cmps"].values():
            found[component["default_entity_id"]] = component
    return found


@pytest.fixture
def example(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Config:
    monkeypatch.setenv("GENRED_MQTT_PASSWORD", "secret")
    return load_config(request.param)


@pytest.mark.parametrize("example", EXAMPLES, indirect=True, ids=lambda path: path.stem)
def test_example_is_a_valid_configuration(example: Config) -> None:
    assert example.stations
    if example.mqtt.tls.cert_file is None:
        assert read_broker_settings(example).address.port


def test_examples_show_every_kind_of_source(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GENRED_MQTT_PASSWORD", "secret")
    kinds = {type(station.source).__name__ for path in EXAMPLES for station in load_config(path).stations.values()}
    assert kinds == {"StreamSource", "SoundcardSource", "FileSource", "CommandSource"}


@pytest.mark.parametrize("path", AUTOMATIONS, ids=lambda path: path.stem)
def test_automation_speaks_of_entities_and_words_that_there_are(path: Path) -> None:
    text = path.read_text()
    automation = yaml.safe_load(text)
    assert {"alias", "description", "triggers", "actions", "mode"} <= set(automation)
    assert "expire_after" not in text
    entities = entities_of_kitchen()
    for entity in set(re.findall(r"\b(?:sensor|binary_sensor|switch|button)\.genred_\w+", text)):
        assert entity in entities
    for trigger in automation["triggers"]:
        options = entities.get(trigger.get("entity_id"), {}).get("options")
        if options is not None:
            assert trigger["to"] in options
    for topic in re.findall(r"genred/genred/kitchen/(\w+)", text):
        assert topic in {"event", "state", "genre"}


def test_automations_cover_what_people_ask_for_first() -> None:
    assert {"dim-lights-when-jazz", "tell-me-when-silent", "after-five-minutes-of-classical"} <= {
        path.stem for path in AUTOMATIONS
    }


def test_dashboard_asks_only_for_metrics_that_there_are() -> None:
    settings = config()
    output = MetricsOutput(
        type(settings)(stations=settings.stations, metrics=MetricsConfig(enabled=True)), [profile()], Connection()
    )
    output.handle(report())
    output.handle(status())
    page = generate_latest(output._registry).decode()
    offered = set(re.findall(r"^# TYPE (\w+)", page, re.MULTILINE))
    dashboard = json.loads((CONFIGS / "grafana" / "genred.json").read_text())
    asked = {
        name
        for panel in dashboard["panels"]
        for target in panel["targets"]
        for name in re.findall(r"\b((?:genred|process)_\w+)", target["expr"])
    }
    assert asked
    assert asked <= offered


def test_every_file_of_the_examples_can_be_printed_by_its_name() -> None:
    files = example_files()
    assert sorted(files.values()) == sorted(path for path in CONFIGS.rglob("*") if path.is_file())
    for name, path in files.items():
        assert read_example(name) == path.read_text(encoding="utf-8")
        assert summary(read_example(name))


def test_example_that_there_is_not_is_answered_with_those_that_there_are() -> None:
    result = genred("config-example", "../genred")
    assert result.returncode == ExitCode.USAGE
    assert "there is no example '../genred'" in result.stderr
    assert "several-stations" in result.stderr


def test_examples_are_listed_with_what_they_show() -> None:
    text = genred("config-example", "--list").stdout
    assert "\ntls\n    An encrypted connection" in text
    assert "\nhome-assistant/dim-lights-when-jazz\n    Dim the lights when it is jazz\n" in text
    assert genred("config-example").stdout == (CONFIGS / "genred.yaml").read_text()
