"""Reads YAML into the typed configuration and reports every fault at once.

msgspec stops at its first error; a person who mends a file wants all of them. So the tree is walked here, field by
field, and each value is read by its own type.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import msgspec

from genred.config.environment import resolve_texts
from genred.config.schema import Config
from genred.config.section import Field, Section, fields_of
from genred.config.source_kinds import SOURCE_KINDS, FileSource, SourceConfig
from genred.config.source_text import parse_source
from genred.config.types.path import FilePath
from genred.config.types.suggestion import did_you_mean
from genred.config.types.value import ValueType, shown, value_type
from genred.config.yaml_text import parse_yaml
from genred.errors import ConfigError
from genred.printable import printable

if TYPE_CHECKING:
    from pathlib import Path

MAX_CONFIG_BYTES = 1_000_000
"""A larger file is no configuration; and YAML aliases can make a small one huge, so they are refused too."""

_STATIONS = "stations"


def load_config(path: Path, *, needs_stations: bool = True) -> Config:
    """Reads a configuration file.

    Relative paths of files in it are taken from its own folder.

    Args:
        path: The file.
        needs_stations: Whether a configuration without stations is an error.

    Raises:
        ConfigError: The file cannot be read, is no YAML, or holds faults; the message lists them all.
    """
    try:
        if path.stat().st_size > MAX_CONFIG_BYTES:
            raise ConfigError(f"{path}: is larger than {MAX_CONFIG_BYTES} bytes: not a configuration")
        text = path.read_text(encoding="utf-8")
    except OSError as error:
        raise ConfigError(f"{path}: cannot be read: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise ConfigError(f"{path}: is not UTF-8 text (byte {error.start})") from error
    return parse_config(text, name=str(path), folder=path.resolve().parent, needs_stations=needs_stations)


def parse_config(
    text: str, *, name: str = "configuration", folder: Path | None = None, needs_stations: bool = True
) -> Config:
    """Reads a configuration from YAML text.

    Args:
        text: YAML.
        name: What messages call it.
        folder: Where relative paths begin; None leaves them as they are.
        needs_stations: As for `load_config`.

    Raises:
        ConfigError: As `load_config`.
    """
    try:
        tree = parse_yaml(text)
    except ConfigError as error:
        raise ConfigError(f"{name}: {error}") from error
    if tree is None:
        tree = {}
    if not isinstance(tree, dict):
        raise ConfigError(f"{name}: must be a mapping of keys such as `stations:` and `mqtt:`, found {shown(tree)}")
    if not needs_stations and not tree.get(_STATIONS):
        tree = {**tree, _STATIONS: {}}
    reader = _Reader(folder, needs_stations)
    config = reader.section(tree, Config, "")
    if reader.faults:
        count = len(reader.faults)
        heading = f"{name}: {count} error{'s' if count > 1 else ''}"
        raise ConfigError("\n".join([heading, *(f"  {fault}" for fault in reader.faults)]))
    assert isinstance(config, Config)  # noqa: S101 - a reader without faults has built it
    return config


@dataclass
class _Reader:
    folder: Path | None
    needs_stations: bool
    faults: list[str] = field(default_factory=list)

    def section(self, tree: Any, kind: type[Section], path: str) -> Section | None:
        fields = {item.key: item for item in fields_of(kind)}
        if not isinstance(tree, dict):
            self._fault(path, f"must be a mapping, found {shown(tree)}; its keys are {', '.join(fields)}")
            return None
        before = len(self.faults)
        values: dict[str, Any] = {}
        for key, value in tree.items():
            here = printable(f"{path}.{key}" if path else str(key))
            if key in fields:
                values[fields[key].name] = self._value(value, fields[key], here)
            else:
                close = did_you_mean(key, list(fields))
                self._fault(here, f"unknown key{close}; allowed: {', '.join(fields)}")
        for item in fields.values():
            if item.required and item.key not in tree:
                self._fault(f"{path}.{item.key}" if path else item.key, "is missing")
        if len(self.faults) > before:
            return None
        try:
            return kind(**values)
        except (ValueError, TypeError) as error:
            self._fault(path, str(error))
            return None

    def _value(self, value: Any, item: Field, path: str) -> Any:
        if item.hint is SourceConfig:
            return self._source(value, path)
        if value is None:
            if not item.optional:
                self._fault(path, "has no value; omit the key to use its default")
            return None
        if item.section is not None:
            return self.section(value, item.section, path)
        if item.mapping is not None:
            return self._sections(value, *item.mapping, path)
        if item.sequence is not None:
            return self._section_list(value, item.sequence, path)
        try:
            return value_type(item.hint).read(resolve_texts(value), self.folder)
        except ConfigError as error:
            self._fault(path, str(error))
            return None

    def _sections(self, tree: Any, key_hint: Any, kind: type[Section], path: str) -> dict[str, Section | None] | None:
        if tree == {} and path == _STATIONS and not self.needs_stations:
            return {}
        if not isinstance(tree, dict) or not tree:
            self._fault(path, f"must be a mapping of at least one id to its settings, found {shown(tree)}")
            return None
        key_type = value_type(key_hint)
        sections = {}
        for key, value in tree.items():
            here = printable(f"{path}.{key}")
            self._check_id(key, key_type, here)
            sections[str(key)] = self.section(value, kind, here)
        return sections

    def _section_list(self, tree: Any, kind: type[Section], path: str) -> tuple[Section | None, ...] | None:
        if not isinstance(tree, list):
            keys = ", ".join(item.key for item in fields_of(kind))
            self._fault(path, f"must be a list of mappings with the keys {keys}; found {shown(tree)}")
            return None
        return tuple(self.section(item, kind, f"{path} item {number}") for number, item in enumerate(tree, 1))

    def _check_id(self, key: Any, key_type: ValueType, path: str) -> None:
        if not isinstance(key, str):
            # Such as `on`, `no`, `101` and `1:30`.
            self._fault(path, f"YAML reads this id as the value {shown(key)}, not as text; put the id in quotes")
            return
        try:
            key_type.read(key, None)
        except ConfigError:
            close = key_type.suggestion(key)
            such_as = f", such as {close!r}" if close else ""
            self._fault(path, f"the id {shown(key)} must be {key_type.description}{such_as}")

    def _source(self, value: Any, path: str) -> SourceConfig | None:
        if isinstance(value, str):
            return self._source_text(value, path)
        found = [key for key in SOURCE_KINDS if key in value] if isinstance(value, dict) else []
        if len(found) == 1:
            return self.section(value, SOURCE_KINDS[found[0]], path)  # type: ignore[return-value]
        allowed = ", ".join(f"`{key}`" for key in SOURCE_KINDS)
        of_them = f" with {' and '.join(found)}" if found else ""
        self._fault(
            path,
            f"must be a URL, a path, `soundcard`, or a mapping with exactly one of {allowed}; "
            f"found {shown(value)}{of_them}",
        )
        return None

    def _source_text(self, text: str, path: str) -> SourceConfig | None:
        try:
            source = parse_source(str(resolve_texts(text)))
            if isinstance(source, FileSource):
                return msgspec.structs.replace(source, file=FilePath().finish(source.file, self.folder))
        except ConfigError as error:
            self._fault(path, str(error))
            return None
        return source

    def _fault(self, path: str, message: str) -> None:
        self.faults.append(f"{path}: {message}" if path else message)
