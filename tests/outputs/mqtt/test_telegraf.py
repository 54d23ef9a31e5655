"""The examples for Telegraf name fields that there are.

Telegraf itself is neither in Debian nor on PyPI; its options are those of its documents (mqtt_consumer, json_v2).
"""

from __future__ import annotations

import tomllib
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, get_args

import msgspec
import pytest

from genred.payloads.event import EventPayload
from genred.payloads.state import StatePayload

CONFIGS = sorted((Path(__file__).resolve().parents[3] / "configs").glob("telegraf-*.conf"))
EVENT_FIELDS = {field.name for kind in get_args(EventPayload) for field in msgspec.structs.fields(kind)}
FIELDS = {"state": {field.name for field in msgspec.structs.fields(StatePayload)}, "event": EVENT_FIELDS}


def inputs(config: Path) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = tomllib.loads(config.read_text())["inputs"]["mqtt_consumer"]
    return found


@pytest.mark.parametrize("config", CONFIGS, ids=lambda path: path.stem)
def test_every_field_and_tag_is_published(config: Path) -> None:
    for consumer in inputs(config):
        (topic,) = consumer["topics"]
        fields = FIELDS[topic.rpartition("/")[2]]
        (parsing,) = consumer["topic_parsing"]
        assert parsing["topic"] == topic
        assert parsing["tags"] == "_/node/station/_"
        (parser,) = consumer["json_v2"]
        assert {part["path"] for part in (*parser["tag"], *parser["field"])} <= fields
        assert parser["timestamp_path"] in fields


@pytest.mark.parametrize("config", CONFIGS, ids=lambda path: path.stem)
def test_fields_that_not_every_payload_has_are_optional(config: Path) -> None:
    for consumer in inputs(config):
        (parser,) = consumer["json_v2"]
        required = {part["path"] for part in (*parser["tag"], *parser["field"]) if not part.get("optional")}
        if consumer["topics"][0].endswith("event"):
            common = set.intersection(
                *({field.name for field in msgspec.structs.fields(kind)} for kind in get_args(EventPayload))
            )
            assert required <= common


def test_the_format_of_times_is_that_of_gos_reference_time() -> None:
    reference = datetime(2006, 1, 2, 15, 4, 5, tzinfo=UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    for config in CONFIGS:
        for consumer in inputs(config):
            assert consumer["json_v2"][0]["timestamp_format"] == reference
