"""Secrets: texts that nothing shows unless it asks for them by name."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

from msgspec import Meta

from genred.config.types.value import ValueType
from genred.errors import ConfigError
from genred.masking import MASK, mask_value

if TYPE_CHECKING:
    from pathlib import Path

MAX_SECRETS = 20
"""In one list."""


class Secret:
    """A text that does not appear in any representation of what holds it."""

    __slots__ = ("_text",)

    def __init__(self, text: str) -> None:
        self._text = text

    def reveal(self) -> str:
        """The text itself, for the one who needs it."""
        return self._text

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Secret) and self._text == other._text

    def __hash__(self) -> int:
        return hash(self._text)

    def __bool__(self) -> bool:
        return bool(self._text)

    def __str__(self) -> str:
        return MASK

    def __repr__(self) -> str:
        return f"Secret({MASK})"


class SecretText(ValueType):
    """A text that the field holds as a `Secret`."""

    def __init__(self) -> None:
        super().__init__(str)

    def finish(self, value: str, folder: Path | None) -> Secret:
        """Wraps the text."""
        return Secret(value)

    def mask(self, value: object) -> str:
        """The mask, whatever stands there."""
        return mask_value(value)

    def show(self, value: Secret) -> Any:
        """The mask."""
        return mask_value(value)


class SecretTexts(SecretText):
    """One text or several that the field holds as a tuple of `Secret`s."""

    def __init__(self) -> None:
        super().__init__()
        self.hint = Annotated[
            list[str], Meta(min_length=1, max_length=MAX_SECRETS, description="a text or a list of texts")
        ]

    def parse(self, value: object) -> object:
        """Takes a text for the list of it."""
        return [value] if isinstance(value, str) else value

    def fault(self, value: object, reason: str) -> str:
        """Masks all that was found."""
        found = "an empty list" if value == [] else "a list" if isinstance(value, list) else type(value).__name__
        return f"must be a text or a list of 1 to {MAX_SECRETS} texts, found {found}"

    def finish(self, value: Any, folder: Path | None) -> Any:
        """Wraps each text.

        Raises:
            ConfigError: One is empty or has control characters.
        """
        if not all(text and text.isprintable() for text in value):
            raise ConfigError("must be non-empty texts without control characters")
        return tuple(Secret(text) for text in value)

    def show(self, value: Any) -> Any:
        """As many masks."""
        return [mask_value(secret) for secret in value]

    def json_schema(self) -> dict[str, Any]:
        """A text or a list of them."""
        text = {"type": "string", "minLength": 1}
        return {"anyOf": [text, {"type": "array", "items": text, "minItems": 1, "maxItems": MAX_SECRETS}]}
