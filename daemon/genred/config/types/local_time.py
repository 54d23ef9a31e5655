"""Time zones, and spans of each day."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

from msgspec import Meta

from genred.config.types.suggestion import did_you_mean
from genred.config.types.value import ValueType
from genred.day_span import PATTERN, DaySpan
from genred.errors import ConfigError
from genred.time_zones import find_zone, zone_names

if TYPE_CHECKING:
    from pathlib import Path

_SPAN = Meta(pattern=rf"^{PATTERN}$(?![\s\S])", description="a span of the day such as 06:00-10:00 or 22:00-07:00")


class TimeZoneName(ValueType):
    """A name of the time zone database, such as Europe/Berlin; empty for the machine's zone."""

    def __init__(self) -> None:
        super().__init__(str)

    def finish(self, value: str, folder: Path | None) -> str:
        """Checks that there is such a zone.

        Raises:
            ConfigError: There is none.
        """
        if find_zone(value) is None:
            raise ConfigError(
                f"must be a time zone such as Europe/Berlin or UTC, found {self.mask(value)}"
                f"{did_you_mean(value, sorted(zone_names()))}"
            )
        return value


class DaySpanText(ValueType):
    """A span of each day; the field holds a `DaySpan`."""

    def __init__(self) -> None:
        super().__init__(Annotated[str, _SPAN])

    def finish(self, value: str, folder: Path | None) -> DaySpan:
        """Reads the span.

        Raises:
            ConfigError: It has no length.
        """
        span = DaySpan.parse(value)
        if span is None:
            raise ConfigError(
                f"must not end at the time it begins, found {self.mask(value)}; a whole day is 00:00-24:00"
            )
        return span

    def show(self, value: DaySpan) -> Any:
        """As it is written."""
        return str(value)
