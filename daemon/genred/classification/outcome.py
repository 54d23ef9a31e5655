"""What becomes of one file of a batch, and who is told how it comes on."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from genred.errors import SourceError

if TYPE_CHECKING:
    from genred.classification.file import FileClassifier, Tap
    from genred.classification.summary import Classification
    from genred.classification.target import Target

    Outcome = Classification | SourceError


class Watcher(Protocol):
    """Is told how the files of a batch come on; `index` is a file's place among them, from 0."""

    def advance(self, index: int, done_s: float, duration_s: float | None) -> None:
        """So many seconds of a file are analysed, of so many (None where its length is not known)."""

    def end(self, index: int) -> None:
        """A file is done or has failed, perhaps before others that come earlier."""


def outcome_of(
    classifier: FileClassifier, index: int, target: Target, watcher: Watcher | None, tap: Tap | None = None
) -> Outcome:
    """Classifies one file of a batch.

    Args:
        classifier: With its network loaded.
        index: The file's place in the batch.
        target: The file.
        watcher: Is told how far it is, not that it is done.
        tap: Is given the samples; see `FileClassifier.classify`.

    Returns:
        The classification, or why there is none.
    """

    def progress(done_s: float, duration_s: float | None) -> None:
        if watcher is not None:
            watcher.advance(index, done_s, duration_s)

    try:
        return classifier.classify(target, progress, tap)
    except SourceError as error:
        return error
