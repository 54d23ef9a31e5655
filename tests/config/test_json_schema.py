"""The JSON Schema says what the reader does, and has one source: the fields and their docstrings."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec
import pytest
import yaml
from jsonschema import Draft202012Validator

from genred.config.json_schema import DIALECT, json_schema
from genred.config.read import parse_config
from genred.config.schema import Config
from genred.config.section import Section, documented, fields_of
from genred.config.source_kinds import SOURCE_KINDS, SourceConfig
from genred.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).parents[2]
CONFIGS = sorted((ROOT / "configs").glob("*.yaml"))
PAGES = (ROOT / "README.md", ROOT / "docs" / "expectations.md")
SAMPLES = [
    sample
    for page in PAGES
    for sample in re.findall(r"^```yaml\n(.*?)^```", page.read_text(), flags=re.MULTILINE | re.DOTALL)
]
SCHEMA = json_schema()
VALIDATOR = Draft202012Validator(SCHEMA)
KNOWN_TO_THE_READER = re.compile(
    r"^(?:\d+[hmsd]+)+ |\$|must not be shorter|belong together|not both|must be an ASCII-compatible"
    r"|must be a time zone"
)


def schema_of(kind: type[Section]) -> dict[str, Any]:
    found: dict[str, Any] = SCHEMA if kind is Config else SCHEMA["$defs"][kind.__name__]
    return found


def fault(text: str) -> str | None:
    try:
        parse_config(text)
    except ConfigError as error:
        return str(error)
    return None


def test_the_schema_is_one() -> None:
    Draft202012Validator.check_schema(SCHEMA)
    assert SCHEMA["$schema"] == DIALECT
    assert SCHEMA["title"]


@pytest.mark.parametrize("kind", Section.__subclasses__(), ids=lambda kind: kind.__name__)
def test_its_keys_are_the_fields_with_their_descriptions_and_defaults(kind: type[Section]) -> None:
    schema = schema_of(kind)
    descriptions = documented(kind)[1]
    assert list(schema["properties"]) == [field.encode_name for field in msgspec.structs.fields(kind)]
    assert schema["additionalProperties"] is False
    for field in fields_of(kind):
        described = schema["properties"][field.key]
        assert described["description"] == descriptions[field.name]
        assert ("default" in described) != (field.required or isinstance(field.default, Section))


@pytest.mark.parametrize("path", CONFIGS, ids=lambda path: path.stem)
def test_shipped_configurations_are_valid(path: Path) -> None:
    VALIDATOR.validate(yaml.safe_load(path.read_text()))


@pytest.mark.parametrize("text", SAMPLES)
def test_samples_of_the_pages_are_valid(text: str) -> None:
    VALIDATOR.validate(yaml.safe_load(text))
    assert fault(text) is None


def test_there_are_samples_and_configurations() -> None:
    assert SAMPLES
    assert CONFIGS


# 5.0 is not among them: to JSON Schema it is a whole number.
VALUES = [
    *("5", "-1", "0", "1", "60", "999999999", "0.05", "50.5", "true", "null", "''", "abc", "A B", "'-'", "'5'"),
    *("embedded", "auto", "info", "fast", "s16le", "3.1.1", "living_room", "a/b.json", "~/x", "genred/attic", "a/+/b"),
    *("soundcard", "'soundcard:USB'", "'http://me:pw@h'", "'rtsp://h/x'", "'file:///a'", "'${TEST}'", "'${TEST}s'"),
    *("15s", "250ms", "1h30m", "42d", "15 s", "30m1h", "[]", "[a]", "[a, 5]", "{}", "{a: b}"),
    *("{url: 'http://h'}", "{url: 'ftp://h'}", "{url: 'http://h', pace: fast}", "{command: [a]}", "{command: a}"),
    *("{file: a, loop: true}", "{file: a, loop: maybe}", "{pipe: '-'}", "{pipe: x}", "{rate_hz: 48000}"),
    *("{soundcard: 2, rate_hz: 48000}", "{soundcard: 2, rate_hz: 1}"),
]
REQUIRED = {"url": "'http://h'", "soundcard": "x", "file": "x", "command": "[x]", "pipe": "'-'"}


def keys(kind: type[Section], path: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    """The way to every key of the configuration, through one station called `a`."""
    for field in fields_of(kind):
        here = (*path, field.key)
        yield here
        if field.section is not None:
            yield from keys(field.section, here)
        elif field.mapping is not None:
            yield from keys(field.mapping[1], (*here, "a"))
        elif field.hint is SourceConfig:
            for key, source in SOURCE_KINDS.items():
                yield from ((*here, f"{key}: {REQUIRED[key]}, {item.name}") for item in fields_of(source)[1:])


def configuration(path: tuple[str, ...], value: str) -> str:
    text = value
    for key in reversed(path):
        text = f"{{{key}: {text}}}"
    text = text[1:-1]
    if path[0] != "stations":
        return f"stations: {{a: {{source: soundcard}}}}\n{text}"
    if len(path) > 2 and path[2] != "source":
        return text.replace("{a: {", "{a: {source: soundcard, ", 1)
    return text


@pytest.mark.parametrize("path", list(keys(Config)), ids=".".join)
def test_the_schema_and_the_reader_agree(path: tuple[str, ...], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TEST", "30")
    for value in VALUES:
        text = configuration(path, value)
        found = fault(text)
        if VALIDATOR.is_valid(yaml.safe_load(text)) != (found is None):
            # Only the reader knows a duration's bounds where it has units, what variables hold, and checks across keys.
            assert found is not None, text
            assert KNOWN_TO_THE_READER.search(f"{value} {found}"), f"{text}: {found}"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "node: a",
        "stations: {}",
        "stations: {Radio 1: {source: soundcard}}",
        "stations: {a: {}}",
        "stations: {a: {source: soundcard}}\nsations: {}",
        "stations: {a: {source: {url: 'http://h', file: x}}}",
        "stations: {a: {source: ''}}",
    ],
)
def test_what_the_reader_refuses_is_invalid(text: str) -> None:
    assert fault(text) is not None
    assert not VALIDATOR.is_valid(yaml.safe_load(text) or {})
