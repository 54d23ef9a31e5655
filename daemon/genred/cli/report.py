"""`genred report`: what the airplay log comes to over a day, a week, a month, as a page, Markdown or JSON."""

from __future__ import annotations

import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from genred.airplay.errors import AirplayError
from genred.airplay.moments import MomentError, read_period, read_zone
from genred.airplay.query import AirplayLog
from genred.cli.airplay import find_log
from genred.cli.streams import complain
from genred.exit_codes import ExitCode
from genred.printable import printable
from genred.reports import period as periods
from genred.reports.collect import common_zone, rows_of, station_keys
from genred.reports.report import report_of
from genred.time_zones import machine_zone
from genred.whole_file import output_file

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterable, Mapping
    from datetime import tzinfo

    from genred.airplay.logged import LoggedStation
    from genred.reports.figures import Report
    from genred.reports.period import Period

_ALL = "all"

_FIRST_YEAR = 1970
"""No log reaches back so far; and each day of a report takes time and room, whether something was logged or not."""

_MOST_YEARS_AHEAD = 100


def run(options: argparse.Namespace) -> ExitCode:
    """Writes a report.

    Raises:
        AirplayError: The log cannot be read, or holds nothing of the period.
        MomentError: A time cannot be read.
    """
    now = datetime.now(UTC)
    with AirplayLog(find_log(options)) as log:
        stations = log.stations([name for name in options.station if name != _ALL])
        zone = read_zone(options.time_zone) if options.time_zone else common_zone(stations, machine_zone())
        period = read_report_period(options, zone, now)
        keys = station_keys(stations)
        rows = [rows_of(log, station, key, period) for key, station in keys.items()]
        report = report_of(rows, period, now)
        _check(report, keys, log)
    _write(report, period, options)
    return ExitCode.OK


def read_report_period(options: argparse.Namespace, zone: tzinfo, now: datetime) -> Period:
    """Gives the period that the options name; without any, yesterday.

    Raises:
        MomentError: A time cannot be read, or nothing lies between them.
    """
    if options.since is None and options.until is not None:
        raise MomentError("--until needs --since; for a whole day, week or month use --day, --week or --month")
    if options.since is not None:
        since = _read_beginning(options.since, zone, now)
        until = _read_beginning(options.until, zone, now) if options.until is not None else now
        if until <= since:
            raise MomentError(f"--since {options.since!r} is not before {options.until or 'now'!r}")
        return periods.Period(since.astimezone(UTC), until.astimezone(UTC), zone)
    for make, text in ((periods.week, options.week), (periods.month, options.month)):
        if text is not None:
            period = make(_read_beginning(text, zone, now).astimezone(zone).date(), zone)
            break
    else:
        period = periods.day(_read_beginning(options.day or "yesterday", zone, now).astimezone(zone).date(), zone)
    if period.since >= now:
        raise MomentError(f"{options.day or options.week or options.month!r} is in the future")
    return period


def _read_beginning(text: str, zone: tzinfo, now: datetime) -> datetime:
    beginning = read_period(text, zone, now).since
    if beginning.year < _FIRST_YEAR:
        raise MomentError(f"{text!r} is before {_FIRST_YEAR}, further back than any log goes")
    if beginning.year > now.year + _MOST_YEARS_AHEAD:
        raise MomentError(f"{text!r} is in the future")
    return beginning


def file_name(report: Report, period: Period, suffix: str) -> str:
    """Gives a name that sorts by time: of the station, or `all`, and the period."""
    name = report.stations[0].station.replace("/", "-") if len(report.stations) == 1 else _ALL
    first, last = period.first_day, period.last_day
    match period.kind:
        case periods.PeriodKind.DAY:
            when = first.isoformat()
        case periods.PeriodKind.WEEK:
            when = f"{first:%G-W%V}"
        case periods.PeriodKind.MONTH:
            when = f"{first:%Y-%m}"
        case _:
            when = first.isoformat() if first == last else f"{first}_{last}"
    return f"genred-{name}-{when}.{suffix}"


def _check(report: Report, stations: Mapping[str, LoggedStation], log: AirplayLog) -> None:
    """Refuses a report of nothing, and names the stations that are missing in one of something."""
    found = {figures.station for figures in report.stations}
    if not report.stations:
        names = ", ".join(map(printable, stations)) or "any station"
        when = f"from {report.period.since.isoformat()} to {report.period.until.isoformat()}"
        raise AirplayError(f"{log.path}: nothing of {names} {when}{_beginning(stations.values(), log)}")
    for key in stations:
        if key not in found:
            complain(f"genred report: nothing of {key} in that period; it is left out")


def _beginning(stations: Iterable[LoggedStation], log: AirplayLog) -> str:
    starts = (next(log.entries(station, None, None), None) for station in stations)
    first = min((entry.started_at for entry in starts if entry is not None), default=None)
    return f"; the log begins at {first.isoformat(timespec='seconds')}" if first else "; the log is empty"


def _write(report: Report, period: Period, options: argparse.Namespace) -> None:
    text = _text(report, period, options.format)
    if options.out is None and options.format != "html":
        sys.stdout.buffer.write(text.encode())
        return
    folder = options.out or Path()
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / file_name(report, period, options.format)
    with output_file(path) as stream:
        stream.write(text.encode())
    print(f"wrote {printable(str(path))}")


def _text(report: Report, period: Period, form: str) -> str:
    if form == "json":
        from genred.reports.json import to_json

        return to_json(report)
    if form == "md":
        from genred.reports.markdown import to_markdown

        return to_markdown(report, period.zone)
    from genred.reports.html import to_html

    return to_html(report, period.zone)
