"""The airplay log as the pages read it: opened for each request, off the loop, and bounded."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, TypeVar

from genred.airplay.errors import AirplayError, UnknownStationError
from genred.airplay.moments import MomentError
from genred.airplay.query import AirplayLog
from genred.reports.collect import station_keys

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from datetime import datetime
    from pathlib import Path

    from genred.airplay.logged import LoggedEntry, LoggedStation
    from genred.airplay.rows import GapRow, LoudnessRow

T = TypeVar("T")

ALL = "all"
"""In place of a station's name."""

MAX_ROWS_READ = 400_000
"""For one answer: a month and the one before it of a station that changes every quarter of a minute."""


class NoLogError(AirplayError):
    """There is no log to read yet."""


class TooMuchError(MomentError):
    """A question that would take reading too much of the log."""


@contextmanager
def opened(path: Path | None) -> Iterator[AirplayLog]:
    """Opens the log.

    Raises:
        NoLogError: There is none.
        AirplayError: It cannot be read.
    """
    if path is None or not path.exists():
        raise NoLogError("There is no airplay log yet. The daemon creates it if airplay.enabled is true.")
    with AirplayLog(path) as log:
        yield log


class RowBudget:
    """So many rows may be read for an answer, wherever they come from.

    Args:
        rows: How many.
    """

    def __init__(self, rows: int = MAX_ROWS_READ) -> None:
        self._rows = rows
        self._left = rows

    def of(self, rows: Iterable[T]) -> Iterator[T]:
        """Gives rows as far as they may be read.

        Raises:
            TooMuchError: There are more.
        """
        for row in rows:
            self._left -= 1
            if self._left < 0:
                raise TooMuchError(
                    f"more than {self._rows} rows of the log would have to be read; choose a shorter period"
                )
            yield row


def choose(stations: list[LoggedStation], name: str) -> tuple[str, LoggedStation]:
    """Gives the station of a name with its key among all, which is its id where that is enough.

    Args:
        stations: All of the log.
        name: Its key, or `node/id`; empty for the first.

    Raises:
        NoLogError: There is no station at all.
        UnknownStationError: There is none of that name.
    """
    keys = station_keys(stations)
    if not keys:
        raise NoLogError("The airplay log is empty. It fills when the daemon listens to a station.")
    if not name:
        return next(iter(keys.items()))
    for key, station in keys.items():
        if name in {key, f"{station.node}/{station.station}"}:
            return key, station
    raise UnknownStationError(f"there is no station {name!r} in the log")


def choose_several(stations: list[LoggedStation], names: str) -> dict[str, LoggedStation]:
    """Gives the stations of names, by their keys among all.

    Args:
        stations: All of the log.
        names: Keys or `node/id` with commas between them; `all` for all, empty for the first.

    Raises:
        NoLogError: There is no station at all.
        UnknownStationError: There is none of such a name.
    """
    if names == ALL and stations:
        return station_keys(stations)
    chosen = [choose(stations, name.strip()) for name in names.split(",")]
    return dict(chosen)


class BoundedLog:
    """A log of which a report reads no more than it may.

    Args:
        log: Open.
    """

    def __init__(self, log: AirplayLog) -> None:
        self._log = log
        self._budget = RowBudget()

    def entries(self, station: LoggedStation, since: datetime | None, until: datetime | None) -> Iterator[LoggedEntry]:
        """Gives the entries of a span; see `AirplayLog.entries`."""
        return self._budget.of(self._log.entries(station, since, until))

    def gaps(self, station: LoggedStation, since: datetime | None, until: datetime | None) -> Iterator[GapRow]:
        """Gives the gaps of a span; see `AirplayLog.gaps`."""
        return self._budget.of(self._log.gaps(station, since, until))

    def loudness(self, station: LoggedStation, since: datetime | None, until: datetime | None) -> Iterator[LoudnessRow]:
        """Gives the loudness of a span; see `AirplayLog.loudness`."""
        return self._budget.of(self._log.loudness(station, since, until))
