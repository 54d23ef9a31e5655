"""Days whose files are still to be written, which a restart must not forget."""

from __future__ import annotations

import logging
from datetime import date, timedelta
from typing import TYPE_CHECKING

import msgspec

from genred.rate_limited_log import RateLimitedLog
from genred.reports.period import Period, day
from genred.time_zones import find_zone, machine_zone
from genred.whole_file import replacing

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime, tzinfo
    from pathlib import Path

_LOGGER = logging.getLogger(__name__)

OWED_DAYS = 7
"""So long the files of a day are tried again that could not be written."""

_MOST_BYTES = 4_000_000
"""Thousands of stations that each owe every day have less."""


class OwedDay(msgspec.Struct, frozen=True):
    """A station's day, over or not, of which there are no files yet.

    Attributes:
        station: Its id.
        day: On its clocks.
        time_zone: IANA name of its zone; None for the machine's own.
    """

    station: str
    day: date
    time_zone: str | None = None

    @property
    def period(self) -> Period:
        """From midnight to midnight."""
        return day(self.day, zone_named(self.time_zone))


class OwedDays:
    """The days that are owed, the one tried last at the end; `save` keeps them for the next start.

    A day is owed from its beginning on: when it ends, the disk may be full, or the daemon not running.

    Args:
        path: Of the file, which need not be there.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._faults = RateLimitedLog(_LOGGER)
        self._owed = {(owed.station, owed.day): owed for owed in self._read()}
        self._saved = list(self._owed.values())

    def begin(self, station: str, today: date, time_zone: str | None) -> None:
        """Owes a station's day, and those since the last one that it owes; days of a clock that was ahead are none."""
        known = [owed for owed in self._owed.values() if owed.station == station]
        for owed in known:
            if owed.day > today:
                self.settle(owed)
        last = max((owed.day for owed in known if owed.day <= today), default=today - timedelta(days=1))
        for days in range(min((today - last).days - 1, OWED_DAYS), -1, -1):
            of = today - timedelta(days=days)
            self._owed[station, of] = OwedDay(station, of, time_zone)

    def over(self, now: datetime) -> Iterator[OwedDay]:
        """Gives those that are over; the ones that have been for too long are given up."""
        for owed in list(self._owed.values()):
            until = owed.period.until
            if until + timedelta(days=OWED_DAYS) <= now:
                self.settle(owed)
            elif until <= now:
                yield owed

    def settle(self, owed: OwedDay) -> None:
        """Forgets one: its files are there."""
        self._owed.pop((owed.station, owed.day), None)

    def postpone(self, owed: OwedDay) -> None:
        """Puts one behind the others."""
        self.settle(owed)
        self._owed[owed.station, owed.day] = owed

    def save(self) -> None:
        """Writes what has changed; where it cannot be written, the next call tries again."""
        owed = list(self._owed.values())
        if owed == self._saved:
            return
        try:
            with replacing(self._path) as stream:
                stream.write(msgspec.json.encode(owed))
        except OSError as error:
            self._faults.warn(f"airplay log: {self._path} cannot be written: {error}", kind="save")
        else:
            self._saved = owed

    def _read(self) -> list[OwedDay]:
        try:
            with self._path.open("rb") as stream:
                return msgspec.json.decode(stream.read(_MOST_BYTES), type=list[OwedDay])
        except FileNotFoundError:
            return []
        except (OSError, msgspec.MsgspecError) as error:
            self._faults.warn(f"airplay log: {self._path} cannot be read: {error}", kind="read")
            return []


def zone_named(time_zone: str | None) -> tzinfo:
    """Gives the zone of a station's day."""
    return find_zone(time_zone or "") or machine_zone()
