"""Parses the command line and runs the command; the only place where an error becomes an exit code."""

from __future__ import annotations

import argparse
import contextlib
import logging
import os
import sys
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING

import genred
from genred.cli.process_arguments import hide_secret_arguments
from genred.cli.system_errors import describe_system_error
from genred.errors import BundleError, ConfigError, GenredError, OutputError, SourceError
from genred.exit_codes import ExitCode
from genred.printable import printable_lines
from genred.service.journal import JournalFormatter, LogFormatter, goes_to_journal

if TYPE_CHECKING:
    from collections.abc import Sequence

_MODULES = {"test-mqtt": "check_broker"}
"""Commands whose module is called otherwise."""

_SOURCE_HELP = """\
SOURCE is one of
  https://host/stream     an internet stream or a playlist (.m3u, .m3u8, .pls, .xspf)
  music.flac  folder/     a file, or a folder as a programme
  soundcard               the default capture device
  soundcard:NAME          another one, by name, part of a name or number (see: genred devices)
  -                       raw PCM on standard input (see --rate, --channels, --format)
"""

_EPILOG = """\
examples:
  genred demo                                    try it: nothing is needed, nothing is left behind
  genred listen https://host/stream              which genre is on air there?
  genred listen --once soundcard                 one answer, then end
  rtl_fm -M wbfm -f 97.1M - | genred listen --rate 32000 -
  genred classify --json *.mp3 | jq .shares      files, as fast as possible, on all cores
  genred run -c /etc/genred/genred.yaml          the daemon

exit codes:
  0 done    1 a fault of genred    2 wrong command line    66 a source cannot be opened or read
  69 broker, port or library not available    75 wedged: restart me    78 wrong configuration or model
  130 interrupted
"""


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs one command.

    Args:
        arguments: Without the program's name; None takes the process's own.

    Returns:
        An exit code of `ExitCode`.
    """
    _open_closed_streams()
    if arguments is None:
        hide_secret_arguments()
    options = build_parser().parse_args(arguments)
    # numpy's BLAS would start a thread a core that spins between the small products of the front end: measured,
    # five times the CPU for nothing. Only the first import of numpy reads this.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    # Of a log that cannot be written, nothing can be said.
    logging.raiseExceptions = False
    logging.basicConfig(level=(options.log_level or options.usual_log_level).upper(), stream=sys.stderr)
    for handler in logging.getLogger().handlers:
        handler.setFormatter(JournalFormatter() if goes_to_journal(sys.stderr) else LogFormatter())
    try:
        # Loaded here: `genred --help` need not wait for what `genred run` imports.
        command = import_module(f"genred.cli.{options.module}")
        code: int = command.run(options)
        sys.stdout.flush()
    except KeyboardInterrupt:
        return ExitCode.INTERRUPTED
    except BrokenPipeError:
        # The reader (head, jq) has gone: not an error.
        _give_up_output()
        return ExitCode.OK
    except GenredError as error:
        print(f"genred {options.command}: {printable_lines(str(error))}", file=sys.stderr)
        return _exit_code(error)
    except OSError as error:
        print(f"genred {options.command}: {printable_lines(describe_system_error(error))}", file=sys.stderr)
        _give_up_output()
        return ExitCode.FAILURE
    return int(code)


def _open_closed_streams() -> None:
    """Puts something in the place of streams that were closed before the start, of which Python makes None."""
    for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
        if getattr(sys, name) is None:
            setattr(sys, name, open(os.devnull, mode, encoding="utf-8"))  # noqa: PTH123, SIM115 - for the whole process


def _give_up_output() -> None:
    """Lets the interpreter not complain, on its way out, of what it cannot write any more."""
    with contextlib.suppress(OSError, ValueError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _exit_code(error: GenredError) -> ExitCode:
    match error:
        case ConfigError() | BundleError():
            return ExitCode.CONFIG
        case SourceError():
            return ExitCode.SOURCE
        case OutputError():
            return ExitCode.UNAVAILABLE
    return ExitCode.FAILURE


def build_parser() -> argparse.ArgumentParser:
    """Makes the parser of all commands; public for tests and for the manual."""
    parser = argparse.ArgumentParser(
        prog="genred",
        description="The genre daemon: listens to soundcards, streams and files, and says which genre is on air.",
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--version", action="version", version=f"genred {genred.__version__}")
    parser.add_argument(
        "--log-level", choices=["debug", "info", "warning", "error"], help="least that is logged, to standard error"
    )
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")

    def command(name: str, summary: str, epilog: str = "") -> argparse.ArgumentParser:
        sub = commands.add_parser(
            name,
            help=summary,
            description=summary[0].upper() + summary[1:] + ".",
            epilog=epilog,
            formatter_class=argparse.RawDescriptionHelpFormatter,
        )
        # A view shows what happens by itself; log lines beside it would say it twice.
        usual = "error" if name in {"listen", "demo"} else "warning"
        sub.set_defaults(module=_MODULES.get(name, name.replace("-", "_")), usual_log_level=usual)
        return sub

    run = command("run", "run the daemon: all stations of a configuration, until told to stop")
    run.add_argument("-c", "--config", type=Path, required=True, metavar="FILE", help="the configuration, YAML")

    listen = command("listen", "listen to one source and show what is on air, with no configuration", _SOURCE_HELP)
    listen.add_argument("source", metavar="SOURCE", help="what to listen to, see below")
    listen.add_argument("--once", action="store_true", help="end after the first announced estimate and print it")
    listen.add_argument("--seconds", type=_positive, metavar="S", help="end after so many seconds")
    listen.add_argument("--fast", action="store_true", help="read a file as fast as possible")
    listen.add_argument("--json", action="store_true", help="one JSON object a line instead of the live view")
    listen.add_argument("--broker", metavar="HOST", help="publish to this broker too: host, host:port or URL")
    _add_model(listen)
    _add_pcm(listen)

    classify = command("classify", "say which genres files hold: shares of all windows, and a timeline")
    classify.add_argument("files", nargs="+", type=Path, metavar="FILE", help="audio files of any common format")
    classify.add_argument(
        "--json",
        action="store_true",
        help="one JSON object a line and file: path, seconds, windows, shares, mean, timeline, model; or path, error",
    )
    classify.add_argument(
        "-j",
        "--jobs",
        type=_count,
        metavar="N",
        help="files that are analysed at the same time, each in a process of its own [one a core]",
    )
    _add_model(classify)

    devices = command("devices", "list the soundcards that can capture")
    devices.add_argument("--json", action="store_true", help="one JSON object a line and device")

    check = command("check-config", "check a configuration and say everything that is wrong with it")
    check.add_argument("config", type=Path, metavar="FILE", help="the configuration, YAML")
    check.add_argument("--show", action="store_true", help="print it whole, defaults filled in, secrets masked")

    command("config-schema", "print a JSON Schema of the configuration, for editors")

    init = command("init", "write a configuration: asks for broker and stations, and tests each answer")
    init.add_argument("config", type=Path, nargs="?", default=Path("genred.yaml"), metavar="FILE", help="[genred.yaml]")

    test_mqtt = command("test-mqtt", "test the broker of a configuration, step by step")
    test_mqtt.add_argument("config", type=Path, metavar="FILE", help="the configuration, YAML")

    demo = command("demo", "show what genred does: a synthesised programme, a broker inside, a subscriber beside it")
    demo.add_argument("--seconds", type=_positive, default=60.0, metavar="S", help="length of the programme [60]")
    _add_model(demo)
    return parser


def _add_model(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--model", default="default", metavar="NAME", help="a shipped model, or the path of a bundle's .json [default]"
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
        raise argparse.ArgumentTypeError(f"{text!r} is no number of more than 0")
    return value


def _count(text: str) -> int:
    if not text.isdecimal() or not 1 <= int(text) <= 1_024:
        raise argparse.ArgumentTypeError(f"{text!r} is no whole number from 1 to 1024")
    return int(text)


def _sample_rate(text: str) -> int:
    if not text.isdecimal() or not 4_000 <= int(text) <= 384_000:
        raise argparse.ArgumentTypeError(f"{text!r} is no sample rate from 4000 to 384000 Hz")
    return int(text)
