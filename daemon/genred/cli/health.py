"""`genred health`: whether the daemon is online, for health checks of containers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from genred.config.read import load_config
from genred.exit_codes import ExitCode
from genred.setup.health import check_online

if TYPE_CHECKING:
    import argparse


def run(options: argparse.Namespace) -> ExitCode:
    """Says whether the broker has the daemon of a configuration as online.

    Raises:
        ConfigError: The configuration cannot be used.
        OutputError: It is not online.
    """
    print(check_online(load_config(options.config)))
    return ExitCode.OK
