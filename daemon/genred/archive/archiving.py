"""All recordings that were named, each read once: what is known is left alone, the rest goes to the readers."""

from __future__ import annotations

from collections import deque
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from genred.archive.listing import list_files, local_file
from genred.archive.reading import Reading, ReadingError, ReadTask
from genred.archive.remote import digest_of, is_remote
from genred.archive.tags import read_tags
from genred.errors import SourceError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from concurrent.futures import Future
    from datetime import datetime, timedelta

    from genred.archive.known_files import KnownFile
    from genred.archive.ledger import Ledger
    from genred.archive.listing import ArchiveFile
    from genred.archive.placement import Placement, Placer
    from genred.archive.readers import Outcome, Readers

_HASHED_AHEAD = 8
_HASHERS = 2
"""A core hashes some hundred times as fast as it classifies."""


@dataclass(slots=True)
class ArchiveTally:
    """How an archive stands.

    Attributes:
        files: How many recordings were named.
        total_bytes: Of all of them.
        known: How many of them needed no reading: they were read in an earlier run, or another one has their content.
        read: How many were read now, those that failed too.
        failed: How many of all cannot be read.
        done_bytes: Of those that are done.
        audio_s: Seconds of what was read now.
        undated: How many have no time: they are in no log.
        faults: What was named and stands for no recording.
    """

    files: int = 0
    total_bytes: int = 0
    known: int = 0
    read: int = 0
    failed: int = 0
    done_bytes: int = 0
    audio_s: float = 0.0
    undated: int = 0
    faults: list[str] = field(default_factory=list)


class Observer(Protocol):
    """Is told how it goes."""

    def listed(self, tally: ArchiveTally) -> None:
        """All that was named is known."""

    def ended(self, outcome: Outcome | None, tally: ArchiveTally) -> None:
        """One recording is done; without an outcome, it needed no reading."""


def placed_files(names: Iterable[str], placer: Placer, faults: list[str]) -> Iterator[tuple[ArchiveFile, Placement]]:
    """Gives the recordings that names stand for, with their places.

    Args:
        names: Of the command line.
        placer: Says where they belong.
        faults: Takes what stands for none.
    """
    twice: dict[tuple[str, datetime | None], str] = {}
    for file in list_files(names):
        if isinstance(file, SourceError):
            faults.append(str(file))
            continue
        path = file.path
        placement = placer.place(path, lambda path=path: read_tags(path))  # type: ignore[misc]
        key = placement.station, placement.started_at
        # The same recording may be named twice.
        if placement.note and twice.setdefault(key, path) != path:
            placement = placer.second_time(placement)
        yield file, placement


class Archiving:
    """One run.

    Args:
        ledger: Of the output.
        placer: Says where recordings belong.
        join_within: See `RowMaker`.
        observer: Is told how it goes.

    Attributes:
        tally: How it stands.
    """

    def __init__(self, ledger: Ledger, placer: Placer, join_within: timedelta, observer: Observer) -> None:
        self.tally = ArchiveTally()
        self._ledger = ledger
        self._placer = placer
        self._within_s = join_within.total_seconds()
        self._observer = observer
        self._listing = ledger.files.begin_listing()
        self._given: dict[int, tuple[KnownFile, KnownFile | None]] = {}
        self._postponed: set[str] = set()

    def list_all(self, names: Iterable[str]) -> None:
        """Notes all recordings that names stand for."""
        with self._ledger.transaction():
            for file, placement in placed_files(names, self._placer, self.tally.faults):
                if self._ledger.files.put(file, placement, self._listing):
                    self.tally.files += 1
                    self.tally.total_bytes += max(0, file.size)
                    self.tally.undated += placement.started_at is None
        self._observer.listed(self.tally)

    def read_all(self, readers: Readers) -> None:
        """Reads what is not known yet.

        Raises:
            BundleError: The network does not fit its card.
            GenredError: Nobody can read.
        """
        only: set[str] | None = None
        while only is None or only:
            # Of recordings with one content, the first one is read first; then the others find its result, or are read
            # for what follows them.
            self._postponed = set()
            for task, outcome in readers.read(self._tasks(only)):
                self._take(task, outcome)
            only = self._postponed

    def _tasks(self, only: set[str] | None) -> Iterator[ReadTask]:
        with ThreadPoolExecutor(_HASHERS, thread_name_prefix="genred-hash") as hashers:
            for index, (file, follower) in enumerate(_with_followers(self._identified(hashers))):
                if file.error is not None or (only is not None and file.path not in only):
                    continue
                after_s = 0.0
                if follower is not None and follower.started_at is not None and file.started_at is not None:
                    after_s = (follower.started_at - file.started_at).total_seconds()
                following = None if follower is None else follower.path
                task = ReadTask(index, file.path, following, after_s, self._within_s)
                number = self._known(file, follower, task)
                if number is not None:
                    self._use(file, number)
                elif any(file.digest == given.digest for given, _ in self._given.values()):
                    self._postponed.add(file.path)
                else:
                    self._given[index] = file, follower
                    yield task

    def _identified(self, hashers: ThreadPoolExecutor) -> Iterator[KnownFile]:
        """Gives all files with the hash of their content, which is computed ahead of its use."""
        ahead: deque[tuple[KnownFile, Future[str] | None]] = deque()
        for file in self._ledger.files.listed(self._listing):
            ahead.append((file, None if file.digest or file.error else hashers.submit(digest_of, file.path)))
            if len(ahead) > _HASHED_AHEAD:
                yield self._hashed(*ahead.popleft())
        while ahead:
            yield self._hashed(*ahead.popleft())

    def _hashed(self, file: KnownFile, digest: Future[str] | None) -> KnownFile:
        if digest is None:
            return file
        try:
            known = replace(file, digest=digest.result())
        except SourceError as error:
            outcome = ReadingError(str(error), error.cause.value, final=False)
            self._ledger.files.put_error(file.path, outcome)
            self._count(file, outcome)
            return replace(file, error=outcome.message)
        self._ledger.files.put_digest(file.path, known.digest)
        return known

    def _known(self, file: KnownFile, follower: KnownFile | None, task: ReadTask) -> int | None:
        """The result that a file needs, if there is one: that with the recording after it, where that goes on."""
        results = self._ledger.results.find(file.digest)
        if not results:
            return None
        numbers = {number for number, _ in results.values()}
        seconds = next(iter(results.values()))[1]
        if follower is None or seconds is None:
            # What follows may not have been named this time.
            return file.result if file.result in numbers else results.get("", (min(numbers),))[0]
        wanted = results.get(follower.digest if task.is_joined(seconds) else "")
        return None if wanted is None else wanted[0]

    def _use(self, file: KnownFile, number: int) -> None:
        if number != file.result:
            self._ledger.files.put_result(file.path, number)
        outcome = self._ledger.results.outcome(number)
        self.tally.known += 1
        self.tally.failed += isinstance(outcome, ReadingError)
        self.tally.done_bytes += max(0, file.size)
        self._observer.ended(None, self.tally)

    def _take(self, task: ReadTask, outcome: Outcome) -> None:
        file, follower = self._given.pop(task.index)
        if _has_changed(file):
            outcome = ReadingError(f"{file.path}: changed while it was being read", "unreadable", final=False)
        if isinstance(outcome, ReadingError) and not outcome.final:
            self._ledger.files.put_error(file.path, outcome)
        else:
            joined = isinstance(outcome, Reading) and task.is_joined(outcome.classification.seconds)
            key = follower.digest if joined and follower is not None else ""
            with self._ledger.transaction():
                number = self._ledger.results.put(file.digest, key, outcome)
                self._ledger.files.put_result(file.path, number)
        self._count(file, outcome)

    def _count(self, file: KnownFile, outcome: Outcome) -> None:
        self.tally.read += 1
        self.tally.done_bytes += max(0, file.size)
        if isinstance(outcome, Reading):
            self.tally.audio_s += outcome.classification.seconds
        else:
            self.tally.failed += 1
        self._observer.ended(outcome, self.tally)


def _with_followers(files: Iterable[KnownFile]) -> Iterator[tuple[KnownFile, KnownFile | None]]:
    """Gives each file with the one of its station that begins next."""
    waiting: list[KnownFile] = []
    for file in files:
        if waiting and (file.station != waiting[0].station or file.started_at != waiting[0].started_at):
            follows = file.station == waiting[0].station and file.started_at is not None
            if follows and file.error is not None:
                # What cannot be read is followed by nothing, and follows nothing.
                yield file, None
                continue
            yield from ((before, file if follows else None) for before in waiting)
            waiting = []
        if file.started_at is None:
            yield file, None
        else:
            waiting.append(file)
    yield from ((before, None) for before in waiting)


def _has_changed(file: KnownFile) -> bool:
    if is_remote(file.path):
        return False
    try:
        return local_file(Path(file.path)).version != file.version
    except SourceError:
        return False  # it is said by its outcome
