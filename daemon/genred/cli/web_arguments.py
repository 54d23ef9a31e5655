"""The command lines of `genred web` and `genred web-password`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from genred.cli.configuration_argument import add_configuration
from genred.option_numbers import whole_number

if TYPE_CHECKING:
    import argparse
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
    web.add_argument(
        "--port",
        type=whole_number(0, 65_535, "port number"),
        metavar="N",
        help="port to listen on, overrides web.port; 0: a free one",
    )

    password = command("web-password", "set the password of the web pages: write its hash to a file", "")
    password.add_argument("file", type=Path, metavar="FILE", help="file that web.password_file names")
    password.add_argument(
        "--stdin", action="store_true", help="read the password from standard input instead of asking"
    )
