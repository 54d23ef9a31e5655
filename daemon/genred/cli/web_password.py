"""`genred web-password`: writes the hash of the pages' password."""

from __future__ import annotations

import getpass
import sys
from typing import TYPE_CHECKING

from genred.errors import UsageError
from genred.exit_codes import ExitCode
from genred.printable import printable

if TYPE_CHECKING:
    import argparse

LEAST_CHARACTERS = 8


def run(options: argparse.Namespace) -> ExitCode:
    """Asks for a password twice, or reads it from standard input, and writes its hash.

    Raises:
        UsageError: The two are not the same, or it is too short.
    """
    from genred.web.security.password import write_password

    if sys.stdin.isatty() or not options.stdin:
        password = getpass.getpass("Password for the web pages: ")
        if getpass.getpass("Repeat it: ") != password:
            raise UsageError("the two passwords differ")
    else:
        password = sys.stdin.readline().rstrip("\r\n")
    if len(password) < LEAST_CHARACTERS:
        raise UsageError(f"a password needs at least {LEAST_CHARACTERS} characters")
    write_password(options.file, password)
    print(f"written; add it to the configuration:\nweb:\n  password_file: {printable(str(options.file.absolute()))}")
    return ExitCode.OK
