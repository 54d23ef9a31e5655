"""Entries of the airplay log for people: a heading a station and day, a line an entry."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.cells import set_cell_size

from genred.duration_text import hours_text
from genred.printable import printable

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from datetime import date, tzinfo

    from genred.airplay.logged import LoggedEntry

_LEAST_WIDTH = 40


def table_lines(entries: Iterable[LoggedEntry], zone: tzinfo, width: int) -> Iterator[str]:
    """Gives the lines of entries, which come station by station, oldest first.

    Args:
        entries: As chosen.
        zone: Of the times shown.
        width: Columns of the terminal.
    """
    width = max(_LEAST_WIDTH, width)
    shown: tuple[str, str, date] | None = None
    totals: dict[str, float] = {}
    count = 0
    for entry in entries:
        started_at = entry.started_at.astimezone(zone)
        day = (entry.node, entry.station, started_at.date())
        if day != shown:
            if shown is not None:
                yield ""
            yield f"{entry.station} on {entry.node}, {started_at:%A %Y-%m-%d} ({started_at:%Z})"
            yield f"{'from':8}  {'for':>9}  {'on air':<14} {'sure':>4}  title"[:width]
            shown = day
        count += 1
        totals[entry.announcement] = totals.get(entry.announcement, 0.0) + entry.seconds
        yield _line(entry, f"{started_at.hour:02}:{started_at.minute:02}:{started_at.second:02}", width)
    if count:
        yield ""
        yield from _summary(count, totals, width)


def _line(entry: LoggedEntry, time: str, width: int) -> str:
    sure = "" if entry.confidence is None else f"{entry.confidence:.2f}"
    note = entry.title if entry.cause is None else f"({entry.cause.value})"
    text = f"{time}  {hours_text(entry.seconds):>9}  {entry.announcement:<14} {sure:>4}  "
    room = width - len(text)
    note = printable(note or "")
    return (text + (set_cell_size(note, room) if room > 0 else "")).rstrip()


def _summary(count: int, totals: dict[str, float], width: int) -> Iterator[str]:
    seconds = sum(totals.values())
    line = f"{count} {'entry' if count == 1 else 'entries'}, {hours_text(seconds)}:"
    for name, share in sorted(totals.items(), key=lambda item: -item[1]):
        part = f" {name} {share / seconds:.0%}" if seconds else f" {name}"
        if len(line) + len(part) + 1 > width:
            yield line
            line = " "
        line += part + ("," if name != min(totals, key=lambda key: totals[key]) else "")
    yield line.rstrip(",")
