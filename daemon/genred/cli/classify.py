"""`genred classify`: files as fast as possible, for people or as JSON."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING

import msgspec

from genred.analysis.bundle import load_bundle
from genred.classification.file import FileClassifier, printable
from genred.errors import SourceError
from genred.exit_codes import ExitCode

if TYPE_CHECKING:
    import argparse
    from collections.abc import Callable
    from pathlib import Path

    from genred.classification.summary import Classification


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
    classifier = FileClassifier(load_bundle(options.model))
    failed = False
    for index, path in enumerate(options.files):
        try:
            with _progress(path, options.json) as advance:
                result = classifier.classify(path, advance)
        except SourceError as error:
            failed = True
            if options.json:
                _print_json(Failure(path=printable(str(path)), error=printable(str(error))))
            else:
                print(f"genred classify: {printable(str(error))}", file=sys.stderr)
            continue
        if options.json:
            _print_json(result)
        else:
            if index:
                print()
            _print_for_people(result)
    return ExitCode.SOURCE if failed else ExitCode.OK


def _print_json(result: Classification | Failure) -> None:
    print(msgspec.json.encode(result).decode(), flush=True)


_BAR_WIDTH = 40


def _print_for_people(result: Classification) -> None:
    print(f"{result.path}: {result.seconds:.1f} s, {result.windows} windows, model {result.model}")
    width = max(len(label) for label in result.shares)
    for label, share in result.shares.items():
        bar = "█" * round(share * _BAR_WIDTH)
        mean = f"   mean probability {result.mean[label]:.2f}" if label in result.mean else ""
        print(f"  {label:<{width}} {share:6.1%} {bar:<{_BAR_WIDTH}}{mean}")
    for entry in result.timeline:
        print(f"  {_clock(entry.start_s)} – {_clock(entry.end_s)}  {entry.word} ({entry.confidence:.2f})")


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
