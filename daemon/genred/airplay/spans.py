"""A span of time in the log: the columns that all tables of them share, their values, and how they are read back."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from genred.airplay.times import from_us, to_us

if TYPE_CHECKING:
    from genred.airplay.rows import Row

TIMES = """
    started_us INTEGER NOT NULL,
    ended_us INTEGER NOT NULL,
    seconds REAL NOT NULL CHECK (seconds >= 0),"""
"""How a table defines when a span was. Logs that are there have been made with it: a change is a step of its own."""

SPAN = f"""
    id INTEGER PRIMARY KEY,
    station_id INTEGER NOT NULL REFERENCES stations (id),
    run_id INTEGER NOT NULL REFERENCES runs (id),{TIMES}"""
"""How a table of spans begins, likewise."""

TIME_COLUMNS = "started_us, ended_us, seconds"


def insertion(table: str, columns: str, conflict: str = "IGNORE") -> str:
    """Gives the statement that puts a span into a table.

    Args:
        table: Where to.
        columns: Behind the station's, the run's and those of the time.
        conflict: What is done where the span is there already: `IGNORE`, `REPLACE`, or `ABORT` for an upsert.
    """
    names = f"station_id, run_id, {TIME_COLUMNS}, {columns}"
    values = ", ".join("?" * len(names.split(",")))
    return f"INSERT OR {conflict} INTO {table} ({names}) VALUES ({values})"


def time_values(row: Row) -> tuple[int, int, float]:
    """What `TIME_COLUMNS` hold."""
    return (to_us(row.started_at), to_us(row.ended_at), row.seconds)


def read_span(station: str, run: str, started_us: int, ended_us: int, seconds: float) -> dict[str, Any]:
    """Gives what each row has, of what the log holds of it."""
    return {
        "station": station,
        "run": run,
        "started_at": from_us(started_us),
        "ended_at": from_us(ended_us),
        "seconds": seconds,
    }
