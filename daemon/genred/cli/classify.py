"""`genred classify`: files as fast as possible, through the same analyzer that listens live."""

from __future__ import annotations

import os
import sys
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

import msgspec
import numpy as np

from genred.analysis.analyzer import Analyzer
from genred.analysis.bundle import load_bundle
from genred.analysis.estimate import State
from genred.audio import AudioBlock, SourceInfo
from genred.config.schema import FileSource
from genred.errors import SourceError
from genred.exit_codes import ExitCode
from genred.sources.opening import open_source

if TYPE_CHECKING:
    import argparse
    from collections.abc import Callable
    from pathlib import Path

    from genred.analysis.bundle import ModelBundle
    from genred.analysis.estimate import Estimate


class Stretch(msgspec.Struct, frozen=True):
    """A part of a file in which the smoothed estimate stayed the same."""

    start_s: float
    end_s: float
    word: str
    confidence: float


class Classification(msgspec.Struct, frozen=True):
    """What `--json` prints for one file.

    Attributes:
        shares: Share of all windows on which the network's first choice was this word (`silence` for windows
            with nothing to hear); sum 1, largest first, words without a window left out.
        mean: Mean probability of each label over the windows that were heard, unsmoothed; all labels.
        timeline: What would have been announced live, without the first five seconds' delay.
    """

    path: str
    seconds: float
    windows: int
    shares: dict[str, float]
    mean: dict[str, float]
    timeline: list[Stretch]
    model: str


class Failure(msgspec.Struct, frozen=True):
    """What `--json` prints for a file that cannot be read."""

    path: str
    error: str


def run(options: argparse.Namespace) -> ExitCode:
    """Classifies each file; one that cannot be read is reported, and the others go on.

    Returns:
        `SOURCE` if any file could not be read.

    Raises:
        BundleError: The model does not fit.
    """
    bundle = load_bundle(options.model)
    failed = False
    for index, path in enumerate(options.files):
        try:
            with _progress(path, options.json) as advance:
                result = classify_file(path, bundle, advance)
        except SourceError as error:
            failed = True
            if options.json:
                _print_json(Failure(path=printable(path), error=_clean(str(error))))
            else:
                print(f"genred classify: {_clean(str(error))}", file=sys.stderr)
            continue
        if options.json:
            _print_json(result)
        else:
            if index:
                print()
            _print_for_people(result)
    return ExitCode.SOURCE if failed else ExitCode.OK


def classify_file(
    path: Path, bundle: ModelBundle, advance: Callable[[float, float | None], None] | None = None
) -> Classification:
    """Classifies one file.

    Args:
        path: An audio file of any common format.
        bundle: The model.
        advance: Told the seconds done and the file's length (None where it is not known) from time to time.

    Raises:
        SourceError: It cannot be read, or holds too little audio for a guess.
    """
    if path.is_dir():
        raise SourceError(f"{path}: is a folder; name its files, as in {path}/*")
    analyzer = Analyzer(bundle)
    estimates: list[Estimate] = []
    duration_s: float | None = None
    source = open_source(FileSource(file=str(path), pace="fast"))
    session = source.session()
    for item in session:
        if isinstance(item, SourceInfo):
            duration_s = item.duration_s
        elif isinstance(item, AudioBlock):
            estimates += analyzer.push(item.samples)
            if advance is not None:
                advance(analyzer.position_s, duration_s)
    estimates += analyzer.finish()
    if not estimates:
        raise SourceError(f"{path}: holds {analyzer.position_s:.2f} s of audio, too little for a guess")
    return _summary(path, bundle, analyzer, estimates)


def printable(path: Path) -> str:
    """Gives a path as text that every output can hold; bytes of the file system that are no UTF-8 are replaced."""
    return _clean(str(path))


def _clean(text: str) -> str:
    return os.fsencode(text).decode("utf-8", "replace")


def _summary(path: Path, bundle: ModelBundle, analyzer: Analyzer, estimates: list[Estimate]) -> Classification:
    words: Counter[str] = Counter()
    heard = []
    for estimate in estimates:
        if estimate.window_probabilities is None:
            words[State.SILENCE.value] += 1
        else:
            heard.append(estimate.window_probabilities)
            words[analyzer.labels[int(np.argmax(estimate.window_probabilities))]] += 1
    mean = np.mean(heard, axis=0) if heard else np.zeros(len(analyzer.labels))
    return Classification(
        path=printable(path),
        seconds=round(analyzer.position_s, 3),
        windows=len(estimates),
        shares={word: round(count / len(estimates), 4) for word, count in words.most_common()},
        mean={label: round(float(value), 4) for label, value in zip(analyzer.labels, mean, strict=True)},
        timeline=_timeline(estimates, analyzer.position_s),
        model=bundle.card.name,
    )


def _timeline(estimates: list[Estimate], end_s: float) -> list[Stretch]:
    stretches: list[Stretch] = []
    start_s, previous_s = 0.0, 0.0
    members: list[Estimate] = []
    for estimate in estimates:
        if members and estimate.announcement != members[-1].announcement:
            stretches.append(_stretch(start_s, previous_s, members))
            start_s, members = previous_s, []
        members.append(estimate)
        previous_s = estimate.position_s
    stretches.append(_stretch(start_s, end_s, members))
    return stretches


def _stretch(start_s: float, end_s: float, members: list[Estimate]) -> Stretch:
    confidence = float(np.mean([estimate.confidence for estimate in members]))
    return Stretch(round(start_s, 2), round(end_s, 2), members[0].announcement, round(confidence, 3))


def _print_json(result: Classification | Failure) -> None:
    print(msgspec.json.encode(result).decode(), flush=True)


_BAR_WIDTH = 40


def _print_for_people(result: Classification) -> None:
    print(f"{result.path}: {result.seconds:.1f} s, {result.windows} windows, model {result.model}")
    width = max(len(word) for word in result.shares)
    for word, share in result.shares.items():
        bar = "█" * round(share * _BAR_WIDTH)
        mean = f"   mean probability {result.mean[word]:.2f}" if word in result.mean else ""
        print(f"  {word:<{width}} {share:6.1%} {bar:<{_BAR_WIDTH}}{mean}")
    for stretch in result.timeline:
        print(f"  {_clock(stretch.start_s)} – {_clock(stretch.end_s)}  {stretch.word} ({stretch.confidence:.2f})")


def _clock(seconds: float) -> str:
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"


@dataclass
class _progress:  # noqa: N801 - a context manager, used like a function
    """A progress bar on standard error, where someone is watching and standard output goes elsewhere or waits."""

    path: Path
    machine: bool

    def __enter__(self) -> Callable[[float, float | None], None] | None:
        self._bar = None
        if not sys.stderr.isatty() or (self.machine and sys.stdout.isatty()):
            return None
        from rich.console import Console
        from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

        self._bar = Progress(
            TextColumn("{task.description}"),
            BarColumn(),
            TextColumn("{task.completed:.0f} s"),
            TimeRemainingColumn(),
            console=Console(stderr=True),
            transient=True,
        )
        self._bar.start()
        task = self._bar.add_task(self.path.name, total=None)
        bar = self._bar

        def advance(done_s: float, duration_s: float | None) -> None:
            bar.update(task, completed=done_s, total=duration_s)

        return advance

    def __exit__(self, *_: object) -> None:
        if self._bar is not None:
            self._bar.stop()
