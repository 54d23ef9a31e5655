"""A section of the configuration, and its fields as reader, masks and JSON Schema need them."""

from __future__ import annotations

import inspect
import re
from dataclasses import dataclass
from functools import cache
from types import NoneType, UnionType
from typing import Annotated, Any, Union, get_args, get_origin, get_type_hints

import msgspec


class Section(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A mapping of the configuration; unknown keys in it are errors."""


@dataclass(frozen=True, slots=True)
class Field:
    """A key of a section.

    Attributes:
        name: Of the attribute.
        key: In the mapping; the name, but where that is no word of Python's or has its unit in it.
        hint: The annotation, without None.
        optional: Whether None is allowed.
        required: Whether the key must be given.
        default: The value where it is not; None for a required one.
        description: From the section's docstring.
    """

    name: str
    key: str
    hint: Any
    optional: bool
    required: bool
    default: Any
    description: str

    @property
    def section(self) -> type[Section] | None:
        """The section that stands under this key, where one does."""
        return _section(self.hint)

    @property
    def mapping(self) -> tuple[Any, type[Section]] | None:
        """The annotation of the keys and the section of the values, where a mapping of sections stands here."""
        hint = get_args(self.hint)[0] if get_origin(self.hint) is Annotated else self.hint
        if get_origin(hint) is not dict:
            return None
        key, value = get_args(hint)
        section = _section(value)
        return None if section is None else (key, section)

    @property
    def sequence(self) -> type[Section] | None:
        """The section of the items, where a list of sections stands here."""
        hint = get_args(self.hint)[0] if get_origin(self.hint) is Annotated else self.hint
        return _section(get_args(hint)[0]) if get_origin(hint) is tuple else None


@cache
def fields_of(kind: type[Section]) -> tuple[Field, ...]:
    """The fields of a section, in their order."""
    hints = get_type_hints(kind, include_extras=True)
    descriptions = documented(kind)[1]
    return tuple(
        Field(
            name=item.name,
            key=item.encode_name,
            hint=_without_none(hints[item.name]),
            optional=NoneType in get_args(hints[item.name]),
            required=item.required,
            default=_default(item),
            description=descriptions.get(item.name, ""),
        )
        for item in msgspec.structs.fields(kind)
    )


def documented(kind: type[Section]) -> tuple[str, dict[str, str]]:
    """What a section's docstring says of it, and of each of its keys."""
    text = inspect.getdoc(kind) or ""
    summary, _, attributes = text.partition("Attributes:")
    entries = re.findall(r"^ {4}(\w+): (.*(?:\n {8}.*)*)", attributes, flags=re.MULTILINE)
    return " ".join(summary.split()), {name: " ".join(body.split()) for name, body in entries}


def _default(item: msgspec.structs.FieldInfo) -> Any:
    if item.required:
        return None
    return item.default if item.default is not msgspec.NODEFAULT else item.default_factory()


def _without_none(hint: Any) -> Any:
    if get_origin(hint) not in {Union, UnionType} or NoneType not in get_args(hint):
        return hint
    rest = tuple(part for part in get_args(hint) if part is not NoneType)
    return rest[0] if len(rest) == 1 else Union[rest]  # noqa: UP007 - made of a tuple


def _section(hint: Any) -> type[Section] | None:
    return hint if isinstance(hint, type) and issubclass(hint, Section) else None
