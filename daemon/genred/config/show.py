"""Shows a configuration without its secrets: each value is masked by its own type."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from genred.config.section import Field, Section, fields_of
from genred.config.types.value import value_type

if TYPE_CHECKING:
    from collections.abc import Mapping

    from genred.config.schema import Config


def describe(config: Config) -> Mapping[str, Any]:
    """Gives the configuration as plain data with every secret masked, for `genred check-config` and logs."""
    return _section(config)


def show_value(value: Any, field: Field) -> Any:
    """Gives what a field holds as plain data, masked by its type."""
    if value is None:
        return None
    if isinstance(value, Section):
        return _section(value)
    if field.mapping is not None:
        return {key: _section(section) for key, section in value.items()}
    if field.sequence is not None:
        return [_section(section) for section in value]
    return value_type(field.hint).show(value)


def _section(section: Section) -> dict[str, Any]:
    return {field.key: show_value(getattr(section, field.name), field) for field in fields_of(type(section))}
