"""`genred recording export` and `genred airplay --clip`: the sound of a span of time, or of an entry of the log."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from genred.airplay.moments import read_zone
from genred.airplay.query import AirplayLog
from genred.cli.airplay import find_log, read_span
from genred.errors import InputError, UsageError
from genred.exit_codes import ExitCode
from genred.printable import printable
from genred.recording.clip import ClipSpan, recorded_files
from genred.recording.cut import cut
from genred.recording.index import find_parts
from genred.time_zones import machine_zone

if TYPE_CHECKING:
    import argparse
    from datetime import datetime, tzinfo

    from genred.airplay.logged import LoggedEntry, LoggedStation
    from genred.recording.cut import Cut

_LEAST_HOLE = timedelta(seconds=0.5)
_MOST_HOLES = 10
"""Holes that are named one by one."""


def run(options: argparse.Namespace) -> ExitCode:
    """Writes the sound of a span.

    Raises:
        AirplayError: The log cannot be read.
        CutError: There is no sound of that time, or it does not fit into such a file.
        MomentError: A time cannot be read.
    """
    zone = read_zone(options.time_zone)
    since, until = read_span(options, zone)
    with AirplayLog(find_log(options)) as log:
        (station, *others) = log.stations([options.station])
        if others:
            names = " or ".join(f"{one.node}/{one.station}" for one in (station, *others))
            raise UsageError(f"there are several stations {options.station!r}: use {names}")
        first = _first(log, station)
        span = _span(station, since or first, until or _last(log, station, since or first), station.name)
        return _write(log, station, span, options, zone)


def clip(options: argparse.Namespace) -> ExitCode:
    """Writes the sound of an entry.

    Raises:
        AirplayError: The log cannot be read.
        CutError: There is no sound of that time, or it does not fit into such a file.
    """
    if options.output is None:
        raise UsageError("--clip needs an output file: -o FILE, such as clip.mka")
    with AirplayLog(find_log(options)) as log:
        entry = log.entry(options.clip)
        if entry is None:
            raise InputError(f"there is no entry {options.clip} in {printable(str(log.path))}")
        (station,) = log.stations([f"{entry.node}/{entry.station}"])
        span = _span(station, entry.started_at, entry.ended_at, _title_of(entry, station), entry.artist)
        return _write(log, station, span, options, read_zone(options.time_zone))


def _title_of(entry: LoggedEntry, station: LoggedStation) -> str:
    return entry.song or entry.title or f"{entry.announcement} on {station.name}"


def _first(log: AirplayLog, station: LoggedStation) -> datetime:
    first = next((row for row, _ in log.recordings(station, None, None)), None)
    if first is None:
        raise InputError(
            f"{station.station}: not recorded; to record it, set stations.{station.station}.recording.enabled: true"
        )
    return first.started_at


def _last(log: AirplayLog, station: LoggedStation, since: datetime) -> datetime:
    return max((row.ended_at for row, _ in log.recordings(station, since, None)), default=since) + _LEAST_HOLE


def _span(station: LoggedStation, since: datetime, until: datetime, title: str, artist: str | None = None) -> ClipSpan:
    return ClipSpan(station.node, station.station, station.name, since, until, title, artist)


def _write(
    log: AirplayLog, station: LoggedStation, span: ClipSpan, options: argparse.Namespace, zone: tzinfo
) -> ExitCode:
    files = recorded_files(log.recordings(station, span.since, span.until), options.recordings)
    parts = find_parts(files, span.since, span.until)
    if not parts:
        raise InputError(
            f"{span.station}: nothing is recorded between {_time(span.since, zone)} and {_time(span.until, zone)}"
        )
    found = cut(parts, options.output, span.tags(zone))
    print(f"{printable(str(options.output))}: {found.seconds:.1f} s of {found.codec}")
    for line in _holes(found, span, zone):
        print(line)
    return ExitCode.OK


def _holes(found: Cut, span: ClipSpan, zone: tzinfo) -> list[str]:
    """What of the span is not in the file."""
    ends = [span.since, *(piece.ended_at for piece in found.pieces)]
    starts = [*(piece.started_at for piece in found.pieces), span.until]
    holes = [(end, start) for end, start in zip(ends, starts, strict=True) if start - end >= _LEAST_HOLE]
    lines = [f"  not recorded: {_time(end, zone)} to {_time(start, zone)}" for end, start in holes[:_MOST_HOLES]]
    return lines + ([f"  and {len(holes) - _MOST_HOLES} more"] if len(holes) > _MOST_HOLES else [])


def _time(at: datetime, zone: tzinfo | None = None) -> str:
    return at.astimezone(zone or machine_zone()).isoformat(sep=" ", timespec="seconds")
