"""The log and the tables of an archive, made of its ledger: a station's month anew where something of it has changed.

What is made depends on the ledger alone, not on the order in which recordings were read or by whom.
"""

from __future__ import annotations

import contextlib
import hashlib
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import genred
from genred.airplay.location import FILE_NAME
from genred.airplay.rewriting import RewrittenLog
from genred.airplay.rows import Model, Run
from genred.analysis.analyzer import Analyzer
from genred.archive.rows import CONTEXT, RowMaker
from genred.archive.tables import month_path, write_files, write_month

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from genred.analysis.bundle import ModelBundle
    from genred.archive.known_files import KnownFile
    from genred.archive.ledger import Ledger

_RUN = "archive"
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class BuildSettings:
    """How an archive is written down.

    Attributes:
        folder: Of the output.
        log: Whether an airplay log is written.
        parquet: Whether Parquet is.
        node: Id that stands for a machine's.
        zone_name: Of the stations, by IANA; None for the machine's own.
        join_within: See `RowMaker`.
    """

    folder: Path
    log: bool
    parquet: bool
    node: str
    zone_name: str | None
    join_within: timedelta


@dataclass(slots=True)
class _Span:
    """A station's month, as far as the station has recordings."""

    station: str
    since: datetime
    until: datetime
    digest: str = field(default="")


def build(ledger: Ledger, bundle: ModelBundle, settings: BuildSettings) -> int:
    """Writes what has changed.

    Args:
        ledger: Of the archive.
        bundle: The model of its results.
        settings: How.

    Returns:
        How many months of a station were written.

    Raises:
        AirplayError: The log cannot be written.
        OSError: A table cannot be written.
    """
    made = ledger.months.fingerprints()
    spans = [span for station, _ in ledger.files.stations() for span in _spans(ledger, station, settings)]
    there = {(span.station, month_of(span.since)) for span in spans}
    changed = [span for span in spans if _has_changed(span, made, settings)]
    stale = [key for key in made if key not in there]
    if changed or stale:
        _write_spans(ledger, bundle, settings, changed, stale)
    write_files(ledger, settings.folder, parquet=settings.parquet)
    return len(changed)


def _write_spans(
    ledger: Ledger,
    bundle: ModelBundle,
    settings: BuildSettings,
    spans: list[_Span],
    stale: list[tuple[str, datetime]],
) -> None:
    names = dict(ledger.files.stations())
    card = bundle.card
    model = Model(name=card.name, sha256=card.tflite_sha256, labels=tuple(card.labels))
    maker = RowMaker(ledger, Analyzer(bundle), model, node=settings.node, run=_RUN, join_within=settings.join_within)
    # A time that does not depend on when it was made.
    run = Run(
        run=_RUN,
        node=settings.node,
        started_at=_EPOCH,
        seen_at=_EPOCH,
        version=genred.__version__,
        configuration_sha256=hashlib.sha256(ledger.settings.encode()).hexdigest(),
        ended="stopped",
    )
    with contextlib.ExitStack() as stack:
        log = stack.enter_context(RewrittenLog(settings.folder / FILE_NAME, run)) if settings.log else None
        for station, month in stale:
            if log is not None:
                log.replace(station, month, following_month(month), ())
            month_path(settings.folder, station, month).unlink(missing_ok=True)
            ledger.months.forget(station, month)
        for span in spans:
            rows = maker.rows(span.station, span.since, span.until)
            month = month_of(span.since)
            if log is not None:
                log.put_station(span.station, names[span.station], settings.zone_name)
                log.replace(span.station, month, following_month(month), (*rows.entries, *rows.gaps, *rows.titles))
            if settings.parquet:
                write_month(settings.folder, span.station, month, rows.entries)
            ledger.months.put(span.station, month, span.digest)
        if log is not None:
            log.keep(names)


def _spans(ledger: Ledger, station: str, settings: BuildSettings) -> Iterator[_Span]:
    extent = ledger.files.extent(station)
    if extent is None:
        return
    first, last = extent
    form = f"{settings.log} {settings.parquet} {settings.node} {settings.zone_name} {settings.join_within}"
    month = month_of(first)
    while month < last:
        after = following_month(month)
        span = _Span(station, max(first, month), min(last, after))
        digest = hashlib.sha256(f"{genred.__version__} {form} {span.since} {span.until}".encode())
        for file in ledger.files.between(station, span.since - CONTEXT, span.until + CONTEXT):
            digest.update(_line_of(ledger, file))
        span.digest = digest.hexdigest()
        yield span
        month = after


def _has_changed(span: _Span, made: dict[tuple[str, datetime], str], settings: BuildSettings) -> bool:
    month = month_of(span.since)
    if settings.log and not (settings.folder / FILE_NAME).exists():
        return True
    if settings.parquet and not month_path(settings.folder, span.station, month).exists():
        return True
    return made.get((span.station, month)) != span.digest


def _line_of(ledger: Ledger, file: KnownFile) -> bytes:
    result = "" if file.result is None else ledger.results.key(file.result)
    return f"\n{file.started_at} {result} {file.cause}".encode()


def month_of(at: datetime) -> datetime:
    """Gives the first moment of the month (of UTC) in which a time is."""
    return at.astimezone(UTC).replace(day=1, hour=0, minute=0, second=0, microsecond=0)


def following_month(month: datetime) -> datetime:
    """Gives the first moment of the month after one."""
    return (month + timedelta(days=31)).replace(day=1)
