"""The tables of an archive: entries by station and month, and a row a recording; each written whole or not at all."""

from __future__ import annotations

import csv
import io
import itertools
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, BinaryIO

import msgspec

from genred.airplay.export import write_parquet
from genred.airplay.payload import entry_payload, local_timestamp
from genred.archive.reading import ReadingError
from genred.classification.timeline import TimelineEntry
from genred.printable import valid_unicode
from genred.whole_file import replacing

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from genred.airplay.logged import LoggedEntry
    from genred.archive.known_files import KnownFile
    from genred.archive.ledger import Ledger

ENTRIES = "entries"
_GROUP_ROWS = 1_000


class FileRow(msgspec.Struct, frozen=True, kw_only=True):
    """A row of `files`.

    Attributes:
        path: Path or address.
        station: Id of its station.
        started_at: ISO 8601; null where neither name nor tags say it.
        seconds: Its length; null where it could not be read, as all that follows.
        windows: How many were analysed.
        word: As of `genred classify`, likewise all that follows.
        confidence: Of the word.
        shares: Of each label.
        mean: Of each label.
        timeline: What was on air in the recording, seen by itself.
        codec: As FFmpeg calls it.
        rate_hz: Before resampling.
        channels: Likewise.
        bitrate_bps: As announced.
        title: Of its tags.
        note: What is odd about it.
        error: Why it could not be read; null where it could.
        cause: The same in a word.
        digest: Hash of its content.
    """

    path: str
    station: str
    started_at: str | None
    seconds: float | None = None
    windows: int | None = None
    word: str | None = None
    confidence: float | None = None
    shares: dict[str, float] = msgspec.field(default_factory=dict)
    mean: dict[str, float] = msgspec.field(default_factory=dict)
    timeline: list[TimelineEntry] = msgspec.field(default_factory=list)
    codec: str | None = None
    rate_hz: int | None = None
    channels: int | None = None
    bitrate_bps: int | None = None
    title: str | None = None
    note: str | None = None
    error: str | None = None
    cause: str | None = None
    digest: str = ""


def month_path(folder: Path, station: str, month: datetime) -> Path:
    """Gives where the entries of a station's month are."""
    return folder / ENTRIES / station / f"{month:%Y-%m}.parquet"


def write_month(folder: Path, station: str, month: datetime, entries: Iterable[LoggedEntry]) -> None:
    """Writes the entries of a station's month, as `genred airplay --format parquet` has them.

    Raises:
        ModuleNotFoundError: pyarrow is not installed.
        OSError: It cannot be written.
    """
    path = month_path(folder, station, month)
    path.parent.mkdir(parents=True, exist_ok=True)
    with replacing(path) as stream:
        write_parquet(map(entry_payload, entries), stream)


def write_files(ledger: Ledger, folder: Path, *, parquet: bool) -> None:
    """Writes the table of all recordings, as Parquet or CSV.

    Raises:
        ModuleNotFoundError: pyarrow is not installed.
        OSError: It cannot be written.
    """
    rows = (file_row(ledger, file) for file in ledger.files.all())
    folder.mkdir(parents=True, exist_ok=True)
    with replacing(folder / ("files.parquet" if parquet else "files.csv")) as stream:
        if parquet:
            _write_parquet(rows, stream)
        else:
            _write_csv(rows, stream)


def file_row(ledger: Ledger, file: KnownFile) -> FileRow:
    """Makes the row of a recording."""
    row = FileRow(
        path=valid_unicode(file.path),
        station=file.station,
        started_at=None if file.started_at is None else local_timestamp(file.started_at, UTC),
        note=file.note or None,
        error=file.error,
        cause=file.cause,
        digest=file.digest,
    )
    if file.result is None:
        return row
    outcome = ledger.results.outcome(file.result)
    if isinstance(outcome, ReadingError):
        return msgspec.structs.replace(row, error=outcome.message, cause=outcome.cause)
    found, medium = outcome.classification, outcome.classification.medium
    notes = [note for note in (row.note, None if medium is None else medium.note) if note]
    return msgspec.structs.replace(
        row,
        seconds=found.seconds,
        windows=found.windows,
        word=found.word,
        confidence=found.confidence,
        shares=found.shares,
        mean=found.mean,
        timeline=found.timeline,
        codec=medium and medium.codec,
        rate_hz=medium and medium.rate_hz,
        channels=medium and medium.channels,
        bitrate_bps=medium and medium.bitrate_bps,
        title=medium and medium.title,
        note="; ".join(notes) or None,
    )


def _write_parquet(rows: Iterable[FileRow], stream: BinaryIO) -> None:
    import pyarrow as pa  # noqa: PLC0415 - an extra, and large
    import pyarrow.parquet as pq  # noqa: PLC0415

    text, number, whole = pa.string(), pa.float64(), pa.int64()
    part = pa.struct([("start_s", number), ("end_s", number), ("word", text), ("confidence", number)])
    kinds: dict[str, Any] = {
        "started_at": pa.timestamp("us", tz="UTC"),
        "timeline": pa.list_(part),
        **dict.fromkeys(("seconds", "confidence"), number),
        **dict.fromkeys(("windows", "rate_hz", "channels", "bitrate_bps"), whole),
        **dict.fromkeys(("shares", "mean"), pa.map_(text, number)),
    }
    schema = pa.schema([(name, kinds.get(name, text)) for name in FileRow.__struct_fields__])
    with pq.ParquetWriter(stream, schema, compression="zstd") as writer:
        iterator = iter(rows)
        while group := list(itertools.islice(iterator, _GROUP_ROWS)):
            columns = [pa.array([_value(row, name) for row in group], schema.field(name).type) for name in schema.names]
            writer.write_table(pa.Table.from_arrays(columns, schema=schema))


def _value(row: FileRow, name: str) -> object:
    value = getattr(row, name)
    if name == "started_at":
        return None if value is None else datetime.fromisoformat(value)
    if name == "timeline":
        return msgspec.to_builtins(value)
    return list(value.items()) if isinstance(value, dict) else value


def _write_csv(rows: Iterable[FileRow], stream: BinaryIO) -> None:
    text = io.TextIOWrapper(stream, encoding="utf-8", newline="", errors="replace", write_through=True)
    writer = csv.writer(text)
    writer.writerow(FileRow.__struct_fields__)
    for row in rows:
        values = (getattr(row, name) for name in FileRow.__struct_fields__)
        writer.writerow(
            [msgspec.json.encode(value).decode() if isinstance(value, dict | list) else value for value in values]
        )
    text.detach()
