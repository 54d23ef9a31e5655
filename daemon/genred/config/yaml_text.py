"""YAML as configurations may use it: no key twice, no aliases, no objects."""

from __future__ import annotations

from typing import Any

import yaml

from genred.errors import ConfigError


def parse_yaml(text: str) -> Any:
    """Reads one YAML document; None when it is empty.

    Raises:
        ConfigError: It is no YAML that a configuration may be; the message tells the line where it can.
    """
    try:
        return yaml.load(text, Loader=_StrictLoader)  # noqa: S506 - a SafeLoader, made stricter
    except (yaml.YAMLError, ValueError, TypeError, RecursionError) as error:
        # Beside its own errors PyYAML lets those of Python through: a date such as 2026-13-45, a list as a key.
        raise ConfigError(_fault(error)) from error


class _StrictLoader(yaml.SafeLoader):
    """A SafeLoader that refuses keys given twice, which YAML would let pass silently, and aliases."""

    def compose_node(self, parent: yaml.Node | None, index: Any) -> yaml.Node | None:
        if self.check_event(yaml.AliasEvent):
            event = self.peek_event()  # type: ignore[no-untyped-call]
            raise yaml.MarkedYAMLError(
                None, None, "aliases (*name) are not supported in configurations", event.start_mark
            )
        return super().compose_node(parent, index)

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        seen = set()
        for key_node, _ in node.value:
            key = key_node.value
            if key in seen:
                raise yaml.MarkedYAMLError(None, None, f"key {key!r} occurs twice", key_node.start_mark)
            seen.add(key)
        return super().construct_mapping(node, deep)


def _fault(error: Exception) -> str:
    if isinstance(error, yaml.MarkedYAMLError) and error.problem_mark is not None:
        mark = error.problem_mark
        return f"line {mark.line + 1}, column {mark.column + 1}: {error.problem}"
    if isinstance(error, RecursionError):
        return "is nested too deeply for a configuration"
    return f"is not valid YAML for a configuration: {error}"
