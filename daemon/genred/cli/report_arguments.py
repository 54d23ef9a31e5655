"""The command line of `genred report`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from genred.cli.airplay_arguments import add_log, listed

if TYPE_CHECKING:
    import argparse
    from collections.abc import Callable

_EPILOG = """\
Days, weeks and months are those of the station's time zone. Each is compared
with the previous one. Weeks begin on Monday. Default period: yesterday.

examples:
  genred report                                    yesterday, all stations
  genred report --station kitchen --month          last month, as a page
  genred report --month 2026-10 --out reports/
  genred report --week today --format md           this week so far
  genred report --since 2026-10-01 --until 2026-10-15 --format json
"""


def add_report(command: Callable[[str, str, str], argparse.ArgumentParser]) -> None:
    """Adds `report`.

    Args:
        command: Makes the parser of a command of a name, with its summary and what stands below its help.
    """
    report = command("report", "summarise a day, week or month of the airplay log as a page, Markdown or JSON", _EPILOG)
    add_log(report)
    report.add_argument(
        "--station", type=listed, action="extend", default=[], metavar="ID", help="only these stations [all]"
    )
    when = report.add_argument_group("period")
    which = when.add_mutually_exclusive_group()
    which.add_argument("--day", nargs="?", const="yesterday", metavar="DAY", help="a day [yesterday]")
    which.add_argument("--week", nargs="?", const="last week", metavar="DAY", help="the week of a day [last week]")
    which.add_argument("--month", nargs="?", const="last month", metavar="DAY", help="the month of a day [last month]")
    which.add_argument("--since", metavar="TIME", help="start of the period; without --until it ends now")
    when.add_argument("--until", metavar="TIME", help="end of the period; needs --since")
    when.add_argument(
        "--time-zone",
        default="",
        metavar="ZONE",
        help="time zone of days and times, such as UTC [the station's or the machine's]",
    )
    form = report.add_argument_group("output")
    form.add_argument("--format", choices=["html", "md", "json"], default="html", help="output format [html]")
    form.add_argument(
        "--out", type=Path, metavar="FOLDER", help="output folder [html: the current folder; md, json: standard output]"
    )
