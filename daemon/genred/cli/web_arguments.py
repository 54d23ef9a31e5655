"""The command lines of `genred web` and `genred web-password`."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from genred.cli.configuration_argument import add_configuration

if TYPE_CHECKING:
    from collections.abc import Callable


def add_web(command: Callable[[str, str, str], argparse.ArgumentParser]) -> None:
    """Adds both.

    Args:
        command: Makes the parser of a command of a name, with its summary and what stands below its help.
    """
    web = command("web", "serve the web pages: live view, airplay log, reports, classification", "")
    add_configuration(web, None, "demo")
    web.add_argument("--demo", action="store_true", help="show four synthesised stations, to try it out")
    web.add_argument("--address", metavar="IP", help="address to listen on, overrides web.address")
    web.add_argument("--port", type=_port, metavar="N", help="port to listen on, overrides web.port; 0: a free one")

    password = command("web-password", "set the password of the web pages: write its hash to a file", "")
    password.add_argument("file", type=Path, metavar="FILE", help="file that web.password_file names")
    password.add_argument(
        "--stdin", action="store_true", help="read the password from standard input instead of asking"
    )


def _port(text: str) -> int:
    if not text.isdecimal() or not 0 <= int(text) <= 65_535:
        raise argparse.ArgumentTypeError(f"{text!r} is not a port number from 0 to 65535")
    return int(text)
