"""Environment variables in the texts of a configuration: `${NAME}`."""

from __future__ import annotations

import os
import re

from genred.errors import ConfigError

VARIABLE = r"\$\{[A-Za-z_][A-Za-z0-9_]*\}"
"""A pattern of what stands for a variable's value."""

_VARIABLE = re.compile(VARIABLE)


def resolve_environment(text: str) -> str:
    """Replaces each `${NAME}` by the environment variable's value.

    Raises:
        ConfigError: A variable is not set; the message names it, and shows no other value.
    """

    def value_of(match: re.Match[str]) -> str:
        name = match[0][2:-1]
        if name not in os.environ:
            raise ConfigError(f"the environment variable {name} is not set")
        return os.environ[name]

    return _VARIABLE.sub(value_of, text)


def resolve_texts(value: object) -> object:
    """Replaces variables in a text, or in each text of a list; any other value comes back as it is.

    Raises:
        ConfigError: A variable is not set, or a text holds what is no character.
    """
    if isinstance(value, str):
        if "\0" in value:
            raise ConfigError("contains a null character, which is not allowed")
        # YAML's escapes can make half a character, which no file name, topic or log line could carry.
        if not value.isprintable() and any("\ud800" <= character <= "\udfff" for character in value):
            raise ConfigError("contains half of a surrogate pair, which is not a character")
        return resolve_environment(value)
    return [resolve_texts(item) for item in value] if isinstance(value, list) else value
