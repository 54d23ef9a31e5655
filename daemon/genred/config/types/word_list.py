"""Lists of words, of which one alone needs no list."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

from msgspec import Meta

from genred.config.environment import VARIABLE
from genred.config.types.suggestion import did_you_mean
from genred.config.types.value import ValueType
from genred.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

MAX_WORDS = 1_000


class WordList(ValueType):
    """One word or several; the field holds a tuple.

    Args:
        choices: The words that there are; empty where any may be one.
        such_as: Two of them, for messages.
    """

    def __init__(self, such_as: str, choices: Sequence[str] = ()) -> None:
        super().__init__(Annotated[list[str], Meta(min_length=1, max_length=MAX_WORDS)])
        self._such_as = such_as
        self._choices = list(choices)

    @property
    def description(self) -> str:
        """For messages."""
        return f"a word or a list of words such as {self._such_as}"

    def parse(self, value: object) -> object:
        """Takes a word for the list of it."""
        return [value] if isinstance(value, str) else value

    def fault(self, value: object, reason: str) -> str:
        """Names what was found."""
        return f"must be {self.description}, found {self.mask(value)}"

    def finish(self, value: list[str], folder: Path | None) -> tuple[str, ...]:
        """Checks each word.

        Raises:
            ConfigError: One is empty, is used twice or is none of the choices.
        """
        for number, word in enumerate(value):
            if self._choices and word not in self._choices:
                raise ConfigError(
                    f"{self.mask(word)} is none of {', '.join(self._choices)}{did_you_mean(word, self._choices)}"
                )
            if not word.isprintable() or not word:
                raise ConfigError(f"must be {self.description}, found {self.mask(word)}")
            if word in value[:number]:
                raise ConfigError(f"{self.mask(word)} is used twice")
        return tuple(value)

    def show(self, value: Any) -> Any:
        """As a list."""
        return list(value)

    def json_schema(self) -> dict[str, Any]:
        """A word or a list of them."""
        word: dict[str, Any] = {"type": "string", "minLength": 1}
        if self._choices:
            word = {"anyOf": [{"enum": self._choices}, {"type": "string", "pattern": VARIABLE}]}
        several = {"type": "array", "items": word, "minItems": 1, "maxItems": MAX_WORDS, "uniqueItems": True}
        return {"anyOf": [word, several]}
