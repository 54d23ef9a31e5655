"""`genred web`: the pages."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from genred.config.read import load_config
from genred.exit_codes import ExitCode

if TYPE_CHECKING:
    import argparse


def run(options: argparse.Namespace) -> ExitCode:
    """Serves the pages of a configuration until SIGTERM or Ctrl-C.

    Raises:
        ConfigError: The configuration cannot be used.
        OutputError: The address cannot be used.
    """
    if options.demo:
        from genred.cli.web_demo import run as run_demo

        return run_demo(options)
    from genred.web.server import serve

    asyncio.run(serve(load_config(options.config), address=options.address, port=options.port))
    return ExitCode.OK
