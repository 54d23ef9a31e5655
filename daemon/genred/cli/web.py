"""`genred web`: the pages."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from typing import TYPE_CHECKING

from genred.cli.signals import interrupted_by_sigterm
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
    if options.log_level is None:
        # Where the pages are is good to know; what uvicorn and Gradio do is not.
        logging.getLogger("genred.web").setLevel(logging.INFO)
    # uvicorn closes down on a signal, and then raises it again: what is removed at the end is removed after that.
    with interrupted_by_sigterm(), contextlib.suppress(KeyboardInterrupt):
        if options.demo:
            from genred.cli.web_demo import run as run_demo

            return run_demo(options)
        from genred.web.server import serve

        config = load_config(options.config, needs_stations=False)
        asyncio.run(serve(config, options.config, address=options.address, port=options.port))
    return ExitCode.OK
