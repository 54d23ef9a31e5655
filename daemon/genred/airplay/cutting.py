"""The part of a row that lies in a span; its seconds are shared by the log's time."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, TypeVar

from genred.airplay.rows import Row

if TYPE_CHECKING:
    from datetime import datetime

R = TypeVar("R", bound=Row)


def cut(row: R, since: datetime | None, until: datetime | None) -> R | None:
    """Gives the part of a row that lies in a span, or None where none does.

    Args:
        row: Of any kind.
        since: Aware; None for no bound.
        until: Likewise.
    """
    started_at = row.started_at if since is None else max(row.started_at, since)
    ended_at = row.ended_at if until is None else min(row.ended_at, until)
    if (started_at, ended_at) == (row.started_at, row.ended_at):
        return row
    if ended_at <= started_at:
        return None
    share = (ended_at - started_at) / (row.ended_at - row.started_at)
    return replace(row, started_at=started_at, ended_at=ended_at, seconds=row.seconds * share)
