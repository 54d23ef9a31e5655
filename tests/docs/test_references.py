"""The documents name everything that other programs match on, and everything that can be typed."""

from __future__ import annotations

import contextlib
import re
import sqlite3
import tomllib
from typing import TYPE_CHECKING

import msgspec
from prometheus_client import generate_latest

from genred.airplay.schema import LOG
from genred.cause import Cause
from genred.classification.fault_spans import FaultSpan
from genred.classification.summary import Classification, Medium
from genred.classification.timeline import TimelineEntry
from genred.cli.command_line import build_parser
from genred.config.schema import MetricsConfig
from genred.exit_codes import ExitCode
from genred.outputs.homeassistant.entities import station_entities
from genred.outputs.prometheus.output import MetricsOutput
from genred.payloads.day import DayPayload
from genred.payloads.event import EventPayload
from genred.payloads.state import StatePayload
from tests.docs.pages import ROOT
from tests.outputs.events import config, profile, report, status
from tests.outputs.prometheus.test_output import Connection

if TYPE_CHECKING:
    from collections.abc import Iterable


def not_named(values: Iterable[str], *pages: str) -> set[str]:
    """The values that no code and no JSON of these documents has."""
    text = "\n".join((ROOT / "docs" / page).read_text() for page in pages)
    code = {word for span in re.findall(r"`([^`\n]+)`", text) for word in re.findall(r"\w+", span)}
    return set(values) - code - set(re.findall(r'"(\w+)":', text))


def test_every_cause_is_explained() -> None:
    assert not_named((cause.value for cause in Cause if not cause.startswith("http_")), "mqtt.md") == set()


def test_every_field_of_the_state_and_the_day_is_shown() -> None:
    assert not_named(StatePayload.__struct_fields__, "mqtt.md") == set()
    assert not_named(DayPayload.__struct_fields__, "mqtt.md", "airplay.md") == set()


def test_every_field_of_a_classification_is_described() -> None:
    kinds = (Classification, Medium, FaultSpan, TimelineEntry)
    assert not_named({name for kind in kinds for name in kind.__struct_fields__}, "classify.md") == set()


def test_every_event_is_named() -> None:
    kinds = {
        field.default
        for kind in EventPayload.__args__
        for field in msgspec.structs.fields(kind)
        if field.name == "event"
    }
    assert "genre_changed" in kinds
    assert not_named(kinds, "mqtt.md") == set()


def test_every_metric_is_listed() -> None:
    settings = type(config())(stations=config().stations, metrics=MetricsConfig(enabled=True))
    output = MetricsOutput(settings, [profile()], Connection())
    output.handle(report())
    output.handle(status())
    metrics = re.findall(r"^# TYPE (genred_\w+)", generate_latest(output._registry).decode(), re.MULTILINE)
    assert len(metrics) > 20
    assert not_named(metrics, "operate.md") == set()


def test_every_entity_of_home_assistant_is_listed() -> None:
    text = (ROOT / "docs" / "home-assistant.md").read_text()
    keys = {entity.key for entity in station_entities(profile())}
    assert {key for key in keys if not re.search(rf"_{key}`", text)} == set()


def test_every_column_of_the_log_is_described() -> None:
    with contextlib.closing(sqlite3.connect(":memory:", isolation_level=None)) as database:
        for step in LOG.migrations:
            database.executescript(step)
        names = {name for (name,) in database.execute("SELECT name FROM sqlite_schema WHERE type IN ('table', 'view')")}
        columns = {column for name in names for _, column, *_ in database.execute(f"PRAGMA table_info({name})")}
    assert not_named({*names, *columns}, "airplay.md") == set()


def test_every_command_exit_code_and_extra_is_listed() -> None:
    start = (ROOT / "docs" / "index.md").read_text()
    commands = re.findall(r"(?m)^    ([a-z-]+)(?: |$)", build_parser().format_help())
    assert "demo" in commands
    assert {name for name in commands if not re.search(rf"`genred {name}[` ]", start)} == set()
    assert {code for code in ExitCode if not re.search(rf"\b{code}\b", start)} == set()
    extras = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["optional-dependencies"]
    assert not_named(set(extras) - {"dev", "docs", "release"}, "install.md") == set()
