"""Secrets: texts that nothing shows unless it asks for them by name."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from genred.config.types.value import ValueType
from genred.masking import MASK, mask_value

if TYPE_CHECKING:
    from pathlib import Path


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
