"""A JSON Schema of the configuration, for editors that complete keys and mark faults while one types.

It is made of the same fields and types that the reader uses. What it cannot tell, `genred check-config` does: checks
across keys, durations with units against their bounds, and whether files and models are there.
"""

from __future__ import annotations

from typing import Any

from genred.config.schema import Config
from genred.config.section import Field, Section, documented, fields_of
from genred.config.show import show_value
from genred.config.source_kinds import SOURCE_KINDS, SourceConfig
from genred.config.types.value import value_type

DIALECT = "https://json-schema.org/draft/2020-12/schema"

_SOURCE_TEXT = r"^\s*(?:(?:[Hh][Tt][Tt][Pp][Ss]?|[Ff][Ii][Ll][Ee])://|(?![A-Za-z][A-Za-z0-9+.-]+://)\S)"
"""A source in one word: no scheme but those that `parse_source` knows."""


def json_schema() -> dict[str, Any]:
    """Gives the schema: every key with its description, default and bounds; unknown keys are not allowed."""
    sections = _Sections()
    schema = {"$schema": DIALECT, "title": "genred configuration", **sections.schema(Config)}
    return {**schema, "$defs": dict(sorted(sections.definitions.items()))}


class _Sections:
    """Collects the sections that are met on the way, each once.

    Attributes:
        definitions: Their schemas, by class name.
    """

    def __init__(self) -> None:
        self.definitions: dict[str, Any] = {}

    def schema(self, kind: type[Section], *, also_required: str | None = None) -> dict[str, Any]:
        """The schema of one section.

        Args:
            kind: The section.
            also_required: A key that must be given although it has a default.
        """
        fields = fields_of(kind)
        schema: dict[str, Any] = {
            "description": documented(kind)[0],
            "type": "object",
            "properties": {field.key: self._property(field) for field in fields},
            "additionalProperties": False,
        }
        required = [field.key for field in fields if field.required or field.key == also_required]
        return {**schema, "required": required} if required else schema

    def _property(self, field: Field) -> dict[str, Any]:
        schema = self._value(field)
        if field.optional:
            schema = {"anyOf": [schema, {"type": "null"}]}
        schema = {"description": field.description, **schema}
        # A section's defaults stand at its own keys.
        if field.required or isinstance(field.default, Section):
            return schema
        return {**schema, "default": show_value(field.default, field)}

    def _value(self, field: Field) -> dict[str, Any]:
        if field.hint is SourceConfig:
            return self._source()
        if field.section is not None:
            return self._reference(field.section)
        if field.mapping is not None:
            key_hint, section = field.mapping
            return {
                "type": "object",
                "propertyNames": value_type(key_hint).json_schema_of_key(),
                "additionalProperties": self._reference(section),
                "minProperties": 1,
            }
        if field.sequence is not None:
            return {"type": "array", "items": self._reference(field.sequence)}
        return value_type(field.hint).json_schema()

    def _source(self) -> dict[str, Any]:
        # The key that tells a source's kind is required here, even where it has a default in code.
        kinds = [self._reference(kind, also_required=key) for key, kind in SOURCE_KINDS.items()]
        text = {
            "description": "A URL, a path, `soundcard`, `soundcard:NAME` or `-`.",
            "type": "string",
            "pattern": _SOURCE_TEXT,
        }
        return {"anyOf": [text, *kinds]}

    def _reference(self, kind: type[Section], *, also_required: str | None = None) -> dict[str, Any]:
        if kind.__name__ not in self.definitions:
            self.definitions[kind.__name__] = self.schema(kind, also_required=also_required)
        return {"$ref": f"#/$defs/{kind.__name__}"}
