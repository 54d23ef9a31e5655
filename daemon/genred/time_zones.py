"""Time zones by their IANA names, such as Europe/Berlin, and the zone of the machine."""

from __future__ import annotations

import os
from datetime import UTC, date, datetime, tzinfo
from functools import lru_cache
from pathlib import Path
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError, available_timezones

_LOCALTIME = Path("/etc/localtime")

_MAX_NAME_CHARACTERS = 64


@lru_cache(maxsize=64)
def find_zone(name: str) -> ZoneInfo | None:
    """Gives the zone of a name; that of the machine for an empty one; None where there is none of that name."""
    if not name:
        return machine_zone()
    return _zone(name) if len(name) <= _MAX_NAME_CHARACTERS else None


@lru_cache(maxsize=1)
def zone_names() -> frozenset[str]:
    """Every name of the time zone database; reading them all takes a while."""
    return frozenset(available_timezones())


def midnight(day: date, zone: tzinfo) -> datetime:
    """Gives the first instant of a day, in UTC; in some zones clocks are set at midnight, and it is 01:00 already."""
    return datetime(day.year, day.month, day.day, tzinfo=zone).astimezone(UTC)


def machine_zone() -> ZoneInfo:
    """Gives the zone of `$TZ`, or else of `/etc/localtime`; UTC where neither says one."""
    name = os.environ.get("TZ", "").removeprefix(":")
    zone = _zone(name) if name and not name.startswith("/") else None
    if zone is not None:
        return zone
    try:
        with (Path(name) if name.startswith("/") else _LOCALTIME).open("rb") as file:
            return ZoneInfo.from_file(file, key="localtime")
    except (OSError, ValueError):
        return ZoneInfo("UTC")


def _zone(name: str) -> ZoneInfo | None:
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return None
