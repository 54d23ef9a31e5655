"""`genred config-example`: the examples that come with genred, to begin with."""

from __future__ import annotations

from textwrap import fill, indent
from typing import TYPE_CHECKING

from genred.examples import example_files, read_example, summary
from genred.exit_codes import ExitCode

if TYPE_CHECKING:
    import argparse

_COLUMNS = 74


def run(options: argparse.Namespace) -> ExitCode:
    """Writes an example, or the names of all, to standard output.

    Raises:
        UsageError: There is none of this name.
    """
    if options.list:
        for name in example_files():
            print(name)
            print(indent(fill(summary(read_example(name)), _COLUMNS), "    "))
    else:
        print(read_example(options.name), end="")
    return ExitCode.OK
