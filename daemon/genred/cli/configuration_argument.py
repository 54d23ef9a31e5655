"""The configuration on a command line: as FILE, and as -c FILE, with every command that is about one."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import argparse


def add_configuration(parser: argparse.ArgumentParser, default: Path | None = None, *alternatives: str) -> None:
    """Adds both ways to name a configuration.

    Args:
        parser: Of the command.
        default: Taken where none is given; None where the command needs one.
        alternatives: Destinations of options that do without a configuration.
    """
    given = parser.add_mutually_exclusive_group()
    meaning = "configuration file (YAML)" if default is None else f"configuration file (YAML) [{default}]"
    given.add_argument("file", nargs="?", type=Path, default=default, metavar="FILE", help=meaning)
    given.add_argument("-c", "--config", type=Path, metavar="FILE", help="same as FILE")
    parser.set_defaults(without_configuration=alternatives)


def take_configuration(options: argparse.Namespace, parser: argparse.ArgumentParser) -> None:
    """Sets `config` to the configuration that was given, where the command has one.

    Args:
        options: Of the command; changed.
        parser: Of the command; ends the process with what is missing.
    """
    if "without_configuration" not in options:
        return
    options.config = options.config or options.file
    does_without = any(getattr(options, name) for name in options.without_configuration)
    if options.config is None and not does_without:
        parser.error(f"no configuration given: `{parser.prog} FILE`; `genred init` writes one")
    if options.config is not None and does_without:
        parser.error(f"--{options.without_configuration[0]} takes no configuration")
