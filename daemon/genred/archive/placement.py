"""Which station a recording is of, and when it began: by the patterns of its name and its tags."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from genred.archive.pattern import DEFAULT_PATTERNS, NamePattern
from genred.printable import valid_unicode
from genred.slug import slug_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from datetime import tzinfo

    from genred.archive.pattern import NameParts

    ReadTags = Callable[[], Mapping[str, str]]

_UNKNOWN_STATION = "archive"
_MAX_TAG_CHARACTERS = 255

TWICE = "this time occurred twice when the clocks changed"
NEVER = "this time did not exist when the clocks changed"


@dataclass(frozen=True, slots=True)
class Placement:
    """Where a recording belongs.

    Attributes:
        station: The station's id.
        name: The station as written.
        started_at: Aware UTC; None where nothing says it.
        pattern: The first one that fits; None where none does.
        note: What is odd about the time, for people; empty where nothing is.
    """

    station: str
    name: str
    started_at: datetime | None = None
    pattern: str | None = None
    note: str = ""


class Placer:
    """Places recordings.

    Args:
        patterns: Of names, tried in their order; none for the usual ones.
        tags: Patterns by the names of tags; what a tag says goes before what a name says.
        station: Of all recordings, whatever they are called; None to go by patterns.
        zone: Of times without an offset.

    Raises:
        UsageError: A pattern is none.
    """

    def __init__(self, patterns: Sequence[str], tags: Mapping[str, str], station: str | None, zone: tzinfo) -> None:
        self._patterns = [NamePattern(text) for text in (patterns or DEFAULT_PATTERNS)]
        self._tags = {name.lower(): NamePattern(text) for name, text in tags.items()}
        self._station = station
        self._zone = zone

    def place(self, name: str, read_tags: ReadTags) -> Placement:
        """Gives the place of one recording.

        Args:
            name: Its path or address, with slashes.
            read_tags: Gives its tags, their names in lower case; called only where patterns are of tags.
        """
        station, at, used = self._station, None, None
        for found, pattern in self._matches(name, read_tags):
            used = used or pattern.text
            station = station or found.station
            at = at or found.at
        written = valid_unicode(station or _UNKNOWN_STATION)
        slug = slug_of(written) or _UNKNOWN_STATION
        if at is None:
            return Placement(slug, written, pattern=used)
        note = ""
        if at.tzinfo is None:
            at = at.replace(tzinfo=self._zone)
            note = _oddity(at)
        return Placement(slug, written, at.astimezone(UTC), used, note)

    def second_time(self, placement: Placement) -> Placement:
        """Gives the place of the second recording of a time that clocks showed twice."""
        if placement.started_at is None or placement.note != TWICE:
            return placement
        later = placement.started_at.astimezone(self._zone).replace(fold=1)
        return replace(placement, started_at=later.astimezone(UTC))

    def _matches(self, name: str, read_tags: ReadTags) -> Iterator[tuple[NameParts, NamePattern]]:
        tags = read_tags() if self._tags else {}
        for tag, pattern in self._tags.items():
            # Slashes in a tag are no parts of a path.
            found = pattern.match(tags.get(tag, "")[:_MAX_TAG_CHARACTERS].strip())
            if found is not None:
                yield found, pattern
        for pattern in self._patterns:
            found = pattern.match(name)
            if found is not None:
                yield found, pattern
                return


def _oddity(local: datetime) -> str:
    if local.replace(fold=0).utcoffset() == local.replace(fold=1).utcoffset():
        return ""
    shown = local.astimezone(UTC).astimezone(local.tzinfo)
    return TWICE if shown.replace(tzinfo=None, fold=0) == local.replace(tzinfo=None, fold=0) else NEVER
