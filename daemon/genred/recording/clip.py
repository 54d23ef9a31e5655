"""A clip of what is recorded: the rows of an index to files, and the tags of the new file."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from genred.recording.index import RecordedFile, TimeMark

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from genred.cause import Cause


class IndexedRecording(Protocol):
    """A recording as an index knows it."""

    @property
    def folder(self) -> str:
        """Absolute path of all recordings."""

    @property
    def file(self) -> str:
        """The file's path in it."""

    @property
    def started_at(self) -> datetime:
        """When its first sample was on air."""

    @property
    def complete(self) -> bool:
        """Whether it was ended."""

    @property
    def cause(self) -> Cause | None:
        """Why nothing followed."""


class IndexedMark(Protocol):
    """A point of the index."""

    @property
    def at(self) -> datetime:
        """When the sample was on air."""

    @property
    def media_s(self) -> float:
        """Seconds from the file's beginning."""


def recorded_files(
    recordings: Iterable[tuple[IndexedRecording, Sequence[IndexedMark]]], folder: Path | None = None
) -> list[RecordedFile]:
    """Gives the files of an index.

    Args:
        recordings: Each with its marks.
        folder: Where they are now, in place of where they were recorded.
    """
    return [
        RecordedFile(
            (folder or Path(row.folder)) / row.file,
            row.started_at,
            tuple(TimeMark(mark.at, mark.media_s) for mark in marks),
            goes_on=row.complete and row.cause is None,
        )
        for row, marks in recordings
    ]


@dataclass(frozen=True, slots=True)
class ClipSpan:
    """What is cut out.

    Attributes:
        node: Id of the machine.
        station: Id of the station.
        name: Of the station, for people.
        since: Aware.
        until: Aware.
        title: Of the new file.
        artist: Likewise; None where it is not known.
    """

    node: str
    station: str
    name: str
    since: datetime
    until: datetime
    title: str
    artist: str | None = None

    def tags(self, zone: tzinfo) -> dict[str, str]:
        """Gives the tags of the new file, times in a zone where people read them."""
        since, until = (at.astimezone(zone).isoformat(sep=" ", timespec="seconds") for at in (self.since, self.until))
        return {
            "title": self.title,
            "album": self.name,
            "date": self.since.astimezone(UTC).isoformat(timespec="seconds"),
            "comment": f"{self.station} on {self.node}, {since} to {until}, exported by genred",
            "GENRED_STATION": self.station,
            "GENRED_NODE": self.node,
            "GENRED_STARTED_AT": self.since.astimezone(UTC).isoformat(timespec="milliseconds"),
            "GENRED_ENDED_AT": self.until.astimezone(UTC).isoformat(timespec="milliseconds"),
            **({} if self.artist is None else {"artist": self.artist}),
        }
