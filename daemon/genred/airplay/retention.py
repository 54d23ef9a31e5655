"""Deletes what is older or larger than is to be kept, in pieces so small that nobody waits."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from genred.airplay.store import AirplayStore

PIECE_ROWS = 500
"""Rows of a table and a station that are deleted at once: some milliseconds on an SD card."""

_PIECE_PAGES = 500
"""Free pages that are given back to the file system at once."""

_TABLES = ("entries", "gaps", "titles", "recordings", "recording_gaps", "loudness")


def trim(store: AirplayStore, *, before_us: int | None, at_most: int | None) -> bool:
    """Deletes one piece of what is too old, and where the log is too large, one of its oldest.

    Args:
        store: Of the log.
        before_us: What ended before that time is too old; None keeps all ages.
        at_most: Bytes that the log may have; None lets it grow.

    Returns:
        Whether there may be more to delete.

    Raises:
        AirplayError: The log cannot be written now.
    """
    stations = [station for (station,) in store.execute("SELECT id FROM stations")]
    deleted = 0
    if before_us is not None:
        deleted = sum(_delete_oldest(store, station, before_us) for station in stations)
    if not deleted and at_most is not None and used_bytes(store) > at_most:
        oldest = [
            (started_us, station)
            for station in stations
            for (started_us,) in store.execute(
                "SELECT started_us FROM entries WHERE station_id = ? ORDER BY started_us LIMIT 1", (station,)
            )
        ]
        if oldest:
            deleted = _delete_oldest(store, min(oldest)[1], None)
    if deleted:
        store.give_back_pages(_PIECE_PAGES)
    return deleted > 0


def used_bytes(store: AirplayStore) -> int:
    """Gives the bytes of the log that hold rows."""
    ((pages,),) = store.execute("PRAGMA page_count")
    ((free,),) = store.execute("PRAGMA freelist_count")
    ((size,),) = store.execute("PRAGMA page_size")
    return (pages - free) * size


def _delete_oldest(store: AirplayStore, station: int, before_us: int | None) -> int:
    if before_us is None:
        # As far as the piece of entries reaches, so that gaps and titles go with their entries.
        found = store.execute(
            f"SELECT max(ended_us) FROM (SELECT ended_us FROM entries WHERE station_id = ? "
            f"ORDER BY started_us LIMIT {PIECE_ROWS})",
            (station,),
        )
        before_us = found[0][0] + 1
    return sum(
        len(
            store.execute(
                f"DELETE FROM {table} WHERE id IN (SELECT id FROM {table} WHERE station_id = ? AND started_us < ? "
                f"ORDER BY started_us LIMIT {PIECE_ROWS}) AND ended_us < ? RETURNING id",
                (station, before_us, before_us),
            )
        )
        for table in _TABLES
    )
