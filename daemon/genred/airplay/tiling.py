"""Entries of one station from several logs, made to tile its time; the result does not depend on their order."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from genred.airplay.cutting import cut
from genred.airplay.rows import Entry, Row
from genred.analysis.estimate import State
from genred.cause import Cause

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from datetime import datetime

R = TypeVar("R", bound=Row)
E = TypeVar("E", bound=Entry)

ABSENT = frozenset({Cause.NOT_RUNNING, Cause.NOT_CONFIGURED, Cause.NOT_RECORDED})
"""What a log says of time in which it was not written; another one may know better."""


def is_absent(entry: Entry) -> bool:
    """Whether an entry only fills a hole of its log."""
    hole = entry.state is State.OFFLINE and entry.model is None and entry.cause is Cause.LOST
    return entry.cause in ABSENT or hole


def order(row: Row) -> tuple[object, ...]:
    """The order in which rows of several logs are to be taken: by their beginning, and of two the longer one first."""
    return (row.started_at, -row.ended_at.timestamp(), -row.seconds, repr(row))


def tiled(entries: Iterable[E]) -> Iterator[E]:
    """Gives each moment to one entry: the one that began first, and to what fills a hole only where there is no other.

    Args:
        entries: Of one station, in `order`.
    """
    fillers: list[E] = []
    until: datetime | None = None
    for entry in entries:
        if is_absent(entry):
            fillers.append(entry)
            continue
        for filler in _pieces(fillers, until, entry.started_at):
            yield filler
            until = filler.ended_at
        part = cut(entry, until, None)
        if part is not None:
            yield part
            until = part.ended_at
    yield from _pieces(fillers, until, None)


def without_overlap(rows: Iterable[R]) -> Iterator[R]:
    """Gives each moment to one row at most: the one that began first.

    Args:
        rows: Of one station, in `order`.
    """
    until: datetime | None = None
    for row in rows:
        part = cut(row, until, None)
        if part is not None:
            yield part
            until = part.ended_at


def _pieces(fillers: list[E], since: datetime | None, until: datetime | None) -> Iterator[E]:
    """Gives the parts of the fillers in a hole, and keeps those that reach beyond it."""
    kept = []
    for filler in fillers:
        if until is not None and filler.ended_at > until:
            kept.append(filler)
        part = cut(filler, since, until)
        if part is not None:
            yield part
            since = part.ended_at
    fillers[:] = kept
