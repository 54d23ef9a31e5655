"""What `genred archive` writes for people without a progress bar, and the table of --dry-run."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from genred.archive.reading import ReadingError
from genred.cli.streams import complain
from genred.printable import printable

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from datetime import tzinfo

    from genred.archive.archiving import ArchiveTally
    from genred.archive.listing import ArchiveFile
    from genred.archive.placement import Placement
    from genred.archive.readers import Outcome


class ArchiveLines:
    """A line for each recording that cannot be read."""

    def listed(self, tally: ArchiveTally) -> None:
        """See `Observer.listed`."""

    def ended(self, outcome: Outcome | None, tally: ArchiveTally) -> None:
        """See `Observer.ended`."""
        if isinstance(outcome, ReadingError):
            complain(f"genred archive: {outcome.message}")


def placement_lines(placed: Iterable[tuple[ArchiveFile, Placement]], zone: tzinfo) -> Iterator[str]:
    """Gives a line for each file: its station, its time, its name and what is odd; and how many there are of each."""
    yield f"{'station':<20} {'begins':<25} file"
    stations: Counter[str] = Counter()
    without, total_bytes = 0, 0
    for file, placement in placed:
        at = placement.started_at
        begins = "no time" if at is None else at.astimezone(zone).isoformat(" ", "seconds")
        note = f"  ({placement.note})" if placement.note else ""
        fits = "" if placement.pattern else "  (no pattern matches)"
        yield f"{placement.station:<20} {begins:<25} {printable(file.path)}{note}{fits}"
        stations[placement.station] += 1
        without += at is None
        total_bytes += max(0, file.size)
    yield ""
    counts = ", ".join(f"{station} {count}" for station, count in stations.most_common(20))
    more = f" and {len(stations) - 20} more stations" if len(stations) > 20 else ""
    parts = f": {counts}{more}; {without} without a time" if stations else ""
    yield f"{stations.total()} files, {total_bytes / 1e6:.1f} MB{parts}"
