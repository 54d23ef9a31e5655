"""The command lines of `genred web` and `genred web-password`."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable


def add_web(command: Callable[[str, str], argparse.ArgumentParser]) -> None:
    """Adds both.

    Args:
        command: Makes the parser of a command of a name, with its summary.
    """
    web = command("web", "serve the pages: live, airplay, reports, classify")
    which = web.add_mutually_exclusive_group(required=True)
    which.add_argument("-c", "--config", type=Path, metavar="FILE", help="the configuration, YAML")
    which.add_argument("--demo", action="store_true", help="of four stations that genred synthesises, to try it")
    web.add_argument("--address", metavar="IP", help="to listen on, in place of web.address")
    web.add_argument("--port", type=_port, metavar="N", help="in place of web.port; 0 for a free one")

    password = command("web-password", "write the password of the pages, as a hash, into a file")
    password.add_argument("file", type=Path, metavar="FILE", help="for web.password_file")
    password.add_argument("--stdin", action="store_true", help="read it from standard input instead of asking")


def _port(text: str) -> int:
    if not text.isdecimal() or not 0 <= int(text) <= 65_535:
        raise argparse.ArgumentTypeError(f"{text!r} is no port from 0 to 65535")
    return int(text)
