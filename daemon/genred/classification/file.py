"""A file, as fast as possible, through the same analyzer that analyses live."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from genred.analysis.analyzer import Analyzer
from genred.audio import AudioBlock, SourceInfo
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


def classify_file(
    path: Path, bundle: ModelBundle, progress: Callable[[float, float | None], None] | None = None
) -> Classification:
    """Classifies one file, in constant memory.

    Args:
        path: An audio file of any common format.
        bundle: The model.
        progress: Called from time to time with the seconds done and the file's length (None where it is not known).

    Raises:
        SourceError: It cannot be read, or holds too little audio for a guess.
        BundleError: The network does not fit its card.
    """
    if path.is_dir():
        raise SourceError(f"{path}: is a folder; name its files, as in {path}/*")
    analyzer = Analyzer(bundle)
    summary = Summary(analyzer.labels)
    for estimate in estimate_windows(analyzer, _blocks(path, analyzer, progress)):
        summary.add(estimate)
    if not summary.windows:
        raise SourceError(f"{path}: holds {analyzer.position_s:.2f} s of audio, too little for a guess")
    return summary.result(printable(str(path)), analyzer.position_s, bundle.card.name)


def printable(text: str) -> str:
    """Gives a path as text that every output can hold; bytes of the file system that are no UTF-8 are replaced."""
    return os.fsencode(text).decode("utf-8", "replace")


def _blocks(
    path: Path, analyzer: Analyzer, progress: Callable[[float, float | None], None] | None
) -> Iterator[NDArray[np.float32]]:
    duration_s: float | None = None
    for item in open_source(FileSource(file=str(path), pace="fast")).session():
        if isinstance(item, SourceInfo):
            duration_s = item.duration_s
        elif isinstance(item, AudioBlock):
            yield item.samples
            if progress is not None:
                progress(analyzer.position_s, duration_s)
