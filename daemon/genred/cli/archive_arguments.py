"""The command lines of `genred archive` and `genred archive-worker`."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

_EPILOG = """\
PATH is a file, a folder, a pattern of them ('/srv/radio/**/*.mp3'), or the
  address of any of these: s3://, gs://, http:// and what else fsspec knows.

A pattern says what names mean: {station}, {date:%Y%m%d}, {time:%H%M} and *;
  it is held against the end of the path. Without one, the usual names are
  tried; --dry-run shows what comes of it.

examples:
  genred archive /srv/radio --out years --dry-run
  genred archive /srv/radio --out years
      --pattern '{station}/{date:%Y%m%d}-{time:%H%M}.mp3' --time-zone Europe/Berlin
  genred archive s3://radio/2019 --out years --scheduler tcp://10.0.0.1:8786
  genred report --log years --month 2019-03
  genred archive --explain song.mp3

What is read once is not read again: the same command goes on where the last
  one was ended, however that was.
"""

_WORKER_EPILOG = """\
SCHEDULER is the address that `dask scheduler` shows. Who can reach it can run
  any code there: keep it in a network of your own, or use tls://.

examples:
  genred archive-worker tcp://10.0.0.1:8786
"""


def add_archive(command: Callable[[str, str, str], argparse.ArgumentParser]) -> None:
    """Adds both.

    Args:
        command: Makes the parser of a command of a name, with its summary and what stands below its help.
    """
    archive = command("archive", "read recordings of any number into an airplay log and tables", _EPILOG)
    archive.add_argument("paths", nargs="*", metavar="PATH", help="what to read, see below")
    archive.add_argument("--out", type=Path, metavar="DIR", help="folder for what comes of it; the same for all runs")
    archive.add_argument("--dry-run", action="store_true", help="show station and time of each file, and read nothing")
    archive.add_argument("--explain", type=Path, metavar="FILE", help="draw one recording and what is on air in it")
    names = archive.add_argument_group("stations and times")
    names.add_argument(
        "--pattern", action="append", default=[], metavar="P", help="what names mean; tried in order [the usual ones]"
    )
    names.add_argument(
        "--tag", type=_tag, action="append", default=[], metavar="NAME=P", help="the same of a tag, such as comment"
    )
    names.add_argument("--station", metavar="NAME", help="all are of this station, whatever names say")
    names.add_argument("--time-zone", default="", metavar="ZONE", help="of times in names, such as UTC [the machine's]")
    names.add_argument(
        "--join-within",
        type=_seconds,
        default=2.0,
        metavar="S",
        help="recordings that are no further apart go on without a seam [2]",
    )
    form = archive.add_argument_group("what is written")
    form.add_argument("--format", choices=["both", "parquet", "sqlite"], default="both", help="[both]")
    form.add_argument("--node", type=_node, default="archive", metavar="ID", help="stands for the machine [archive]")
    work = archive.add_argument_group("work")
    work.add_argument("-j", "--jobs", type=_count, metavar="N", help="processes [one a core]")
    work.add_argument("--scheduler", metavar="ADDRESS", help="of a Dask cluster, which does the work instead")
    work.add_argument("--retry", action="store_true", help="try again what could not be read")
    work.add_argument(
        "--model", default="default", metavar="NAME", help="a shipped model, or the path of a bundle's .json [default]"
    )
    worker = command("archive-worker", "work for `genred archive --scheduler` until told to stop", _WORKER_EPILOG)
    worker.add_argument("scheduler", metavar="SCHEDULER", help="see below")
    worker.add_argument("-j", "--jobs", type=_count, metavar="N", help="processes [one a core]")


def _tag(text: str) -> tuple[str, str]:
    name, equals, pattern = text.partition("=")
    if not (name and equals and pattern):
        raise argparse.ArgumentTypeError(f"{text!r} is no NAME=PATTERN")
    return name, pattern


def _seconds(text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = -1.0
    if not 0 <= value <= 60:
        raise argparse.ArgumentTypeError(f"{text!r} is no number of seconds from 0 to 60")
    return value


def _node(text: str) -> str:
    if not text or len(text) > 64 or not all(part.isalnum() and part.isascii() for part in text.split("_")):
        raise argparse.ArgumentTypeError(f"{text!r} is no id of letters, digits and single _")
    return text


def _count(text: str) -> int:
    if not text.isdecimal() or not 1 <= int(text) <= 1_024:
        raise argparse.ArgumentTypeError(f"{text!r} is no whole number from 1 to 1024")
    return int(text)
