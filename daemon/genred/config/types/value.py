"""What every type of value does: read it from YAML, check it, mask it, show it, and describe it to an editor.

A type stands in the annotation of a field, `Annotated[float, Duration(...)]`, and the field holds the plain `float`.
Subclasses of `float` and `str` would not do: msgspec neither bounds nor encodes them, and a slug ends in payloads.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Annotated, Any, Literal, get_args, get_origin

import msgspec

from genred.config.environment import VARIABLE
from genred.config.types.suggestion import did_you_mean
from genred.errors import ConfigError
from genred.masking import mask_arguments, mask_text

if TYPE_CHECKING:
    from pathlib import Path

_MAX_SHOWN_CHARACTERS = 60

_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]")

_ITEM = re.compile(r" - at `\$\[([0-9]+)\]`")
"""Where msgspec found the fault in a list."""

_WORDS = {
    "`int`": "a whole number",
    "`float`": "a number",
    "`bool`": "true or false",
    "`str`": "text",
    "`int | str`": "text or a whole number",
    "`array`": "a list",
}
"""What msgspec calls a type, and what a person does."""


class ValueType:
    """A plain value: judged by msgspec, shown as it is.

    Attributes:
        hint: The builtin type, with its bounds, that msgspec judges a value by.
    """

    takes_any_text = False
    """Whether control characters may be in it, as they may in the names of files."""

    def __init__(self, hint: Any) -> None:
        self.hint = hint

    @property
    def description(self) -> str | None:
        """What a value must be, for messages; None where msgspec's own words are good enough."""
        metas = [part for part in get_args(self.hint)[1:] if isinstance(part, msgspec.Meta)]
        return next((meta.description for meta in metas if meta.description), None)

    def read(self, value: object, folder: Path | None) -> Any:
        """Reads and checks a value.

        Args:
            value: As YAML gives it, not None, variables resolved.
            folder: Where relative paths begin; None leaves them as they are.

        Returns:
            What the field holds.

        Raises:
            ConfigError: The value is not of this type; the message says what it must be, and masks what it is.
        """
        try:
            checked = msgspec.convert(self.parse(value), self.hint)
        except msgspec.ValidationError as error:
            raise ConfigError(self.fault(value, str(error))) from None
        if isinstance(checked, str) and not self.takes_any_text and _CONTROL.search(checked):
            raise ConfigError(f"must be text without control characters, found {self.mask(value)}")
        return self.finish(checked, folder)

    def parse(self, value: object) -> object:
        """Turns other spellings of a value into the one that is checked; what it cannot read it leaves."""
        return value

    def finish(self, value: Any, folder: Path | None) -> Any:
        """Turns a checked value into what the field holds."""
        return value

    def fault(self, value: object, reason: str) -> str:
        """What is wrong with a value.

        Args:
            value: Of any type.
            reason: msgspec's words.
        """
        item = _ITEM.search(reason)
        if item is not None and isinstance(value, list):
            number = int(item[1])
            return f"item {number + 1} {self.fault(value[number], reason[: item.start()])}"
        expected = self.description
        if expected is None:
            expected = reason.removeprefix("Expected ").split(", got ")[0]
            for name, words in _WORDS.items():
                expected = expected.replace(name, words)
        return f"must be {expected}, found {self.mask(value)}"

    def suggestion(self, value: object) -> str:
        """A value of this type that is close to one that is not; empty where there is none."""
        return ""

    def mask(self, value: object) -> str:
        """A value of any kind, right or wrong, fit for a message."""
        return shown(value)

    def show(self, value: Any) -> Any:
        """What a field holds as plain data, without secrets, for `check-config --show`."""
        if isinstance(value, tuple):
            return mask_arguments(value) if all(isinstance(item, str) for item in value) else list(value)
        # A secret may stand in any text: an address, a command's argument, a file of a playlist.
        return mask_text(value) if isinstance(value, str) else value

    def json_schema(self) -> dict[str, Any]:
        """The JSON Schema of what `read` accepts, or of a text whose variables are not resolved yet."""
        schema = self.json_schema_of_key()
        if "pattern" in schema:
            schema["pattern"] = or_variable(schema["pattern"])
        return schema

    def json_schema_of_key(self) -> dict[str, Any]:
        """The JSON Schema of a key, in which variables are not resolved."""
        schema = msgspec.json.schema(self.hint)
        schema.pop("description", None)  # the field's own says more
        return schema


class Choice(ValueType):
    """One of a few words."""

    def __init__(self, hint: Any) -> None:
        super().__init__(hint)
        self._choices = [str(choice) for choice in get_args(hint)]

    def parse(self, value: object) -> object:
        """Takes `version: 5` for what `version: "5"` means."""
        return str(value) if type(value) in {int, float} else value

    def fault(self, value: object, reason: str) -> str:
        """Lists the choices, and the one that was probably meant."""
        return (
            f"must be one of {', '.join(self._choices)}, found {self.mask(value)}{did_you_mean(value, self._choices)}"
        )

    def json_schema(self) -> dict[str, Any]:
        """The choices in their own order, or a variable."""
        numbers = [int(choice) for choice in self._choices if choice.isdecimal()]
        return {"anyOf": [{"enum": [*self._choices, *numbers]}, {"type": "string", "pattern": VARIABLE}]}


def value_type(hint: Any) -> ValueType:
    """The type of a field's values: the one in its annotation, or a plain one.

    Args:
        hint: The annotation, without None.
    """
    if get_origin(hint) is Annotated:
        own = next((part for part in get_args(hint)[1:] if isinstance(part, ValueType)), None)
        if own is not None:
            return own
    return Choice(hint) if get_origin(hint) is Literal else ValueType(hint)


def shown(value: object) -> str:
    """A value fit for a message: URLs masked, shortened, and of a mapping or list no content, which may be secret."""
    if value is None:
        return "nothing"
    if isinstance(value, dict | list):
        kind = "mapping" if isinstance(value, dict) else "list"
        return f"a {kind}" if value else f"an empty {kind}"
    text = mask_text(repr(value))
    return text if len(text) <= _MAX_SHOWN_CHARACTERS else text[: _MAX_SHOWN_CHARACTERS - 3] + "..."


def or_variable(pattern: str) -> str:
    """A pattern of JSON Schema that a text with an environment variable in it fits too."""
    return f"(?:{pattern})|{VARIABLE}"
