"""`genred airplay`: reads the airplay log, for people and for other programs."""

from __future__ import annotations

import contextlib
import os
import shutil
import sys
from typing import TYPE_CHECKING, BinaryIO

from genred.airplay.location import FILE_NAME, SERVICE_FOLDER, log_in, log_path, service_log, state_folder
from genred.airplay.moments import MomentError, read_period, read_zone
from genred.airplay.query import AirplayLog
from genred.airplay.selection import Selection
from genred.analysis.estimate import State
from genred.errors import InputError
from genred.exit_codes import ExitCode
from genred.printable import printable
from genred.whole_file import output_file

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterator
    from datetime import datetime, tzinfo
    from pathlib import Path

    from genred.airplay.logged import LoggedEntry, LoggedStation


def run(options: argparse.Namespace) -> ExitCode:
    """Prints what was on air, or merges logs.

    Raises:
        AirplayError: The log cannot be read.
        MomentError: A time cannot be read.
    """
    if options.action == "merge":
        from genred.airplay.merge import merge

        count = merge([log_in(path) for path in options.logs], options.output)
        print(f"{printable(str(options.output))}: {count} entries of {len(options.logs)} logs")
        return ExitCode.OK
    if options.clip is not None:
        from genred.cli.recording import clip

        return clip(options)
    zone = read_zone(options.time_zone)
    since, until = read_span(options, zone)
    selection = Selection(
        since=since,
        until=until,
        genres=frozenset(options.genre),
        states=frozenset(State(state) for state in options.state),
        title=options.title,
        min_seconds=options.min_seconds,
        merge_under_s=options.merge_under,
    )
    with AirplayLog(find_log(options)) as log, contextlib.ExitStack() as stack:
        stations = log.stations(options.station)
        rows = (entry for station in stations for entry in _chosen(log, station, selection))
        if options.format == "table" and options.output is None:
            _print_table(rows, zone)
            return ExitCode.OK
        stream = sys.stdout.buffer if options.output is None else stack.enter_context(output_file(options.output))
        _write(rows, zone, options, stream)
    return ExitCode.OK


def find_log(options: argparse.Namespace) -> Path:
    """Gives the log that the options name: by itself, by a configuration, or that of the service or the user.

    Raises:
        InputError: No log is found.
    """
    if options.log is not None:
        return log_in(options.log)
    if options.config is not None:
        from genred.config.read import load_config

        config = load_config(options.config).airplay
        service = None if config.file else service_log(options.config)
        candidates = [log_path(config)] if service is None else [service, log_path(config)]
    else:
        candidates = [SERVICE_FOLDER / FILE_NAME, state_folder() / FILE_NAME]
    found = next((path for path in candidates if _is_readable(path)), None)
    if found is None:
        hidden = next((path for path in candidates if _is_hidden(path)), None)
        if hidden is not None:
            raise InputError(f"{printable(str(hidden))}: no permission to read it; try sudo")
        if options.config is not None:
            return candidates[0]
        places = " nor ".join(printable(str(path)) for path in candidates)
        raise InputError(f"there is no airplay log {places}; give one with --log FILE, or a configuration with -c FILE")
    return found


def read_span(options: argparse.Namespace, zone: tzinfo) -> tuple[datetime | None, datetime | None]:
    """Reads `--day`, `--since` and `--until`.

    Raises:
        MomentError: One cannot be read, or they leave no time between them.
    """
    if options.day:
        day = read_period(options.day, zone)
        return day.since, day.until
    since = read_period(options.since, zone).since if options.since else None
    until = read_period(options.until, zone).since if options.until else None
    if since is not None and until is not None and until <= since:
        raise MomentError(f"--until {options.until!r} is not after --since {options.since!r}")
    return since, until


def _chosen(log: AirplayLog, station: LoggedStation, selection: Selection) -> Iterator[LoggedEntry]:
    return selection.of(log.entries(station, selection.since, selection.until))


def _print_table(rows: Iterator[LoggedEntry], zone: tzinfo) -> None:
    from genred.cli.airplay_text import table_lines

    width = shutil.get_terminal_size().columns
    empty = True
    for line in table_lines(rows, zone, width):
        print(line)
        empty = False
    if empty:
        print("no entries in the log match")


def _write(rows: Iterator[LoggedEntry], zone: tzinfo, options: argparse.Namespace, stream: BinaryIO) -> None:
    from genred.airplay import export
    from genred.airplay.payload import entry_payload

    payloads = (entry_payload(entry, zone) for entry in rows)
    match options.format:
        case "csv":
            export.write_csv(payloads, stream, bom=options.bom)
        case "json":
            export.write_json(payloads, stream)
        case "jsonl":
            export.write_json_lines(payloads, stream)
        case "parquet":
            export.write_parquet(payloads, stream)
        case _:
            from genred.cli.airplay_text import table_lines

            stream.writelines(f"{line}\n".encode() for line in table_lines(rows, zone, 120))


def _is_hidden(path: Path) -> bool:
    try:
        path.stat()
    except PermissionError:
        return True
    except OSError:
        return False
    return not os.access(path, os.R_OK)


def _is_readable(path: Path) -> bool:
    try:
        return path.is_file() and os.access(path, os.R_OK)
    except OSError:
        return False
