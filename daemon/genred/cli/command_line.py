"""The command line: what there is, what it means, and what somebody meant who wrote it otherwise."""

from __future__ import annotations

import argparse
import re
import sys
from textwrap import fill
from typing import TYPE_CHECKING

import genred
from genred.cli.airplay_arguments import add_airplay, add_recording
from genred.cli.archive_arguments import add_archive
from genred.cli.configuration_argument import take_configuration
from genred.cli.listening_arguments import add_classify, add_demo, add_listen, add_run
from genred.cli.report_arguments import add_report
from genred.cli.setup_arguments import (
    add_check_config,
    add_config_example,
    add_config_schema,
    add_devices,
    add_health,
    add_init,
    add_test_alert,
    add_test_mqtt,
)
from genred.cli.web_arguments import add_web
from genred.config.types.suggestion import did_you_mean
from genred.exit_codes import ExitCode
from genred.printable import printable

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    Add = Callable[[Callable[[str, str, str], argparse.ArgumentParser]], None]

_ADD: dict[str, Add] = {
    "run": add_run,
    "listen": add_listen,
    "classify": add_classify,
    "airplay": add_airplay,
    "report": add_report,
    "recording": add_recording,
    "archive": add_archive,
    "archive-worker": add_archive,
    "devices": add_devices,
    "check-config": add_check_config,
    "web": add_web,
    "web-password": add_web,
    "config-schema": add_config_schema,
    "config-example": add_config_example,
    "init": add_init,
    "test-mqtt": add_test_mqtt,
    "health": add_health,
    "test-alert": add_test_alert,
    "demo": add_demo,
}
"""What adds a command to the parser, in the order of the help."""

_MODULES = {"test-mqtt": "check_broker", "test-alert": "check_alerts"}
"""Commands whose module is called otherwise."""

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
  0 success    1 any other error, such as a full disk    2 wrong command line
  66 a source or a log cannot be opened or read
  69 broker, cluster, port or library not available    75 hung; restart it
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
    name, others = _command_of(given)
    # Making the parsers of all commands takes longer than what some of them do.
    parser, commands = _parsers([name] if name in _ADD and not others else _ADD)
    if not given:
        parser.exit(ExitCode.USAGE, _FIRST_STEPS)
    if name is not None and name not in commands:
        parser.error(f"there is no command {printable(name)!r}{_suggested(name, list(commands))}")
    options, unknown = parser.parse_known_args(given)
    command = commands[options.command]
    if unknown:
        known = re.findall(r"--[a-z][a-z-]*", command.format_help())
        close = did_you_mean(unknown[0].partition("=")[0], known) if unknown[0].startswith("-") else ""
        command.error(f"unknown: {printable(' '.join(unknown))}{close}")
    take_configuration(options, command)
    return options


def _command_of(arguments: Sequence[str]) -> tuple[str | None, bool]:
    """The first argument that is no option and no option's value, and whether the help of all may be asked for."""
    words = iter(arguments)
    others = False
    for word in words:
        if word == "--log-level":
            next(words, None)
        elif not word.startswith("-"):
            return word, others
        else:
            others = others or not word.startswith("--log-level=")
    return None, others


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
    return _parsers(_ADD)[0]


def _parsers(names: Iterable[str]) -> tuple[argparse.ArgumentParser, dict[str, argparse.ArgumentParser]]:
    """The parser of the whole line, and those of some commands."""
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

    def command(name: str, summary: str, epilog: str) -> argparse.ArgumentParser:
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

    for add in dict.fromkeys(_ADD[name] for name in names):
        add(command)
    return parser, made
