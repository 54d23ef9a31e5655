"""Adds, changes and removes stations in a configuration's text, and leaves every other character as it was.

The places are those that the YAML parser gives, so that comments, quotes and order stay; what comes of it is parsed
again and compared with what was meant.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import yaml

from genred.config.yaml_text import parse_yaml
from genred.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Mapping

_STATIONS = "stations"


def add_station(text: str, id_: str, settings: Mapping[str, Any]) -> str:
    """Gives the text with one station more, behind the others.

    Args:
        text: Of a configuration; it may have no station yet.
        id_: Of the new one.
        settings: Its section.

    Raises:
        ConfigError: There is a station of this id, or the text is none that can be changed.
    """
    bare = parse_yaml(text) or {}
    if isinstance(bare, dict) and not bare.get(_STATIONS):
        return _with_first_station(text, bare, id_, settings)
    tree, stations = _read(text)
    if id_ in tree[_STATIONS]:
        raise ConfigError(f"stations.{id_}: there is already a station with this id")
    key, last = stations.value[-1]
    if stations.flow_style:
        fresh = _insert(text, last.end_mark.index, f", {_flow({id_: settings})[1:-1]}")
    else:
        block = _block({id_: settings}, key.start_mark.column, _step(text, stations))
        fresh = _insert(text, *_line_after(text, last, block))
    tree[_STATIONS][id_] = dict(settings)
    return _agreed(fresh, tree)


def change_station(text: str, id_: str, settings: Mapping[str, Any]) -> str:
    """Gives the text with other values of a station's keys; keys that are not named stay.

    Args:
        text: Of the configuration.
        id_: Of the station.
        settings: Keys and values.

    Raises:
        ConfigError: There is no such station, or the text is none that can be changed.
    """
    tree, _ = _read(text)
    if id_ not in tree[_STATIONS]:
        raise ConfigError(f"stations.{id_}: there is no such station")
    for name, value in settings.items():
        if tree[_STATIONS][id_].get(name) != value:
            text = _with_value(text, id_, name, value)
            tree[_STATIONS][id_][name] = value
    return _agreed(text, tree)


def remove_station(text: str, id_: str) -> str:
    """Gives the text without a station.

    Raises:
        ConfigError: There is no such station, it is the only one, or the text is none that can be changed.
    """
    tree, stations = _read(text)
    if id_ not in tree[_STATIONS]:
        raise ConfigError(f"stations.{id_}: there is no such station")
    if len(stations.value) == 1:
        raise ConfigError(f"stations.{id_}: is the only station; a configuration needs at least one")
    index = [key.value for key, _ in stations.value].index(id_)
    key, value = stations.value[index]
    if not stations.flow_style:
        begin = text.rfind("\n", 0, key.start_mark.index) + 1
        end, _ = _line_after(text, value, "")
    elif index:
        begin, end = _end(stations.value[index - 1][1]), _end(value)
    else:
        begin, end = key.start_mark.index, stations.value[1][0].start_mark.index
    del tree[_STATIONS][id_]
    return _agreed(text[:begin] + text[end:], tree)


def _with_first_station(text: str, tree: dict[str, Any], id_: str, settings: Mapping[str, Any]) -> str:
    """The text with a section of stations, in the place of an empty one or at its end."""
    block = _block({_STATIONS: {id_: settings}}, 0, 2)
    begin, end = len(text), len(text)
    root = yaml.compose(text, Loader=yaml.SafeLoader)
    for key, node in root.value if isinstance(root, yaml.MappingNode) else ():
        if key.value == _STATIONS:
            begin, end, block = key.start_mark.index, node.end_mark.index, block.rstrip("\n")
    line_end = "" if begin == 0 or text[begin - 1] == "\n" else "\n"
    return _agreed(text[:begin] + line_end + block + text[end:], {**tree, _STATIONS: {id_: dict(settings)}})


def _with_value(text: str, id_: str, name: str, value: Any) -> str:
    _, stations = _read(text)
    (station,) = [node for key, node in stations.value if key.value == id_]
    for key, node in station.value:
        if key.value == name:
            if node.start_mark.line == _last(node).end_mark.line or station.flow_style or _is_flow(node):
                return text[: node.start_mark.index] + _flow(value) + text[_end(node) :]
            end, _ = _line_after(text, node, "")
            return f"{text[: key.end_mark.index]}: {_flow(value)}\n{text[end:]}"
    first, _ = station.value[0]
    if station.flow_style:
        return _insert(text, first.start_mark.index, f"{_flow(name)}: {_flow(value)}, ")
    return _insert(text, first.start_mark.index, f"{name}: {_flow(value)}\n{' ' * first.start_mark.column}")


def _read(text: str) -> tuple[dict[str, Any], yaml.MappingNode]:
    tree = parse_yaml(text)
    if not isinstance(tree, dict) or not isinstance(tree.get(_STATIONS), dict) or not tree[_STATIONS]:
        raise ConfigError("stations: must be a mapping of at least one id to its settings")
    if not all(isinstance(station, dict) and station for station in tree[_STATIONS].values()):
        raise ConfigError("stations: each must be a mapping with a source")
    root = yaml.compose(text, Loader=yaml.SafeLoader)
    assert isinstance(root, yaml.MappingNode)  # noqa: S101 - as parsed above
    (stations,) = [node for key, node in root.value if key.value == _STATIONS]
    return tree, stations


def _agreed(text: str, tree: dict[str, Any]) -> str:
    """The text, which must hold just what was meant."""
    try:
        found = parse_yaml(text)
    except ConfigError:
        found = None
    if found != tree:
        raise ConfigError("stations: are written in a form that cannot be edited here; edit the file by hand")
    return text


def _flow(value: Any) -> str:
    """JSON is YAML, whatever is in it, and fits into a line."""
    return json.dumps(value, ensure_ascii=False)


def _block(tree: Mapping[str, Any], column: int, step: int) -> str:
    lines = yaml.safe_dump(
        json.loads(json.dumps(tree)), sort_keys=False, allow_unicode=True, width=10_000, indent=step
    ).splitlines()
    return "".join(f"{' ' * column}{line}\n" for line in lines)


def _step(text: str, stations: yaml.MappingNode) -> int:
    """How far the file indents what is in a station."""
    for key, node in stations.value:
        if not _is_flow(node) and node.value:
            return max(2, min(9, int(node.value[0][0].start_mark.column - key.start_mark.column)))
    return 2


def _insert(text: str, index: int, more: str) -> str:
    return text[:index] + more + text[index:]


def _line_after(text: str, node: yaml.Node, more: str) -> tuple[int, str]:
    """Where the line behind a value begins, and what to put there, with the line's end that the file may lack."""
    end = _end(node)
    if text[:end].endswith("\n"):
        return end, more
    line_end = text.find("\n", end)
    return (len(text), f"\n{more}") if line_end < 0 else (line_end + 1, more)


def _end(node: yaml.Node) -> int:
    return int(_last(node).end_mark.index)


def _last(node: yaml.Node) -> yaml.Node:
    """The last thing in a value: a block ends, by the parser, only where something else begins."""
    while not _is_flow(node) and not isinstance(node, yaml.ScalarNode) and node.value:
        node = node.value[-1][1] if isinstance(node, yaml.MappingNode) else node.value[-1]
    return node


def _is_flow(node: yaml.Node) -> bool:
    return isinstance(node, yaml.CollectionNode) and bool(node.flow_style)
