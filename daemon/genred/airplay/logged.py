"""What the log holds of stations and entries, and how an entry is read."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from genred.airplay.rows import Entry, Loudness
from genred.airplay.spans import read_span
from genred.airplay.statements import ENTRY_COLUMNS
from genred.analysis.estimate import State
from genred.cause import Cause

if TYPE_CHECKING:
    from collections.abc import Mapping

    from genred.airplay.rows import Model


@dataclass(frozen=True, slots=True, kw_only=True)
class LoggedStation:
    """A station of a log.

    Attributes:
        key: Of its rows.
        node: Id of the machine; stations of one name on two machines are two.
        station: Its id there.
        name: For people.
        time_zone: IANA name of where its day begins; None for the machine's own.
    """

    key: int
    node: str
    station: str
    name: str
    time_zone: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class LoggedEntry(Entry):
    """An entry as the log holds it.

    Attributes:
        node: Id of the machine.
        id: Its number in this log, by which a clip is asked for; None while it is on air.
    """

    node: str
    id: int | None = None


def entry_columns(number: str = "entry.id") -> str:
    """Gives the columns that `read_entry` takes, of `entry` and `runs`.

    Args:
        number: The entry's number, or NULL where it has none.
    """
    columns = ", ".join(f"entry.{name}" for name in ENTRY_COLUMNS.split(", "))
    return f"{number}, entry.station_id, runs.run, {columns}"


def read_entry(station: LoggedStation, row: tuple[Any, ...], models: Mapping[int, Model]) -> LoggedEntry:
    """Makes an entry of what the log holds of it.

    Args:
        station: Whose it is.
        row: Of `entry_columns`.
        models: By number.
    """
    (
        number, _, run, started_us, ended_us, seconds, state, genre, confidence, least, shares, level,
        lufs, range_lu, peak, title, artist, song, model, reports, cause,
    ) = row  # fmt: skip
    return LoggedEntry(
        **read_span(station.station, run, started_us, ended_us, seconds),
        node=station.node,
        id=number,
        state=_STATES[state],
        genre=genre,
        confidence=confidence,
        least_confidence=least,
        probabilities=() if shares is None else _shares(shares),
        level_dbfs=level,
        loudness=None if lufs is None else Loudness(integrated_lufs=lufs, range_lu=range_lu, true_peak_dbtp=peak),
        title=title,
        artist=artist,
        song=song,
        model=models.get(model),
        reports=reports,
        cause=None if cause is None else Cause(cause),
    )


_STATES = {state.value: state for state in State}


@lru_cache(maxsize=1_024)
def _shares(text: str) -> tuple[float, ...]:
    return tuple(json.loads(text))
