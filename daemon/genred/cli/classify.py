"""`genred classify`: files as fast as possible, for people or as JSON."""

from __future__ import annotations

import os
import sys
from contextlib import ExitStack, closing
from typing import TYPE_CHECKING

import msgspec

from genred.analysis.bundle import load_bundle
from genred.classification.batch import classify_files
from genred.classification.file import printable
from genred.cli.signals import interrupted_by_sigterm
from genred.errors import SourceError
from genred.exit_codes import ExitCode

if TYPE_CHECKING:
    import argparse

    from genred.classification.summary import Classification
    from genred.cli.classify_progress import ProgressBar


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
        KeyboardInterrupt: Ctrl-C or SIGTERM.
    """
    bundle = load_bundle(options.model)
    failed = False
    with ExitStack() as stack:
        stack.enter_context(interrupted_by_sigterm())
        bar = _progress_bar(options, stack)
        outcomes = classify_files(options.files, bundle, options.jobs or _usable_cores(), bar)
        stack.enter_context(closing(outcomes))
        for index, outcome in enumerate(outcomes):
            failed = failed or isinstance(outcome, SourceError)
            with bar.out_of_the_way() if bar is not None else ExitStack():
                if options.json:
                    _print_json(outcome, options.files[index])
                else:
                    _print_for_people(outcome, first=not index)
    return ExitCode.SOURCE if failed else ExitCode.OK


def _usable_cores() -> int:
    """Those that this process may run on (taskset, a container's set of processors), where the system says so."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _progress_bar(options: argparse.Namespace, stack: ExitStack) -> ProgressBar | None:
    """A bar where someone is watching and no JSON comes to the same terminal."""
    if not sys.stderr.isatty() or (options.json and sys.stdout.isatty()):
        return None
    from genred.cli.classify_progress import ProgressBar

    return stack.enter_context(ProgressBar(options.files))


def _print_json(outcome: Classification | SourceError, path: os.PathLike[str]) -> None:
    if isinstance(outcome, SourceError):
        line = msgspec.json.encode(Failure(path=printable(str(path)), error=printable(str(outcome))))
    else:
        line = msgspec.json.encode(outcome)
    print(line.decode(), flush=True)


_BAR_WIDTH = 40


def _print_for_people(outcome: Classification | SourceError, *, first: bool) -> None:
    if isinstance(outcome, SourceError):
        print(f"genred classify: {printable(str(outcome))}", file=sys.stderr)
        return
    if not first:
        print()
    print(f"{outcome.path}: {outcome.seconds:.1f} s, {outcome.windows} windows, model {outcome.model}")
    width = max(len(label) for label in outcome.shares)
    for label, share in outcome.shares.items():
        bar = "█" * round(share * _BAR_WIDTH)
        mean = f"   mean probability {outcome.mean[label]:.2f}" if label in outcome.mean else ""
        print(f"  {label:<{width}} {share:6.1%} {bar:<{_BAR_WIDTH}}{mean}")
    for entry in outcome.timeline:
        print(f"  {_clock(entry.start_s)} – {_clock(entry.end_s)}  {entry.word} ({entry.confidence:.2f})")
    # Through a pipe, too, each file's lines come as soon as they are known.
    sys.stdout.flush()


def _clock(seconds: float) -> str:
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"
