"""The command lines of `genred archive` and `genred archive-worker`."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from genred.option_numbers import seconds, whole_number

if TYPE_CHECKING:
    from collections.abc import Callable

_EPILOG = """\
PATH is a file, a folder, a quoted pattern ('/srv/radio/**/*.mp3'), or a URL
  that fsspec supports: s3://, gs://, http:// and others.

P describes how to read file names: {station}, {date:%Y%m%d}, {time:%H%M}
  and *. It is matched against the end of the path. Without it, common patterns
  are tried; --dry-run shows the result.

examples:
  genred archive /srv/radio --out years --dry-run
  genred archive /srv/radio --out years
      --pattern '{station}/{date:%Y%m%d}-{time:%H%M}.mp3'
      --time-zone Europe/Berlin
  genred archive s3://radio/2019 --out years --scheduler tcp://10.0.0.1:8786
  genred report --log years --month 2019-03
  genred archive --explain song.mp3

Nothing is read twice: if a run was interrupted, the same command continues
  where it stopped.
"""

_WORKER_EPILOG = """\
SCHEDULER is the address that `dask scheduler` prints. Anyone who can reach it
  can run code on all workers: keep it in a private network, or use tls://.

examples:
  genred archive-worker tcp://10.0.0.1:8786
"""


def add_archive(command: Callable[[str, str, str], argparse.ArgumentParser]) -> None:
    """Adds both.

    Args:
        command: Makes the parser of a command of a name, with its summary and what stands below its help.
    """
    archive = command("archive", "import any number of recordings into an airplay log and tables", _EPILOG)
    archive.add_argument("paths", nargs="*", metavar="PATH", help="what to read, see below")
    archive.add_argument("--out", type=Path, metavar="DIR", help="output folder; use the same one for all runs")
    archive.add_argument("--dry-run", action="store_true", help="show station and time of each file without reading it")
    archive.add_argument(
        "--explain", type=Path, metavar="FILE", help="draw one recording with its network output and entries"
    )
    names = archive.add_argument_group("stations and times")
    names.add_argument(
        "--pattern",
        action="append",
        default=[],
        metavar="P",
        help="how to read file names; tried in order [common patterns]",
    )
    names.add_argument(
        "--tag", type=_tag, action="append", default=[], metavar="NAME=P", help="how to read a tag, such as comment"
    )
    names.add_argument("--station", metavar="NAME", help="assign all files to this station")
    names.add_argument(
        "--time-zone", default="", metavar="ZONE", help="time zone of times in names, such as UTC [the machine's]"
    )
    names.add_argument(
        "--join-within",
        type=seconds(most=60),
        default=2.0,
        metavar="S",
        help="join recordings that are at most S seconds apart [2]",
    )
    form = archive.add_argument_group("output")
    form.add_argument("--format", choices=["both", "parquet", "sqlite"], default="both", help="output format [both]")
    form.add_argument("--node", type=_node, default="archive", metavar="ID", help="node name in the log [archive]")
    work = archive.add_argument_group("processing")
    work.add_argument(
        "-j", "--jobs", type=whole_number(1, 1_024), metavar="N", help="number of processes [one per core]"
    )
    work.add_argument("--scheduler", metavar="ADDRESS", help="address of a Dask scheduler; its cluster does the work")
    work.add_argument("--retry", action="store_true", help="retry recordings that could not be read")
    work.add_argument(
        "--model", default="default", metavar="NAME", help="a shipped model, or the path of a model's .json [default]"
    )
    worker = command("archive-worker", "run as a worker for `genred archive --scheduler` until stopped", _WORKER_EPILOG)
    worker.add_argument("scheduler", metavar="SCHEDULER", help="see below")
    worker.add_argument(
        "-j", "--jobs", type=whole_number(1, 1_024), metavar="N", help="number of processes [one per core]"
    )


def _tag(text: str) -> tuple[str, str]:
    name, equals, pattern = text.partition("=")
    if not (name and equals and pattern):
        raise argparse.ArgumentTypeError(f"{text!r} is not of the form NAME=PATTERN")
    return name, pattern


def _node(text: str) -> str:
    if not text or len(text) > 64 or not all(part.isalnum() and part.isascii() for part in text.split("_")):
        raise argparse.ArgumentTypeError(f"{text!r} is not an id of letters, digits and single underscores")
    return text
