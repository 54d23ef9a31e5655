"""The command line `genred-build`."""

from genred_build.cli.main import main

__all__ = ["main"]
