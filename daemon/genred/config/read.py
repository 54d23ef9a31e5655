"""Reads YAML into the typed configuration and reports every fault at once.

msgspec stops at its first error; a person who mends a file wants all of them. So the tree is walked here, field by
field, and msgspec judges each value alone.
"""

from __future__ import annotations

import difflib
from dataclasses import dataclass, field
from pathlib import Path
from types import NoneType, UnionType
from typing import TYPE_CHECKING, Annotated, Any, Literal, Union, get_args, get_origin, get_type_hints

import msgspec
import yaml

from genred.config.schema import SOURCE_KINDS, Config, FileSource, MqttConfig, Section, SourceConfig
from genred.config.schema import Slug as SlugType
from genred.config.secret import resolve_environment
from genred.config.source_text import parse_source
from genred.errors import ConfigError, GenredError
from genred.masking import mask_url, mask_value

if TYPE_CHECKING:
    from collections.abc import Mapping

MAX_CONFIG_BYTES = 1_000_000
"""A larger file is no configuration; and YAML aliases can make a small one huge, so they are refused too."""


def load_config(path: Path) -> Config:
    """Reads a configuration file.

    Relative paths of files in it are taken from its own folder.

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
    return parse_config(text, name=str(path), folder=path.resolve().parent)


def parse_config(text: str, *, name: str = "configuration", folder: Path | None = None) -> Config:
    """Reads a configuration from YAML text.

    Args:
        text: YAML.
        name: What messages call it.
        folder: Where relative paths begin; None leaves them as they are.

    Raises:
        ConfigError: As `load_config`.
    """
    try:
        tree = yaml.load(text, Loader=_StrictLoader)  # noqa: S506 - a SafeLoader, made stricter
    except (yaml.YAMLError, ValueError, TypeError, RecursionError) as error:
        # Beside its own errors PyYAML lets those of Python through: a date such as 2026-13-45, a list as a key.
        raise ConfigError(f"{name}: {_yaml_fault(error)}") from error
    if tree is None:
        tree = {}
    if not isinstance(tree, dict):
        raise ConfigError(f"{name}: must be a mapping of keys such as `stations:` and `mqtt:`, found {_shown(tree)}")
    reader = _Reader(folder)
    config = reader.section(tree, Config, "")
    if reader.faults:
        count = len(reader.faults)
        heading = f"{name}: {count} fault{'s' if count > 1 else ''}"
        raise ConfigError("\n".join([heading, *(f"  {fault}" for fault in reader.faults)]))
    assert isinstance(config, Config)  # noqa: S101 - a reader without faults has built it
    return config


class _StrictLoader(yaml.SafeLoader):
    """A SafeLoader that refuses keys given twice, which YAML would let pass silently, and aliases."""

    def compose_node(self, parent: yaml.Node | None, index: Any) -> yaml.Node | None:
        if self.check_event(yaml.AliasEvent):
            event = self.peek_event()  # type: ignore[no-untyped-call]
            raise yaml.MarkedYAMLError(None, None, "aliases (*name) are not used in configurations", event.start_mark)
        return super().compose_node(parent, index)

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        seen = set()
        for key_node, _ in node.value:
            key = key_node.value
            if key in seen:
                raise yaml.MarkedYAMLError(None, None, f"key {key!r} stands here a second time", key_node.start_mark)
            seen.add(key)
        return super().construct_mapping(node, deep)


def _yaml_fault(error: Exception) -> str:
    if isinstance(error, yaml.MarkedYAMLError) and error.problem_mark is not None:
        mark = error.problem_mark
        return f"line {mark.line + 1}, column {mark.column + 1}: {error.problem}"
    if isinstance(error, RecursionError):
        return "is nested too deeply for a configuration"
    return f"is no YAML for a configuration: {error}"


@dataclass
class _Reader:
    folder: Path | None
    faults: list[str] = field(default_factory=list)

    def section(self, tree: Any, kind: type[Section], path: str) -> Section | None:
        if not isinstance(tree, dict):
            self._fault(path, f"must be a mapping, found {_shown(tree)}; its keys are {', '.join(_keys(kind))}")
            return None
        before = len(self.faults)
        hints = get_type_hints(kind, include_extras=True)
        values: dict[str, Any] = {}
        for key, value in tree.items():
            here = f"{path}.{key}" if path else str(key)
            if key not in hints:
                self._fault(
                    here, f"unknown key{_did_you_mean(str(key), list(hints))}; allowed: {', '.join(_keys(kind))}"
                )
                continue
            values[key] = self._value(value, hints[key], here)
        for item in msgspec.structs.fields(kind):
            if item.required and item.name not in tree:
                self._fault(f"{path}.{item.name}" if path else item.name, "is missing")
        if len(self.faults) > before:
            return None
        try:
            return kind(**values)
        except (ValueError, TypeError) as error:
            self._fault(path, str(error))
            return None

    def _value(self, value: Any, hint: Any, path: str) -> Any:
        if hint is SourceConfig:
            return self._source(value, path)
        bare, optional = _without_none(hint)
        if value is None:
            if not optional:
                self._fault(path, "has no value; leave the key out for its default")
            return None
        section = _section_type(bare)
        if section is not None:
            return self.section(value, section, path)
        of_sections = _mapping_of_sections(bare)
        if of_sections is not None:
            return self._sections(value, of_sections, path)
        try:
            value = _resolved(value)
        except GenredError as error:
            self._fault(path, str(error))
            return None
        if get_origin(bare) is Literal and type(value) in {int, float}:
            value = str(value)  # `version: 5` means what `version: "5"` says
        try:
            converted = msgspec.convert(value, hint)
        except msgspec.ValidationError as error:
            self._fault(path, _value_fault(value, bare, error, secret=_is_secret(path)))
            return None
        if isinstance(converted, str) and _is_file(path, converted):
            return self._located(converted)
        return converted

    def _located(self, file: str) -> str:
        expanded = Path(file).expanduser() if file.startswith("~") else Path(file)
        return str(expanded if self.folder is None else self.folder / expanded)

    def _sections(self, tree: Any, kind: type[Section], path: str) -> dict[str, Section | None] | None:
        if not isinstance(tree, dict) or not tree:
            self._fault(path, f"must be a mapping of at least one id to its settings, found {_shown(tree)}")
            return None
        sections = {}
        for key, value in tree.items():
            here = f"{path}.{key}"
            try:
                msgspec.convert(key, SlugType)
            except msgspec.ValidationError:
                self._fault(here, f"the id {_shown(key)} must be a slug of a-z, 0-9 and single _{_slug_hint(key)}")
            sections[str(key)] = self.section(value, kind, here)
        return sections

    def _source(self, value: Any, path: str) -> SourceConfig | None:
        if isinstance(value, str):
            try:
                source = parse_source(resolve_environment(value))
            except GenredError as error:
                self._fault(path, str(error))
                return None
            if isinstance(source, FileSource):
                source = msgspec.structs.replace(source, file=self._located(source.file))
            return source
        if isinstance(value, dict):
            kinds = [kind for key, kind in SOURCE_KINDS.items() if key in value]
            if len(kinds) == 1:
                return self.section(value, kinds[0], path)  # type: ignore[return-value]
        allowed = ", ".join(f"`{key}`" for key in SOURCE_KINDS)
        self._fault(
            path, f"must be a URL, a path, `soundcard`, or a mapping with just one of {allowed}; found {_shown(value)}"
        )
        return None

    def _fault(self, path: str, message: str) -> None:
        self.faults.append(f"{path}: {message}" if path else message)


def _keys(kind: type[Section]) -> list[str]:
    return [item.name for item in msgspec.structs.fields(kind)]


def _without_none(hint: Any) -> tuple[Any, bool]:
    if get_origin(hint) in {Union, UnionType} and NoneType in get_args(hint):
        rest = [arg for arg in get_args(hint) if arg is not NoneType]
        return (rest[0] if len(rest) == 1 else hint), True
    return hint, False


def _section_type(hint: Any) -> type[Section] | None:
    return hint if isinstance(hint, type) and issubclass(hint, Section) else None


def _mapping_of_sections(hint: Any) -> type[Section] | None:
    if get_origin(hint) is Annotated:
        hint = get_args(hint)[0]
    if get_origin(hint) is dict:
        return _section_type(get_args(hint)[1])
    return None


def _value_fault(value: Any, hint: Any, error: msgspec.ValidationError, *, secret: bool) -> str:
    found = mask_value(value) if secret else _shown(value)
    description = _description(hint)
    if description:
        return f"must be {description}, found {found}"
    choices = [str(choice) for choice in get_args(hint)] if get_origin(hint) is Literal else []
    if choices:
        return f"must be one of {', '.join(choices)}, found {found}{_did_you_mean(str(value), choices)}"
    expected = str(error).removeprefix("Expected ").split(", got ")[0].split(" - at ")[0]
    for name, words in _TYPE_WORDS.items():
        expected = expected.replace(f"`{name}`", words)
    return f"must be {expected}, found {found}"


_TYPE_WORDS = {
    "int": "a whole number",
    "float": "a number",
    "bool": "true or false",
    "str": "text",
    "array": "a list",
    "int | null": "a whole number",
    "float | null": "a number",
    "str | null": "text",
}


def _description(hint: Any) -> str | None:
    if get_origin(hint) is Annotated:
        for meta in get_args(hint)[1:]:
            if isinstance(meta, msgspec.Meta) and meta.description:
                return meta.description
    return None


def _did_you_mean(word: str, known: list[str]) -> str:
    close = difflib.get_close_matches(word, known, n=1)
    return f", did you mean {close[0]!r}?" if close else ""


def _slug_hint(key: object) -> str:
    slug = "_".join("".join(c if c.isascii() and c.isalnum() else " " for c in str(key).lower()).split())
    return f", such as {slug!r}" if slug else ""


def _shown(value: Any) -> str:
    if value is None:
        return "nothing"
    if isinstance(value, dict | list) and "password" in repr(value):
        return f"a {'mapping' if isinstance(value, dict) else 'list'}"  # whatever it holds, a secret is in it
    text = mask_url(repr(value))
    return text if len(text) <= 60 else text[:57] + "..."


def _is_secret(path: str) -> bool:
    return path.rsplit(".", 1)[-1] == "password"


_FILE_KEYS = ("ca_file", "cert_file", "key_file", "file", "password_file")


def _is_file(path: str, value: str) -> bool:
    key = path.rsplit(".", 1)[-1]
    # A model is a file when it looks like one; a bare word is the name of a shipped bundle.
    is_file = key in _FILE_KEYS or (key == "model" and ("/" in value or value.endswith((".json", ".tflite"))))
    return is_file and bool(value)


def _resolved(value: Any) -> Any:
    """Puts environment variables into a text, or into each text of a list."""
    if isinstance(value, str):
        # YAML's escapes can make half a character, which no file name, topic or log line could carry.
        if not value.isprintable() and any("\ud800" <= character <= "\udfff" for character in value):
            raise ConfigError("holds half of a surrogate pair, which is no character")
        return resolve_environment(value)
    return [_resolved(item) for item in value] if isinstance(value, list) else value


def describe(config: Config) -> Mapping[str, Any]:
    """Gives the configuration as plain data with every secret masked, for `genred check-config` and logs."""
    tree = msgspec.to_builtins(config)
    mqtt: MqttConfig = config.mqtt
    if mqtt.password is not None:
        tree["mqtt"]["password"] = mask_value(mqtt.password)
    if "://" not in mqtt.broker:
        tree["mqtt"]["broker"] = mask_url(f"mqtt://{mqtt.broker}").removeprefix("mqtt://")
    masked: Mapping[str, Any] = _mask_urls(tree)
    return masked


def _mask_urls(tree: Any) -> Any:
    if isinstance(tree, dict):
        return {key: _mask_urls(value) for key, value in tree.items()}
    if isinstance(tree, list | tuple):
        return [_mask_urls(value) for value in tree]
    return mask_url(tree) if isinstance(tree, str) and "://" in tree else tree
