"""The entries of a day as rows of its table, and which of them were recorded."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from genred.analysis.estimate import State
from genred.printable import printable
from genred.reports import wording
from genred.reports.palette import marks
from genred.web.clips import may_hold
from genred.web.log import RowBudget

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime, tzinfo

    from genred.airplay.logged import LoggedEntry, LoggedStation
    from genred.airplay.query import AirplayLog
    from genred.reports.palette import Mark

_MAX_RECORDINGS = 5_000
_MAX_TITLE = 200


@dataclass(frozen=True, slots=True)
class EntryRow:
    """An entry in the table.

    Attributes:
        id: Its number; None while it is on air.
        at: When it began, on the station's clock.
        started_at: Likewise, ISO 8601.
        from_s: Where it begins in the entry of the log, of which only a part may be in the day.
        to_s: Where it ends in it.
        duration: In words.
        on_air: The genre, or the state.
        mark: Of that.
        confidence: In words.
        title: As it is shown, or nothing.
        cause: Why it is offline, in words, or nothing.
        level: In words; a dash while it is offline.
        plays: Whether there is a recording of it.
    """

    id: int | None
    at: str
    started_at: str
    from_s: float
    to_s: float
    duration: str
    on_air: str
    mark: Mark
    confidence: str
    title: str
    cause: str
    level: str
    plays: bool


class EntryRows:
    """Makes rows of a day's entries.

    Args:
        entries: Of the whole day.
        recorded: When it was recorded.
        zone: Of the station.
    """

    def __init__(
        self, entries: Sequence[LoggedEntry], recorded: Sequence[tuple[datetime, datetime]], zone: tzinfo
    ) -> None:
        self._starts = {entry.id: entry.started_at for entry in entries}
        self._marks = marks({entry.announcement for entry in entries})
        self._recorded = recorded
        self._zone = zone

    def row(self, entry: LoggedEntry) -> EntryRow:
        """Makes a row of an entry, or of a part of one."""
        is_offline = entry.state is State.OFFLINE
        plays = entry.id is not None and any(
            start < entry.ended_at and end > entry.started_at for start, end in self._recorded
        )
        from_s = (entry.started_at - self._starts.get(entry.id, entry.started_at)).total_seconds()
        return EntryRow(
            id=entry.id,
            at=f"{entry.started_at.astimezone(self._zone):%H:%M:%S}",
            started_at=entry.started_at.astimezone(self._zone).isoformat(timespec="seconds"),
            from_s=round(from_s, 3),
            to_s=round(from_s + entry.seconds, 3),
            duration=wording.duration(entry.seconds),
            on_air=wording.on_air(printable(entry.announcement)),
            mark=self._marks[entry.announcement],
            confidence=wording.confidence(entry.confidence),
            title=shown_text(entry.title or ""),
            cause=wording.cause(entry.cause.value) if is_offline and entry.cause else "",
            level=wording.level(None if is_offline else entry.level_dbfs),
            plays=plays and not is_offline,
        )


def recorded_spans(
    log: AirplayLog, station: LoggedStation, since: datetime, until: datetime
) -> list[tuple[datetime, datetime]]:
    """Gives when a station was recorded, in order; what follows at once is one span.

    Raises:
        TooMuchError: There are too many files.
    """
    found: list[tuple[datetime, datetime]] = []
    rows = RowBudget(_MAX_RECORDINGS).of(log.recordings(station, since, until))
    for row, _ in rows:
        if not may_hold(row, since):
            continue
        if found and (row.started_at - found[-1][1]).total_seconds() < 1:
            found[-1] = (found[-1][0], max(found[-1][1], row.ended_at))
        else:
            found.append((row.started_at, row.ended_at))
    return found


def shown_text(text: str) -> str:
    """Gives a text of others as far as it is shown."""
    shown = printable(text[: _MAX_TITLE + 1])
    return shown if len(text) <= _MAX_TITLE else f"{shown[:_MAX_TITLE]}…"
