"""A file, as fast as possible, through the same analyzer that analyses live."""

from __future__ import annotations

import os
import time
from typing import TYPE_CHECKING

from genred.analysis.analyzer import Analyzer
from genred.analysis.classifier import Classifier
from genred.audio import RESET_AFTER_S, AudioBlock, SourceInfo
from genred.classification.summary import Summary
from genred.classification.windows import estimate_windows
from genred.config.schema import FileSource
from genred.errors import SourceError
from genred.sources.opening import open_source

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    import numpy as np
    from numpy.typing import NDArray

    from genred.analysis.bundle import ModelBundle
    from genred.classification.summary import Classification

    Progress = Callable[[float, float | None], None]

PROGRESS_S = 0.1
"""Progress is told this often: faster than a terminal is redrawn or a person can read helps nobody."""


class FileClassifier:
    """Classifies one file after the other with a network that is loaded once, in constant memory.

    Not safe for use by two threads at once.

    Args:
        bundle: The model.

    Raises:
        BundleError: The network does not fit its card.
    """

    def __init__(self, bundle: ModelBundle) -> None:
        self._bundle = bundle
        self._classifier = Classifier(bundle)

    def classify(self, path: Path, progress: Progress | None = None) -> Classification:
        """Classifies one file; what was classified before makes no difference.

        Args:
            path: An audio file of any common format.
            progress: Called every `PROGRESS_S` and at the end, with the seconds done and the file's length (None
                where it is not known).

        Raises:
            SourceError: It cannot be read, or holds too little audio for a guess.
        """
        if path.is_dir():
            raise SourceError(f"{path}: is a folder; name its files, as in {path}/*")
        analyzer = Analyzer(self._bundle, classifier=self._classifier)
        summary = Summary(analyzer.labels)
        for estimate in estimate_windows(analyzer, _blocks(path, analyzer, progress)):
            summary.add(estimate)
        if not summary.windows:
            raise SourceError(f"{path}: holds {analyzer.position_s:.2f} s of audio, too little for a guess")
        return summary.result(printable(str(path)), analyzer.position_s, self._bundle.card.name)


def printable(text: str) -> str:
    """Gives a path as text that every output can hold; bytes of the file system that are no UTF-8 are replaced."""
    return os.fsencode(text).decode("utf-8", "replace")


def _blocks(path: Path, analyzer: Analyzer, progress: Progress | None) -> Iterator[NDArray[np.float32]]:
    duration_s: float | None = None
    told_at = time.monotonic()
    for item in open_source(FileSource(file=str(path), pace="fast")).session():
        if isinstance(item, SourceInfo):
            duration_s = item.duration_s
        elif isinstance(item, AudioBlock):
            if item.lost_s > RESET_AFTER_S:
                analyzer.reset()
            yield item.samples
            if progress is not None and time.monotonic() - told_at >= PROGRESS_S:
                told_at = time.monotonic()
                progress(analyzer.position_s, duration_s)
    if progress is not None:
        progress(analyzer.position_s, duration_s)
