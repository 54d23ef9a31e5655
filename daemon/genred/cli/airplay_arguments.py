"""The command line of `genred airplay`."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from genred.option_numbers import seconds

if TYPE_CHECKING:
    from collections.abc import Callable

_STATES = ("music", "speech", "silence", "uncertain", "offline")

_EPILOG = """\
times: 2026-11-29, 2026-11-29T06:00, 2026-11-29T06:00+01:00, today, yesterday,
  this week, last week, this month, last month, 3 hours ago, monday 6:00.
  A day or week means its first moment; --day selects the whole of it.

examples:
  genred airplay --station kitchen --day yesterday
  genred airplay --since "last week" --until today --state silence
  genred airplay --genre jazz,blues --format csv --bom -o jazz.csv
  genred airplay merge pi-1.sqlite pi-2.sqlite -o all.sqlite
"""

_EXPORT_EPILOG = """\
The extension of FILE selects the format: .mka holds anything; .ogg Opus, Vorbis
  and FLAC; .opus Opus; .mp3 MP3; .m4a and .aac AAC; .flac FLAC. Parts that were
  not recorded are left out and listed.

examples:
  genred recording export --station kitchen --since 2026-11-29T06:00
      --until 2026-11-29T06:30 -o news.mka
  genred airplay --clip 4711 -o song.mp3
"""


def add_airplay(command: Callable[[str, str, str], argparse.ArgumentParser]) -> None:
    """Adds `airplay` and its `merge`.

    Args:
        command: Makes the parser of a command of a name, with its summary and what stands below its help.
    """
    airplay = command("airplay", "list what was on air from the airplay log, as a table, CSV, JSON or Parquet", _EPILOG)
    add_log(airplay)
    add_span(airplay)
    chosen = airplay.add_argument_group("filters")
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
        help=f"only these states: {', '.join(_STATES)} [all]",
    )
    chosen.add_argument("--title", default="", metavar="TEXT", help="only titles that contain this text")
    chosen.add_argument(
        "--min-seconds", type=seconds(), default=0.0, metavar="S", help="only entries of at least S seconds [0]"
    )
    chosen.add_argument(
        "--merge-under",
        type=seconds(),
        default=0.0,
        metavar="S",
        help="ignore interruptions shorter than S seconds [0]",
    )
    form = airplay.add_argument_group("output")
    form.add_argument(
        "--format", choices=["table", "csv", "json", "jsonl", "parquet"], default="table", help="output format [table]"
    )
    form.add_argument("-o", "--output", type=Path, metavar="FILE", help="output file [standard output]")
    add_clip(airplay)
    form.add_argument("--bom", action="store_true", help="start CSV with a byte order mark, for Excel")
    actions = airplay.add_subparsers(dest="action", metavar="merge")
    merge = actions.add_parser(
        "merge", help="combine several logs into one", description="Combine several logs into one."
    )
    merge.add_argument("logs", type=Path, nargs="+", metavar="LOG", help="airplay logs to read; they are not changed")
    merge.add_argument(
        "-o",
        "--output",
        type=Path,
        required=True,
        metavar="FILE",
        help="the combined log; if it exists, it is merged, too",
    )


def add_clip(airplay: argparse.ArgumentParser) -> None:
    """Adds the option that asks for the sound of an entry."""
    sound = airplay.add_argument_group("audio", "copied into the file of -o without re-encoding")
    sound.add_argument("--clip", type=_entry_number, metavar="ENTRY", help="export the audio of the entry with this id")
    add_recordings(sound)


def add_recording(command: Callable[[str, str, str], argparse.ArgumentParser]) -> None:
    """Adds `recording` and its `export`; see `add_airplay`."""
    recording = command("recording", "export audio from recordings", "")
    actions = recording.add_subparsers(dest="action", metavar="export", required=True)
    export = actions.add_parser(
        "export",
        help="export the audio of a period",
        description="Export the audio of a period without re-encoding.",
        epilog=_EXPORT_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    add_log(export)
    add_span(export)
    export.add_argument("--station", required=True, metavar="ID", help="the station")
    export.add_argument(
        "-o",
        "--output",
        type=Path,
        required=True,
        metavar="FILE",
        help="output file; its extension selects the format, see below",
    )
    add_recordings(export)


def add_recordings(parser: argparse._ActionsContainer) -> None:
    """Adds the option that names the folder of recordings."""
    parser.add_argument(
        "--recordings", type=Path, metavar="FOLDER", help="folder of the recordings [where they were written]"
    )


def add_log(parser: argparse.ArgumentParser) -> None:
    """Adds the options that name a log."""
    which = parser.add_mutually_exclusive_group()
    which.add_argument(
        "--log", type=Path, metavar="FILE", help="a log, or the folder of an archive [the log of the service or user]"
    )
    which.add_argument("-c", "--config", type=Path, metavar="FILE", help="a configuration that specifies the log")


def add_span(parser: argparse.ArgumentParser) -> None:
    """Adds the options that name a span of time."""
    span = parser.add_argument_group("period")
    span.add_argument("--day", metavar="DAY", help="a whole day, week or month, such as yesterday")
    span.add_argument("--since", metavar="TIME", help="start of the period [the beginning]")
    span.add_argument("--until", metavar="TIME", help="end of the period [the end]")
    span.add_argument(
        "--time-zone", default="", metavar="ZONE", help="time zone of all times, such as UTC [the machine's]"
    )


def listed(text: str) -> list[str]:
    """Splits what commas separate."""
    return [part.strip() for part in text.split(",") if part.strip()]


def _entry_number(text: str) -> int:
    if not text.isdecimal() or len(text) > 18:
        raise argparse.ArgumentTypeError(f"{text!r} is not the id of an entry; --format json shows the ids")
    return int(text)


def _states(text: str) -> list[str]:
    states = listed(text)
    wrong = [state for state in states if state not in _STATES]
    if wrong:
        raise argparse.ArgumentTypeError(f"{wrong[0]!r} is not a state; the states are {', '.join(_STATES)}")
    return states
