"""`genred archive`: recordings of any number into an airplay log and tables."""

from __future__ import annotations

import contextlib
import hashlib
import sys
from datetime import timedelta
from typing import TYPE_CHECKING

from genred.airplay.moments import read_zone
from genred.archive.archiving import Archiving, placed_files
from genred.archive.placement import Placer
from genred.cli.archive_text import ArchiveLines, placement_lines
from genred.cli.signals import interrupted_by_sigterm
from genred.cli.streams import complain, is_drawable
from genred.cli.usable_cores import usable_cores
from genred.errors import UsageError
from genred.exit_codes import ExitCode
from genred.printable import printable

if TYPE_CHECKING:
    import argparse

    from genred.analysis.bundle import ModelBundle
    from genred.archive.archiving import Observer
    from genred.archive.building import BuildSettings
    from genred.archive.readers import Advance, Readers

_READER_VERSION = 1
"""Raised when the same recording gives another result with the same model."""


def run(options: argparse.Namespace) -> ExitCode:
    """Reads an archive, or shows what would be read, or draws one recording.

    Returns:
        `SOURCE` if anything could not be read.

    Raises:
        GenredError: The command line, the model or the folder cannot be used, or nobody can read.
        KeyboardInterrupt: Ctrl-C or SIGTERM.
    """
    if options.explain is not None:
        from genred.cli.archive_explain import explain

        return explain(options)
    if not options.paths:
        raise UsageError("no recordings given: `genred archive PATH… --out DIR`")
    zone = read_zone(options.time_zone)
    placer = Placer(options.pattern, dict(options.tag), options.station, zone)
    if options.dry_run:
        faults: list[str] = []
        for line in placement_lines(placed_files(options.paths, placer, faults), zone):
            print(line)
        return _end(faults, failed=0)
    if options.out is None:
        raise UsageError("no output folder given: use --out DIR, or --dry-run")
    with interrupted_by_sigterm():
        return _archive(options, placer)


def _archive(options: argparse.Namespace, placer: Placer) -> ExitCode:
    from genred.analysis.bundle import load_bundle
    from genred.archive.building import BuildSettings, build
    from genred.archive.ledger import Ledger

    bundle = load_bundle(options.model)
    join_within = timedelta(seconds=options.join_within)
    settings = BuildSettings(
        folder=options.out,
        log=options.format != "parquet",
        parquet=options.format != "sqlite",
        node=options.node,
        zone_name=options.time_zone or None,
        join_within=join_within,
    )
    _check_packages(settings, options)
    with Ledger(options.out, _settings_of(bundle)) as ledger, contextlib.ExitStack() as stack:
        if options.retry:
            with ledger.transaction():
                ledger.results.forget_errors()
        observer, advance = _observer(stack)
        archiving = Archiving(ledger, placer, join_within, observer)
        archiving.list_all(options.paths)
        with _readers(options, bundle, advance) as readers:
            archiving.read_all(readers)
        stack.close()
        spans = build(ledger, bundle, settings)
        tally = archiving.tally
    print(
        f"{printable(str(options.out))}: {tally.files} recordings, {tally.read} read now, {tally.known} known, "
        f"{tally.failed} failed; {spans} station-month{'' if spans == 1 else 's'} written"
    )
    if tally.undated:
        complain(
            f"genred archive: {tally.undated} recordings have no time: they are in the table of files but in no log; "
            "--dry-run shows them, --pattern describes how to read their names"
        )
    return _end(tally.faults, tally.failed)


def _end(faults: list[str], failed: int) -> ExitCode:
    for fault in faults:
        complain(f"genred archive: {fault}")
    return ExitCode.SOURCE if faults or failed else ExitCode.OK


def _check_packages(settings: BuildSettings, options: argparse.Namespace) -> None:
    """Finds what is missing before the work, not after it."""
    # Its extra brings pyarrow as well.
    if any("://" in path for path in options.paths):
        import fsspec  # noqa: F401
    if settings.parquet:
        import pyarrow as pa  # noqa: F401


def _settings_of(bundle: ModelBundle) -> str:
    card = hashlib.sha256(bundle.path.read_bytes() + bundle.tflite).hexdigest()
    return f"{card}-{_READER_VERSION}"


def _observer(stack: contextlib.ExitStack) -> tuple[Observer, Advance | None]:
    if not is_drawable(sys.stderr):
        return ArchiveLines(), None
    from genred.cli.archive_progress import ArchiveBar

    bar = stack.enter_context(ArchiveBar())
    return bar, bar.advance


def _readers(options: argparse.Namespace, bundle: ModelBundle, advance: Advance | None) -> Readers:
    if options.scheduler is not None:
        from genred.archive.cluster import ClusterReaders

        return ClusterReaders(options.scheduler, bundle)
    from genred.archive.readers import LocalReaders

    return LocalReaders(bundle.path, options.jobs or usable_cores(), advance)
