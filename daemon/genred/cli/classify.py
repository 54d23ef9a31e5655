"""`genred classify`: files as fast as possible, for people or as JSON."""

from __future__ import annotations

import sys
from contextlib import ExitStack, closing
from typing import TYPE_CHECKING

import msgspec

from genred.analysis.bundle import load_bundle
from genred.classification.batch import classify_files
from genred.classification.expansion import expand
from genred.classification.target import name_of, path_b64
from genred.cli.classification_text import classification_lines
from genred.cli.option_words import in_option_words
from genred.cli.signals import interrupted_by_sigterm
from genred.cli.streams import complain, is_drawable
from genred.cli.usable_cores import usable_cores
from genred.config.schema import PipeSource
from genred.errors import GenredError, SourceError, UsageError
from genred.exit_codes import ExitCode
from genred.printable import printable, valid_unicode
from genred.whole_file import output_file

if TYPE_CHECKING:
    import argparse
    from collections.abc import Generator, Iterator, Sequence
    from pathlib import Path

    from genred.classification.outcome import Outcome
    from genred.classification.summary import Classification
    from genred.classification.target import Target
    from genred.cli.classify_progress import ProgressBar
    from genred.pictures.gathering import PictureColumns


class Failure(msgspec.Struct, frozen=True, omit_defaults=True):
    """What `--json` prints for a file that cannot be read; `path_b64` as in `Classification`."""

    path: str
    error: str
    path_b64: str | None = None


def run(options: argparse.Namespace) -> ExitCode:
    """Classifies each file; one that cannot be read is reported, and the others go on.

    Returns:
        `SOURCE` if any file could not be read.

    Raises:
        BundleError: The model does not fit.
        GenredError: The picture cannot be written.
        UsageError: It was to be of several files.
        KeyboardInterrupt: Ctrl-C or SIGTERM.
    """
    failed = False
    with ExitStack() as stack:
        stack.enter_context(interrupted_by_sigterm())
        bundle = load_bundle(options.model)
        pipe = PipeSource(rate_hz=options.rate, channels=options.channels, format=options.format)
        items = list(_named(options.files, pipe))
        targets = [target for _, target in items if not isinstance(target, SourceError)]
        picture = None if options.picture is None else _picture(options.picture, len(items))
        bar = _progress_bar(targets, options, stack)
        jobs = options.jobs or usable_cores()
        tap = None if picture is None else picture.add
        outcomes = classify_files(targets, bundle, jobs, bar, tap) if targets else _nothing()
        stack.enter_context(closing(outcomes))
        for index, (name, target) in enumerate(items):
            outcome = target if isinstance(target, SourceError) else next(outcomes)
            failed = failed or isinstance(outcome, SourceError)
            with bar.out_of_the_way() if bar is not None else ExitStack():
                if options.json:
                    _print_json(outcome, name, None if isinstance(target, SourceError) else target)
                else:
                    _print_for_people(outcome, first=not index)
        if picture is not None and not failed:
            _draw(picture, options.picture)
    return ExitCode.SOURCE if failed else ExitCode.OK


def _named(names: Sequence[str], pipe: PipeSource) -> Iterator[tuple[str, Target | SourceError]]:
    for name in names:
        for target in expand([name], pipe):
            yield name if isinstance(target, SourceError) else name_of(target), target


def _picture(path: Path, files: int) -> PictureColumns:
    # Found missing before the work, not after it.
    import PIL  # noqa: F401

    from genred.pictures.gathering import PictureColumns

    if files > 1:
        raise UsageError(f"--picture {printable(str(path))}: draws a single file, but {files} were given")
    return PictureColumns()


def _draw(columns: PictureColumns, path: Path) -> None:
    from genred.pictures.drawing import draw_both

    try:
        with output_file(path) as stream:
            draw_both(columns).save(stream, "PNG")
    except OSError as error:
        raise GenredError(f"--picture {printable(str(path))}: cannot be written: {error.strerror or error}") from error


def _nothing() -> Generator[Outcome, None, None]:
    yield from ()


def _progress_bar(targets: Sequence[Target], options: argparse.Namespace, stack: ExitStack) -> ProgressBar | None:
    """A bar where someone is watching and no JSON comes to the same terminal."""
    if not targets or not is_drawable(sys.stderr) or (options.json and sys.stdout.isatty()):
        return None
    from genred.cli.classify_progress import ProgressBar

    return stack.enter_context(ProgressBar([name_of(target) for target in targets]))


def _print_json(outcome: Outcome, name: str, target: Target | None) -> None:
    if isinstance(outcome, SourceError):
        encoded = None if target is None else path_b64(target)
        line = msgspec.json.encode(Failure(valid_unicode(name), valid_unicode(in_option_words(str(outcome))), encoded))
    else:
        line = msgspec.json.encode(outcome)
    print(line.decode(), flush=True)


def _print_for_people(outcome: Classification | SourceError, *, first: bool) -> None:
    if isinstance(outcome, SourceError):
        complain(f"genred classify: {printable(in_option_words(str(outcome)))}")
        return
    if not first:
        print()
    for line in classification_lines(outcome, sys.stdout):
        print(line)
    # Through a pipe, too, each file's lines come as soon as they are known.
    sys.stdout.flush()
