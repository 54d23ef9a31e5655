"""The command line: one module a command, and the parser that knows them all."""

from genred.cli.main import main

__all__ = ["main"]
