"""Encodings of text."""

from __future__ import annotations

from encodings.aliases import aliases
from typing import TYPE_CHECKING

from genred.config.types.suggestion import did_you_mean
from genred.config.types.value import ValueType
from genred.errors import ConfigError

if TYPE_CHECKING:
    from pathlib import Path

_ASCII = bytes(range(0x20, 0x5C)) + bytes(range(0x5D, 0x7F)) + rb" \x41 \u0041 +AGE- ~{.xn--mnchen-3ya"
"""With what other encodings take for an escape."""

_MAX_CHARACTERS = 40


class TextEncoding(ValueType):
    """An encoding that Python knows, with ASCII in it; or empty. UTF-16, UTF-7 and escapes are none for titles."""

    def __init__(self) -> None:
        super().__init__(str)

    def finish(self, value: str, folder: Path | None) -> str:
        """Checks that there is such an encoding.

        Raises:
            ConfigError: There is none, or it has no ASCII in it.
        """
        if value and not _has_ascii(value):
            known = sorted({name.replace("_", "-") for name in {*aliases, *aliases.values()} if _has_ascii(name)})
            raise ConfigError(
                "must be an ASCII-compatible text encoding such as cp1251 or koi8-r, "
                f"found {self.mask(value)}{did_you_mean(value.lower().replace('_', '-'), known)}"
            )
        return value


def _has_ascii(name: str) -> bool:
    if len(name) > _MAX_CHARACTERS or not name.isascii():
        return False
    try:
        return _ASCII.decode(name) == _ASCII.decode("ascii")
    except (LookupError, ValueError):
        return False
