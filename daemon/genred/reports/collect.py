"""Where the rows of a report come from: any log that has those of a station in a span of time."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol, TypeVar

from genred.reports.report import StationRows, in_order
from genred.time_zones import find_zone

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime, tzinfo

    from genred.airplay.rows import Entry, GapRow, LoudnessRow
    from genred.reports.period import Period


class StationOfLog(Protocol):
    """A station as a log knows it."""

    @property
    def node(self) -> str:
        """Id of the machine."""

    @property
    def station(self) -> str:
        """Its id there."""

    @property
    def name(self) -> str:
        """For people."""

    @property
    def time_zone(self) -> str | None:
        """IANA name of where its day begins; None for the machine's own."""


S = TypeVar("S", bound=StationOfLog)
S_contra = TypeVar("S_contra", bound=StationOfLog, contravariant=True)


class RowsOfLog(Protocol[S_contra]):
    """A log, as far as a report reads it."""

    def entries(self, station: S_contra, since: datetime | None, until: datetime | None) -> Iterable[Entry]:
        """Gives the entries of a span, oldest first."""

    def gaps(self, station: S_contra, since: datetime | None, until: datetime | None) -> Iterable[GapRow]:
        """Gives the gaps of a span, oldest first."""

    def loudness(self, station: S_contra, since: datetime | None, until: datetime | None) -> Iterable[LoudnessRow]:
        """Gives the loudness of a span by the quarter of an hour, oldest first."""


def station_keys(stations: Sequence[S]) -> dict[str, S]:
    """Gives stations by their ids; those of one id on two machines by `node/id`."""
    ids = [station.station for station in stations]
    return {
        station.station if ids.count(station.station) == 1 else f"{station.node}/{station.station}": station
        for station in stations
    }


def common_zone(stations: Sequence[StationOfLog], otherwise: tzinfo) -> tzinfo:
    """Gives the zone that all stations have, else the other one."""
    names = {station.time_zone for station in stations}
    name = names.pop() if len(names) == 1 else None
    return (find_zone(name) if name else None) or otherwise


def rows_of(log: RowsOfLog[S], station: S, key: str, period: Period) -> StationRows:
    """Gives the rows of a station in a period, and in the one before it."""
    now, before = (
        in_order(
            log.entries(station, of.since, of.until),
            log.gaps(station, of.since, of.until),
            log.loudness(station, of.since, of.until),
        )
        for of in (period, period.before())
    )
    return StationRows(key, station.name, now, before)
