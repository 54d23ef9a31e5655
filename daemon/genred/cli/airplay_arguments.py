"""The command line of `genred airplay`."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

_STATES = ("music", "speech", "silence", "uncertain", "offline")

_EPILOG = """\
times: 2026-11-29, 2026-11-29T06:00, 2026-11-29T06:00+01:00, today, yesterday,
  this week, last week, this month, last month, 3 hours ago, monday 6:00.
  A day or week stands for its first moment; --day takes the whole of it.

examples:
  genred airplay --station kitchen --day yesterday
  genred airplay --since "last week" --until today --state silence --min-seconds 20
  genred airplay --genre jazz,blues --format csv --bom -o jazz.csv
  genred airplay merge pi-1.sqlite pi-2.sqlite -o all.sqlite
"""

_EXPORT_EPILOG = """\
FILE ends in .mka, which takes anything; .ogg for Opus, Vorbis and FLAC; .mp3;
  .m4a or .aac for AAC; .flac. What was not recorded is left out and named.

examples:
  genred recording export --station kitchen --since 2026-11-29T06:00 --until 2026-11-29T06:30 -o news.mka
  genred airplay --clip 4711 -o song.mp3
"""


def add_airplay(command: Callable[[str, str, str], argparse.ArgumentParser]) -> None:
    """Adds `airplay` and its `merge`.

    Args:
        command: Makes the parser of a command of a name, with its summary and what stands below its help.
    """
    airplay = command("airplay", "say what was on air: the airplay log, for people or as CSV, JSON or Parquet", _EPILOG)
    add_log(airplay)
    add_span(airplay)
    chosen = airplay.add_argument_group("what is shown")
    chosen.add_argument(
        "--station", type=listed, action="extend", default=[], metavar="ID", help="only these stations [all]"
    )
    chosen.add_argument(
        "--genre", type=listed, action="extend", default=[], metavar="GENRE", help="only these genres [all]"
    )
    chosen.add_argument(
        "--state",
        type=_states,
        action="extend",
        default=[],
        metavar="STATE",
        help=f"only these of {', '.join(_STATES)} [all]",
    )
    chosen.add_argument("--title", default="", metavar="TEXT", help="only titles with this text in them")
    chosen.add_argument("--min-seconds", type=_seconds, default=0.0, metavar="S", help="nothing shorter [0]")
    chosen.add_argument(
        "--merge-under", type=_seconds, default=0.0, metavar="S", help="shorter interruptions count as none [0]"
    )
    form = airplay.add_argument_group("form")
    form.add_argument(
        "--format", choices=["table", "csv", "json", "jsonl", "parquet"], default="table", help="of the rows [table]"
    )
    form.add_argument("-o", "--output", type=Path, metavar="FILE", help="where to [standard output]")
    add_clip(airplay)
    form.add_argument("--bom", action="store_true", help="begin CSV with a byte order mark, for Excel")
    actions = airplay.add_subparsers(dest="action", metavar="merge")
    merge = actions.add_parser("merge", help="make one log of several", description="Make one log of several.")
    merge.add_argument("logs", type=Path, nargs="+", metavar="LOG", help="airplay logs; they are only read")
    merge.add_argument(
        "-o", "--output", type=Path, required=True, metavar="FILE", help="the new log; one that is there is merged, too"
    )


def add_clip(airplay: argparse.ArgumentParser) -> None:
    """Adds the option that asks for the sound of an entry."""
    sound = airplay.add_argument_group("sound", "written to the file of -o, by copy: nothing is encoded anew")
    sound.add_argument("--clip", type=_entry_number, metavar="ENTRY", help="the sound of an entry, by its id")
    add_recordings(sound)


def add_recording(command: Callable[[str, str, str], argparse.ArgumentParser]) -> None:
    """Adds `recording` and its `export`; see `add_airplay`."""
    recording = command("recording", "work with what was recorded: cut the sound of any time out", "")
    actions = recording.add_subparsers(dest="action", metavar="export", required=True)
    export = actions.add_parser(
        "export",
        help="write the sound of a span of time",
        description="Write the sound of a span of time, by copy: nothing is encoded anew.",
        epilog=_EXPORT_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    add_log(export)
    add_span(export)
    export.add_argument("--station", required=True, metavar="ID", help="which one")
    export.add_argument(
        "-o", "--output", type=Path, required=True, metavar="FILE", help="its ending says what it is to be, see below"
    )
    add_recordings(export)


def add_recordings(parser: argparse._ActionsContainer) -> None:
    """Adds the option that names the folder of recordings."""
    parser.add_argument(
        "--recordings", type=Path, metavar="FOLDER", help="where the recordings are [where they were written]"
    )


def add_log(parser: argparse.ArgumentParser) -> None:
    """Adds the options that name a log."""
    which = parser.add_mutually_exclusive_group()
    which.add_argument(
        "--log", type=Path, metavar="FILE", help="the log, or the folder of an archive [the service's, or the user's]"
    )
    which.add_argument("-c", "--config", type=Path, metavar="FILE", help="a configuration that names the log")


def add_span(parser: argparse.ArgumentParser) -> None:
    """Adds the options that name a span of time."""
    span = parser.add_argument_group("when")
    span.add_argument("--day", metavar="DAY", help="the whole of a day, week or month, such as yesterday")
    span.add_argument("--since", metavar="TIME", help="from then on [the beginning]")
    span.add_argument("--until", metavar="TIME", help="until then [the end]")
    span.add_argument("--time-zone", default="", metavar="ZONE", help="of all times, such as UTC [the machine's]")


def listed(text: str) -> list[str]:
    """Splits what commas separate."""
    return [part.strip() for part in text.split(",") if part.strip()]


def _entry_number(text: str) -> int:
    if not text.isdecimal() or len(text) > 18:
        raise argparse.ArgumentTypeError(f"{text!r} is no id of an entry; --format json shows them")
    return int(text)


def _states(text: str) -> list[str]:
    states = listed(text)
    wrong = [state for state in states if state not in _STATES]
    if wrong:
        raise argparse.ArgumentTypeError(f"{wrong[0]!r} is no state, only {', '.join(_STATES)}")
    return states


def _seconds(text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = -1.0
    if not 0 <= value < float("inf"):
        raise argparse.ArgumentTypeError(f"{text!r} is no number of seconds")
    return value
