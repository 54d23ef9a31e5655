"""`genred test-mqtt`: the broker of a configuration, step by step, without questions."""

from __future__ import annotations

from typing import TYPE_CHECKING

from genred.config.read import load_config
from genred.setup import broker_test as test_mqtt

if TYPE_CHECKING:
    import argparse

    from genred.exit_codes import ExitCode


def run(options: argparse.Namespace) -> ExitCode:
    """Resolves, connects, logs in, publishes and reads back.

    Raises:
        ConfigError: The configuration holds faults.
    """
    return test_mqtt.run(load_config(options.config))
