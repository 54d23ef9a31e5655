"""`genred test-alert`: one message to each who is to be told of faults."""

from __future__ import annotations

from typing import TYPE_CHECKING

from genred.config.read import load_config
from genred.setup import alert_test

if TYPE_CHECKING:
    import argparse

    from genred.exit_codes import ExitCode


def run(options: argparse.Namespace) -> ExitCode:
    """Sends the messages.

    Raises:
        ConfigError: The configuration holds faults or no alerts.
        OutputError: Apprise is not installed.
    """
    return alert_test.run(load_config(options.config), options.to)
