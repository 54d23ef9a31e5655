"""The command line: what there is, what it means, and what somebody meant who wrote it otherwise."""

from __future__ import annotations

import argparse
import re
import sys
from pathlib import Path
from textwrap import fill
from typing import TYPE_CHECKING

import genred
from genred.cli.airplay_arguments import add_airplay, add_recording
from genred.cli.archive_arguments import add_archive
from genred.cli.report_arguments import add_report
from genred.cli.web_arguments import add_web
from genred.config.types.suggestion import did_you_mean
from genred.exit_codes import ExitCode
from genred.printable import printable

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

_MODULES = {"test-mqtt": "check_broker", "test-alert": "check_alerts"}
"""Commands whose module is called otherwise."""

_SERVICE_CONFIG = Path("/etc/genred/genred.yaml")
"""Of the service."""

_SOURCE_HELP = """\
SOURCE is one of
  https://host/stream     a stream or a playlist (.m3u, .m3u8, .pls, .xspf)
  music.flac  folder/     a file, or a folder as a programme
  soundcard               the default capture device
  soundcard:NAME          another device, by name, part of a name or index
                          (see: genred devices)
  -                       standard input: raw PCM (see --rate, --channels,
                          --format), or a piped file
"""

_FILES_HELP = """\
FILE is any of
  song.mp3                an audio file of any common format
  folder/                 all audio files in it, including linked folders,
                          except hidden files
  list.m3u                the entries of a playlist (.m3u, .pls, .xspf)
  https://host/song.mp3   a file on a server; for a live stream, use
                          `genred listen`
  -                       standard input: a piped file, or raw PCM
                          (see --rate, --channels, --format)

The timeline is smoothed using the audio before and after each moment. A live
station knows only the audio before it.
"""

_EPILOG = """\
examples:
  genred demo                              a demonstration; needs no setup
  genred listen https://host/stream        show what is on air, live
  genred listen --once soundcard           print one result and exit
  rtl_fm -M wbfm -f 97.1M - | genred listen --rate 32000 -
  genred classify --json ~/Music | jq .word
                                           classify files on all cores
  genred run /etc/genred/genred.yaml       run the daemon
  genred airplay --day yesterday           list what was on air
  genred report --week                     summarise it on a page

exit codes:
  0 success    1 internal error    2 wrong command line
  66 a source or a log cannot be opened or read
  69 broker, port or library not available    75 hung; restart it
  78 wrong configuration or model    130 interrupted
"""

_HELP_COLUMNS = 78

_FIRST_STEPS = """\
genred reports which genre is on air. To get started:

  genred demo                              a demonstration; needs no setup
  genred listen https://host/stream        show what is on air, live
  genred classify song.mp3                 classify a file
  genred init                              set up a daemon: asks questions,
                                           tests the answers, and writes a
                                           configuration
  genred --help                            list all commands
"""

_CONFIGURED = frozenset(
    {"run", "airplay", "web", "report", "check-config", "test-mqtt", "test-alert", "health", "init"}
)
"""Commands whose messages may name keys of the configuration."""


def parse(arguments: Sequence[str] | None = None) -> argparse.Namespace:
    """Parses a command line; one that is wrong ends the process as argparse does, with what would be right.

    Args:
        arguments: Without the program's name; None takes the process's own.
    """
    given = sys.argv[1:] if arguments is None else list(arguments)
    parser, commands = _parsers()
    if not given:
        parser.exit(ExitCode.USAGE, _FIRST_STEPS)
    name = _command_of(given)
    if name is not None and name not in commands:
        parser.error(f"there is no command {printable(name)!r}{_suggested(name, list(commands))}")
    options, unknown = parser.parse_known_args(given)
    command = commands[options.command]
    if unknown:
        known = re.findall(r"--[a-z][a-z-]*", command.format_help())
        close = did_you_mean(unknown[0].partition("=")[0], known) if unknown[0].startswith("-") else ""
        command.error(f"unknown: {printable(' '.join(unknown))}{close}")
    if options.command == "run":
        options.config = options.config or options.file
        if options.config is None:
            command.error("no configuration given: `genred run FILE`; `genred init` writes one")
    return options


def _command_of(arguments: Sequence[str]) -> str | None:
    """The first argument that is no option and no option's value."""
    words = iter(arguments)
    for word in words:
        if word == "--log-level":
            next(words, None)
        elif not word.startswith("-"):
            return word
    return None


def _suggested(name: str, commands: list[str]) -> str:
    close = did_you_mean(name, commands)
    if close:
        return close
    if name.startswith(("http://", "https://", "soundcard")):
        return f"; to listen there: genred listen {printable(name)}"
    if "/" in name or "." in name:
        return f"; for a file: genred classify {printable(name)}"
    return f"; the commands are {', '.join(commands)}"


def build_parser() -> argparse.ArgumentParser:
    """Makes the parser of all commands; public for tests and for the manual."""
    return _parsers()[0]


def _parsers() -> tuple[argparse.ArgumentParser, dict[str, argparse.ArgumentParser]]:
    """The parser of the whole line, and that of each command."""
    made: dict[str, argparse.ArgumentParser] = {}
    parser = argparse.ArgumentParser(
        prog="genred",
        description="The genre daemon: listens to soundcards, streams and files,\nand reports which genre is on air.",
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--version", action="version", version=f"genred {genred.__version__}")
    parser.add_argument(
        "--log-level",
        choices=["debug", "info", "warning", "error"],
        help="lowest level that is logged (to standard error)",
    )
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")

    def command(name: str, summary: str, epilog: str = "") -> argparse.ArgumentParser:
        sub = commands.add_parser(
            name,
            help=summary,
            description=fill(f"{summary[0].upper()}{summary[1:]}.", _HELP_COLUMNS),
            epilog=epilog,
            formatter_class=argparse.RawDescriptionHelpFormatter,
        )
        # A view shows what happens by itself; log lines beside it would say it twice.
        usual = "error" if name in {"listen", "demo"} else "warning"
        sub.set_defaults(
            module=_MODULES.get(name, name.replace("-", "_")),
            usual_log_level=usual,
            has_configuration=name in _CONFIGURED,
        )
        made[name] = sub
        return sub

    run = command("run", "run the daemon with all stations of a configuration until it is stopped")
    given = run.add_mutually_exclusive_group()
    given.add_argument("file", nargs="?", type=Path, metavar="FILE", help="configuration file (YAML)")
    given.add_argument("-c", "--config", type=Path, metavar="FILE", help="same as FILE")

    listen = command("listen", "listen to one source and show what is on air, without a configuration", _SOURCE_HELP)
    listen.add_argument("source", metavar="SOURCE", help="what to listen to, see below")
    listen.add_argument("--once", action="store_true", help="print the first announced estimate and exit")
    listen.add_argument("--seconds", type=_positive, metavar="S", help="stop after S seconds")
    listen.add_argument("--fast", action="store_true", help="read a file as fast as possible")
    listen.add_argument("--loudness", action="store_true", help="also measure loudness: LUFS by EBU R128")
    listen.add_argument("--json", action="store_true", help="print one JSON object per line instead of the live view")
    listen.add_argument("--broker", metavar="HOST", help="also publish to this broker: host, host:port or URL")
    _add_model(listen)
    _add_pcm(listen)

    _add_classify(command)

    for add in (add_airplay, add_report, add_recording, add_archive):
        add(command)

    devices = command("devices", "list the soundcards that can capture")
    devices.add_argument("--json", action="store_true", help="print one JSON object per line and device")

    check = command("check-config", "check a configuration and list every error")
    check.add_argument("config", type=Path, metavar="FILE", help="configuration file (YAML)")
    check.add_argument(
        "--show", action="store_true", help="print the complete configuration with defaults, secrets masked"
    )

    add_web(command)

    command("config-schema", "print a JSON Schema of the configuration, for editors")

    _add_example(command)

    init = command("init", "set up a configuration: ask for broker and stations, and test each answer")
    init.add_argument("config", type=Path, nargs="?", default=Path("genred.yaml"), metavar="FILE", help="[genred.yaml]")

    test_mqtt = command("test-mqtt", "test the broker of a configuration, step by step")
    test_mqtt.add_argument("config", type=Path, metavar="FILE", help="configuration file (YAML)")

    health = command("health", "check whether the daemon is online at its broker (for health checks)")
    health.add_argument("config", type=Path, metavar="FILE", help="the daemon's configuration file (YAML)")

    test_alert = command("test-alert", "send a test message to every alert recipient and show the results")
    given = test_alert.add_mutually_exclusive_group()
    given.add_argument(
        "file", nargs="?", type=Path, default=_SERVICE_CONFIG, metavar="FILE", help=f"[{_SERVICE_CONFIG}]"
    )
    given.add_argument("-c", "--config", type=Path, metavar="FILE", help="same as FILE")
    test_alert.add_argument("--to", metavar="NAME", help="only to the recipients of this alert")

    demo = command("demo", "demonstrate genred with a synthesised programme and an embedded broker")
    demo.add_argument(
        "--seconds",
        type=_positive,
        default=60.0,
        metavar="S",
        help="length of the programme; each style needs 15 s [60]",
    )
    _add_model(demo)
    return parser, made


def _add_classify(command: Callable[[str, str, str], argparse.ArgumentParser]) -> None:
    classify = command("classify", "classify files: each genre's share of all windows, and a timeline", _FILES_HELP)
    classify.add_argument("files", nargs="+", metavar="FILE", help="what to classify, see below")
    classify.add_argument(
        "--json",
        action="store_true",
        help="print one JSON object per line and file: path, seconds, windows, word, confidence, shares, mean, "
        "timeline, model, medium; or path, error; also path_b64 if a path is not valid UTF-8",
    )
    classify.add_argument(
        "-j",
        "--jobs",
        type=_count,
        metavar="N",
        help="files to analyse at the same time, each in its own process [one per core]",
    )
    classify.add_argument(
        "--picture", type=Path, metavar="FILE", help="draw the waveform and mel spectrogram of a single file as PNG"
    )
    _add_model(classify)
    _add_pcm(classify)


def _add_example(command: Callable[[str, str], argparse.ArgumentParser]) -> None:
    example = command("config-example", "print an example: a configuration, an automation, a dashboard")
    wanted = example.add_mutually_exclusive_group()
    wanted.add_argument("name", nargs="?", default="genred", metavar="NAME", help="[genred]")
    wanted.add_argument("--list", action="store_true", help="list all examples with a description")


def _add_model(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--model", default="default", metavar="NAME", help="a shipped model, or the path of a model's .json [default]"
    )


def _add_pcm(parser: argparse.ArgumentParser) -> None:
    raw = parser.add_argument_group("raw PCM on standard input")
    raw.add_argument("--rate", type=_sample_rate, default=22_050, metavar="HZ", help="sample rate [22050]")
    raw.add_argument("--channels", type=int, choices=[1, 2], default=1, help="interleaved channels [1]")
    raw.add_argument("--format", choices=["s16le", "f32le"], default="s16le", help="sample format [s16le]")


def _positive(text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = -1.0
    if not 0 < value < float("inf"):
        raise argparse.ArgumentTypeError(f"{text!r} is not a positive number")
    return value


def _count(text: str) -> int:
    if not text.isdecimal() or not 1 <= int(text) <= 1_024:
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number from 1 to 1024")
    return int(text)


def _sample_rate(text: str) -> int:
    if not text.isdecimal() or not 4_000 <= int(text) <= 384_000:
        raise argparse.ArgumentTypeError(f"{text!r} is not a sample rate from 4000 to 384000 Hz")
    return int(text)
