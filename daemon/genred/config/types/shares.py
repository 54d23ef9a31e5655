"""Shares of time by genre."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from genred.config.types.value import ValueType, shown
from genred.errors import ConfigError

if TYPE_CHECKING:
    from pathlib import Path

MAX_SHARES = 100


class Shares(ValueType):
    """A mapping of genres to shares from 0 to 1."""

    def __init__(self) -> None:
        super().__init__(dict[str, float])

    @property
    def description(self) -> str:
        """For messages."""
        return "a mapping of genres to shares from 0 to 1, such as {classical: 0.7}"

    def read(self, value: object, folder: Path | None) -> dict[str, float]:
        """Reads and checks a mapping; see `ValueType.read`."""
        if not isinstance(value, dict) or not 0 < len(value) <= MAX_SHARES:
            raise ConfigError(f"must be {self.description}, found {self.mask(value)}")
        return {self._genre(genre): self._share(genre, share) for genre, share in value.items()}

    def json_schema(self) -> dict[str, Any]:
        """Its bounds."""
        share = {"type": "number", "minimum": 0, "maximum": 1}
        names = {"minLength": 1}
        return {
            "type": "object",
            "propertyNames": names,
            "additionalProperties": share,
            "minProperties": 1,
            "maxProperties": MAX_SHARES,
        }

    def _genre(self, genre: object) -> str:
        if not isinstance(genre, str) or not genre or not genre.isprintable():
            raise ConfigError(f"must be {self.description}, found {shown(genre)} for a genre")
        return genre

    def _share(self, genre: object, share: object) -> float:
        if isinstance(share, bool) or not isinstance(share, int | float) or not 0 <= share <= 1:
            raise ConfigError(f"{genre}: must be a share from 0 to 1, such as 0.7, found {self.mask(share)}")
        return float(share)
