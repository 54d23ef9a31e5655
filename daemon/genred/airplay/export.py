"""Rows of the airplay log for other programs: CSV, JSON, JSON lines, Parquet. Each in constant memory."""

from __future__ import annotations

import csv
import io
import itertools
from datetime import datetime
from typing import TYPE_CHECKING, Any, BinaryIO

import msgspec

from genred.airplay.payload import EntryPayload

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

_BOM = "\ufeff".encode()

_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")
"""What makes a spreadsheet run a cell (OWASP, "CSV Injection"); a quote before it makes it text."""

_PARQUET_ROWS = 10_000
"""Of a row group."""


def write_csv(rows: Iterable[EntryPayload], stream: BinaryIO, *, bom: bool = False) -> None:
    """Writes a header and a line a row, as RFC 4180 has it; no cell of foreign text is run by a spreadsheet.

    Args:
        rows: In the order in which they are written.
        stream: Where to.
        bom: Whether a byte order mark goes first, by which Excel knows UTF-8.
    """
    if bom:
        stream.write(_BOM)
    text = io.TextIOWrapper(stream, encoding="utf-8", newline="", write_through=True, errors="replace")
    try:
        writer = csv.writer(text)
        writer.writerow(EntryPayload.__struct_fields__)
        for row in rows:
            writer.writerow([_cell(getattr(row, name)) for name in EntryPayload.__struct_fields__])
    finally:
        text.detach()


def write_json_lines(rows: Iterable[EntryPayload], stream: BinaryIO) -> None:
    """Writes a JSON object a line."""
    encoder = msgspec.json.Encoder()
    stream.writelines(encoder.encode(row) + b"\n" for row in rows)


def write_json(rows: Iterable[EntryPayload], stream: BinaryIO) -> None:
    """Writes one JSON array, a row a line."""
    encoder = msgspec.json.Encoder()
    separator = b"[\n"
    for row in rows:
        stream.write(separator + encoder.encode(row))
        separator = b",\n"
    stream.write(b"[]\n" if separator == b"[\n" else b"\n]\n")


def write_parquet(rows: Iterable[EntryPayload], stream: BinaryIO) -> None:
    """Writes Parquet: times as UTC timestamps, probabilities as a map, genres and the like as dictionaries.

    Raises:
        ModuleNotFoundError: pyarrow is not installed.
    """
    import pyarrow as pa  # noqa: PLC0415 - an extra, and large
    import pyarrow.parquet as pq  # noqa: PLC0415

    text, number = pa.string(), pa.float64()
    time = pa.timestamp("us", tz="UTC")
    special = {
        "id": pa.int64(),
        "started_at": time,
        "ended_at": time,
        "probabilities": pa.map_(text, number),
    }
    numbers = (
        "seconds",
        "confidence",
        "least_confidence",
        "level_dbfs",
        "loudness_lufs",
        "loudness_range_lu",
        "true_peak_dbtp",
    )
    schema = pa.schema(
        [(name, special.get(name, number if name in numbers else text)) for name in EntryPayload.__struct_fields__]
    )
    with pq.ParquetWriter(stream, schema, compression="zstd") as writer:
        for group in _groups(rows, _PARQUET_ROWS):
            columns = [_column(group, name, pa, schema.field(name).type) for name in schema.names]
            writer.write_table(pa.Table.from_arrays(columns, schema=schema))


def _groups(rows: Iterable[EntryPayload], size: int) -> Iterator[list[EntryPayload]]:
    iterator = iter(rows)
    while group := list(itertools.islice(iterator, size)):
        yield group


def _column(group: list[EntryPayload], name: str, pa: Any, kind: Any) -> Any:
    values = [getattr(row, name) for row in group]
    if name in {"started_at", "ended_at"}:
        values = [datetime.fromisoformat(value) for value in values]
    elif name == "probabilities":
        values = [list(value.items()) for value in values]
    return pa.array(values, kind)


def _cell(value: object) -> object:
    if isinstance(value, dict):
        return msgspec.json.encode(value).decode() if value else ""
    if isinstance(value, str) and value.startswith(_FORMULA_STARTS):
        return f"'{value}"
    return value
