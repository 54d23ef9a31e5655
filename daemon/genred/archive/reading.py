"""One recording, read: what is known of it by itself, and its windows."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from genred.archive.remote import HEAD_BYTES, fetched, is_remote
from genred.archive.windows import WindowsWriter
from genred.audio import SAMPLE_RATE_HZ, AudioBlock
from genred.classification.file import FileClassifier
from genred.classification.summary import LENGTH_DECIMALS, Classification
from genred.classification.target import open_target
from genred.classification.windows import estimate_windows
from genred.errors import SourceError
from genred.masking import masked
from genred.sources.titles import make_title

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from genred.analysis.analyzer import Analyzer
    from genred.analysis.bundle import ModelBundle
    from genred.analysis.estimate import Estimate

    Progress = Callable[[float, float | None], None]


class ReadTask(msgspec.Struct, frozen=True):
    """A recording to read.

    Attributes:
        index: By which its outcome is known.
        path: Of the file, or its address.
        follower: Of the recording that comes next; None where there is none.
        after_s: So many seconds after this one's beginning.
        within_s: If it begins so close to this one's end, it goes on where this one ends.
    """

    index: int
    path: str
    follower: str | None = None
    after_s: float = 0.0
    within_s: float = 0.0

    def is_joined(self, seconds: float) -> bool:
        """Whether the next recording goes on where this one ends, if this one is so long."""
        return self.follower is not None and abs(self.after_s - seconds) <= self.within_s


class Reading(msgspec.Struct, frozen=True):
    """What a recording holds.

    Attributes:
        classification: As of `genred classify`, its path left empty.
        windows: Packed by `WindowsWriter`; those too that reach into the recording after it.
        artist: Of its title, where it is split.
        song: Likewise.
    """

    classification: Classification
    windows: bytes
    artist: str | None = None
    song: str | None = None


class ReadingError(msgspec.Struct, frozen=True):
    """Why a recording could not be read.

    Attributes:
        message: For people.
        cause: A value of `Cause`.
        final: Whether it is the file's own fault, which stays.
    """

    message: str
    cause: str
    final: bool


class RecordingReader:
    """Reads one recording after the other with a network that is loaded once. Not safe for use by two threads at once.

    Args:
        bundle: The model.

    Raises:
        BundleError: The network does not fit its card.
    """

    def __init__(self, bundle: ModelBundle) -> None:
        self._classifier = FileClassifier(bundle)
        self._labels = len(bundle.card.labels)

    def read(self, task: ReadTask, progress: Progress | None = None) -> Reading | ReadingError:
        """Reads one recording. What is wrong with it is no exception."""
        local = Path(task.path)
        try:
            with fetched(task.path) as local:
                return self._read(local, task, progress)
        except SourceError as error:
            # Of a copy, the name means nothing to anybody.
            message = str(error).replace(str(local), masked(task.path))
            return ReadingError(message, error.cause.value, final=_is_final(task.path, local, error))
        except OSError as error:
            return ReadingError(f"{masked(task.path)}: {error.strerror or error}", "unreadable", final=False)

    def _read(self, local: Path, task: ReadTask, progress: Progress | None) -> Reading:
        witness = _Witness(self._labels, task)
        result = self._classifier.classify(local, progress, witness=witness)
        title = None if result.medium is None or result.medium.title is None else make_title(result.medium.title)
        return Reading(
            classification=msgspec.structs.replace(result, path="", path_b64=None),
            windows=witness.windows.packed(),
            artist=title.artist if title else None,
            song=title.song if title else None,
        )


class _Witness:
    """Keeps a file's windows, and adds those that reach over its end."""

    def __init__(self, labels: int, task: ReadTask) -> None:
        self.windows = WindowsWriter(labels)
        self._task = task

    def add(self, estimate: Estimate) -> None:
        self.windows.add(estimate)

    def end(self, analyzer: Analyzer) -> None:
        # A file that is shorter than a window was repeated to fill one.
        end_s, follower = analyzer.position_s, self._task.follower
        if follower is None or end_s < analyzer.window_s or not self._task.is_joined(round(end_s, LENGTH_DECIMALS)):
            return
        for estimate in estimate_windows(analyzer, _head(follower, analyzer.window_s), finish=False):
            if estimate.position_s - analyzer.window_s < end_s - 0.5 / SAMPLE_RATE_HZ:
                self.windows.add(estimate)


def _head(path: str, seconds: float) -> Iterator[AudioBlock]:
    """The beginning of a recording; nothing where it cannot be read, which is said when its turn comes."""
    for most_bytes in (HEAD_BYTES, None):
        # Some formats have at their end what is needed at the beginning.
        try:
            blocks = list(_beginning(path, seconds, most_bytes))
        except SourceError:
            blocks = []
        if blocks or not is_remote(path):
            yield from blocks
            return


def _beginning(path: str, seconds: float, most_bytes: int | None) -> Iterator[AudioBlock]:
    left = seconds
    with fetched(path, most_bytes) as local:
        for item in open_target(local).session():
            if isinstance(item, AudioBlock):
                yield item
                left -= item.seconds
                if left <= 0:
                    return


def _is_final(path: str, local: Path, error: SourceError) -> bool:
    """Whether trying again would change nothing: the file was there and could be read, and is what is wrong."""
    if is_remote(path) and str(local) == path:
        return False
    return error.cause.value not in {"missing", "unreadable"} and local.exists() | is_remote(path)
