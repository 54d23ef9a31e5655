"""`genred test-mqtt`: is the broker of a configuration there, and does it let us in?"""

from __future__ import annotations

from typing import TYPE_CHECKING, TextIO

from genred.exit_codes import ExitCode
from genred.setup.broker_check import check_broker
from genred.setup.console import Console

if TYPE_CHECKING:
    from genred.config.schema import Config


def run(config: Config, writer: TextIO | None = None) -> ExitCode:
    """Tests the broker step by step and says what is found.

    Args:
        config: A valid configuration.
        writer: Where to say it; standard output by default.

    Returns:
        `OK`, or `UNAVAILABLE` when a step fails.
    """
    console = Console(writer=writer)
    console.write(f"broker {config.mqtt.broker.rpartition('@')[2]}, node {config.node}:")
    return ExitCode.OK if console.steps(check_broker(config)) else ExitCode.UNAVAILABLE
