"""The rows of a station's month in the airplay log: what was on air, and what is missing, without a hole."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import TYPE_CHECKING

from genred.airplay.cutting import cut
from genred.airplay.logged import LoggedEntry
from genred.airplay.rows import GapRow, TitleSpan
from genred.analysis.estimate import State
from genred.archive.chain import Link, stretches
from genred.archive.reading import Reading
from genred.cause import Cause

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from genred.airplay.rows import Model
    from genred.analysis.analyzer import Analyzer
    from genred.archive.chain import Stretch
    from genred.archive.known_files import KnownFile
    from genred.archive.ledger import Ledger

CONTEXT = timedelta(minutes=10)
"""What is on air is smoothed over two minutes to both sides; recordings beside a month are looked at so far."""


@dataclass(slots=True)
class MonthRows:
    """Rows of a station.

    Attributes:
        entries: Tile the span.
        gaps: What is missing in it.
        titles: Of recordings that have one.
    """

    entries: list[LoggedEntry] = field(default_factory=list)
    gaps: list[GapRow] = field(default_factory=list)
    titles: list[TitleSpan] = field(default_factory=list)


class RowMaker:
    """Makes rows.

    Args:
        ledger: Of the archive.
        analyzer: Of the model.
        model: As entries name it.
        node: Id that stands for a machine's.
        run: Id that stands for a start of the daemon.
        join_within: Recordings that are no further apart, and overlap no more, follow each other.
    """

    def __init__(
        self, ledger: Ledger, analyzer: Analyzer, model: Model, *, node: str, run: str, join_within: timedelta
    ) -> None:
        self._ledger = ledger
        self._analyzer = analyzer
        self._model = model
        self._node = node
        self._run = run
        self._join_within = join_within

    def rows(self, station: str, since: datetime, until: datetime) -> MonthRows:
        """Gives all rows of a span.

        Args:
            station: Its id.
            since: No earlier than the station's first recording.
            until: No later than the end of its last.
        """
        made = MonthRows()
        covered = since
        causes: deque[tuple[datetime, Cause]] = deque()
        for chain in self._chains(station, since, until, causes):
            for row in self._chain_rows(station, chain):
                part = cut(row, covered, until)
                if part is None:
                    continue
                if isinstance(part, TitleSpan):
                    made.titles.append(part)
                    continue
                self._add_missing(made, station, covered, part.started_at, causes)
                made.entries.append(part)
                covered = part.ended_at
        self._add_missing(made, station, covered, until, causes)
        return made

    def _chains(
        self, station: str, since: datetime, until: datetime, causes: deque[tuple[datetime, Cause]]
    ) -> Iterator[list[Link]]:
        chain: list[Link] = []
        for file in self._ledger.files.between(station, since - CONTEXT, until + CONTEXT):
            link = self._link(file)
            if link is None:
                if file.started_at is not None:
                    causes.append((file.started_at, self._cause(file)))
                continue
            if (
                chain
                and link.ended_at <= chain[-1].ended_at + self._join_within
                and not follows(chain[-1].ended_at, link.started_at, self._join_within)
            ):
                continue  # all of it was recorded twice
            if chain and not follows(chain[-1].ended_at, link.started_at, self._join_within):
                yield chain
                chain = []
            chain.append(link)
        if chain:
            yield chain

    def _link(self, file: KnownFile) -> Link | None:
        if file.started_at is None or file.result is None:
            return None
        outcome = self._ledger.results.outcome(file.result)
        if not isinstance(outcome, Reading):
            return None
        found = outcome.classification
        title = None if found.medium is None else found.medium.title
        return Link(file.started_at, found.seconds, file.result, title, outcome.artist, outcome.song)

    def _cause(self, file: KnownFile) -> Cause:
        if file.result is not None:
            outcome = self._ledger.results.outcome(file.result)
            return Cause.NOT_RECORDED if isinstance(outcome, Reading) else Cause(outcome.cause)
        return Cause.NOT_RECORDED if file.cause is None else Cause(file.cause)

    # Of one chain.

    def _chain_rows(self, station: str, chain: list[Link]) -> Iterator[LoggedEntry | TitleSpan]:
        spans = list(self._titles(station, chain))
        yield from (span for span in spans if span.title)
        left = deque(spans)
        for stretch in stretches(chain, self._analyzer, self._ledger.results.windows):
            entry = self._entry(station, stretch)
            while left and left[0].ended_at <= entry.started_at:
                left.popleft()
            for span in left:
                if span.started_at >= entry.ended_at:
                    break
                part = cut(entry, span.started_at, span.ended_at)
                if part is not None:
                    yield replace(part, title=span.title or None, artist=span.artist, song=span.song)

    def _titles(self, station: str, chain: list[Link]) -> Iterator[TitleSpan]:
        """The stretches of a chain that have one title, or none (an empty one here)."""
        first = chain[0]
        for link, following in zip(chain, [*chain[1:], None], strict=True):
            if following is not None and following.title == first.title:
                continue
            ended_at = link.ended_at if following is None else following.started_at
            yield TitleSpan(
                **self._span(station, first.started_at, ended_at),  # type: ignore[arg-type]
                title=first.title or "",
                artist=first.artist,
                song=first.song,
            )
            first = following or first

    def _entry(self, station: str, stretch: Stretch) -> LoggedEntry:
        labels, sums = self._analyzer.labels, stretch.sums
        state = State(stretch.word) if stretch.word in _STATES else State.MUSIC
        shares = sums.probabilities or (1.0 / len(labels),) * len(labels)
        likeliest = max(range(len(labels)), key=shares.__getitem__)
        label = labels.index(stretch.word) if stretch.word in labels else likeliest
        least = stretch.confidence if state is State.SILENCE else sums.least(label)
        return LoggedEntry(
            **self._span(station, stretch.started_at, stretch.ended_at),  # type: ignore[arg-type]
            node=self._node,
            state=state,
            genre=stretch.word if state is State.MUSIC else None,
            confidence=stretch.confidence,
            least_confidence=stretch.confidence if least is None else min(least, stretch.confidence),
            probabilities=shares,
            level_dbfs=sums.level_dbfs,
            model=self._model,
            reports=sums.windows,
        )

    # What is missing.

    def _add_missing(
        self,
        made: MonthRows,
        station: str,
        since: datetime,
        until: datetime,
        causes: deque[tuple[datetime, Cause]],
    ) -> None:
        """Fills a hole: from where a recording that failed begins, with what is wrong with it.

        Holes come in order; of the causes, oldest first, those before the end of this one are taken off.
        """
        failed: list[tuple[datetime, Cause]] = []
        while causes and causes[0][0] < until:
            at, cause = causes.popleft()
            if at >= since:
                failed.append((at, cause))
        points = [(since, Cause.NOT_RECORDED), *failed]
        for (start, cause), end in zip(points, [*(at for at, _ in failed), until], strict=True):
            if end <= start:
                continue
            span = self._span(station, start, end)
            made.entries.append(LoggedEntry(**span, node=self._node, state=State.OFFLINE, cause=cause))  # type: ignore[arg-type]
            made.gaps.append(GapRow(**span, cause=cause))  # type: ignore[arg-type]

    def _span(self, station: str, started_at: datetime, ended_at: datetime) -> dict[str, object]:
        return {
            "station": station,
            "run": self._run,
            "started_at": started_at,
            "ended_at": ended_at,
            "seconds": (ended_at - started_at).total_seconds(),
        }


def follows(ended_at: datetime, started_at: datetime, within: timedelta) -> bool:
    """Says whether a recording goes on where another one has ended."""
    return abs(started_at - ended_at) <= within


_STATES = frozenset(state.value for state in State if state is not State.MUSIC)
