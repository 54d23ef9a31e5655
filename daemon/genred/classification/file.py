"""A file, as fast as possible, through the same analyzer that analyses live."""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

import msgspec

from genred.analysis.analyzer import Analyzer
from genred.analysis.classifier import Classifier
from genred.audio import RESET_AFTER_S, AudioBlock, SourceInfo
from genred.classification.fault_spans import FaultSpans
from genred.classification.summary import Medium, Summary
from genred.classification.target import name_of, open_target, path_b64
from genred.classification.timeline import Timeline
from genred.classification.windows import estimate_windows
from genred.errors import SourceError
from genred.sources.path_check import is_folder
from genred.sources.source import Title

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    import numpy as np
    from numpy.typing import NDArray

    from genred.analysis.bundle import ModelBundle
    from genred.analysis.estimate import Estimate
    from genred.classification.summary import Classification
    from genred.classification.target import Target

    Progress = Callable[[float, float | None], None]
    Tap = Callable[[NDArray[np.float32]], None]

PROGRESS_S = 0.1
"""Progress is told this often: faster than a terminal is redrawn or a person can read helps nobody."""


class Witness(Protocol):
    """Sees all of a file's analysis."""

    def add(self, estimate: Estimate) -> None:
        """Takes the next window."""

    def end(self, analyzer: Analyzer) -> None:
        """Takes the analyzer as the file has left it, to go on with it."""


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

    def classify(
        self,
        target: Target,
        progress: Progress | None = None,
        tap: Tap | None = None,
        witness: Witness | None = None,
    ) -> Classification:
        """Classifies one file; what was classified before makes no difference.

        Args:
            target: An audio file of any common format, or what leads to one.
            progress: Called every `PROGRESS_S` and at the end, with the seconds done and the file's length (None
                where it is not known).
            tap: Is given the samples, too, block by block.
            witness: Is given the windows, too.

        Raises:
            SourceError: It cannot be read, or holds too little audio for a guess.
        """
        name = name_of(target)
        if isinstance(target, Path) and is_folder(target, name):
            raise SourceError(f"{name}: is a folder; name its files, as in {name}/*")
        analyzer = Analyzer(self._bundle, classifier=self._classifier)
        summary = Summary(analyzer.labels, Timeline(analyzer))
        faults = FaultSpans(analyzer.step_s)
        audio = _Audio(target, analyzer, progress, tap)
        for estimate in estimate_windows(analyzer, audio.blocks()):
            summary.add(estimate)
            faults.add(estimate)
            if witness is not None:
                witness.add(estimate)
        if not summary.windows:
            raise SourceError(f"{name}: contains {analyzer.position_s:.2f} s of audio, which is too short to classify")
        result = summary.result(name, analyzer.position_s, self._bundle.card.name, audio.medium)
        if witness is not None:
            witness.end(analyzer)
        return msgspec.structs.replace(result, signal_faults=faults.result(), path_b64=path_b64(target))


class _Audio:
    """The blocks of one target, and what is found on the way."""

    def __init__(self, target: Target, analyzer: Analyzer, progress: Progress | None, tap: Tap | None) -> None:
        self._target = target
        self._analyzer = analyzer
        self._progress = progress
        self._tap = tap
        self._info: SourceInfo | None = None
        self._title: str | None = None

    @property
    def medium(self) -> Medium | None:
        """What the target is: of several kinds of audio in it, the last."""
        info = self._info
        if info is None:
            return None
        return Medium(info.codec, info.rate_hz, info.channels, info.bitrate_bps, self._title, info.note)

    def blocks(self) -> Iterator[AudioBlock]:
        told_at = time.monotonic()
        for item in open_target(self._target).session():
            match item:
                case SourceInfo():
                    self._info = item
                case Title() if self._title is None:
                    self._title = item.text
                case AudioBlock():
                    if item.lost_s > RESET_AFTER_S:
                        self._analyzer.reset()
                    if self._tap is not None:
                        self._tap(item.samples)
                    yield item
                    if time.monotonic() - told_at >= PROGRESS_S:
                        told_at = time.monotonic()
                        self._tell()
        self._tell()

    def _tell(self) -> None:
        if self._progress is not None:
            self._progress(self._analyzer.position_s, None if self._info is None else self._info.duration_s)
