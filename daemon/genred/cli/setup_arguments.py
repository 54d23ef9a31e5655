"""The command lines of what sets genred up and looks after it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from genred.cli.configuration_argument import add_configuration

if TYPE_CHECKING:
    import argparse
    from collections.abc import Callable

_SERVICE_CONFIG = Path("/etc/genred/genred.yaml")
"""Of the service."""


def add_devices(command: Callable[[str, str, str], argparse.ArgumentParser]) -> None:
    """Adds `devices`.

    Args:
        command: Makes the parser of a command of a name, with its summary and what stands below its help.
    """
    devices = command("devices", "list the soundcards that can capture", "")
    devices.add_argument("--json", action="store_true", help="print one JSON object per line and device")


def add_check_config(command: Callable[[str, str, str], argparse.ArgumentParser]) -> None:
    """Adds `check-config`; see `add_devices`."""
    check = command("check-config", "check a configuration and list every error", "")
    add_configuration(check)
    check.add_argument(
        "--show", action="store_true", help="print the complete configuration with defaults, secrets masked"
    )
    check.add_argument("--address", metavar="IP", help="check web.address as `genred web --address IP` overrides it")


def add_config_schema(command: Callable[[str, str, str], argparse.ArgumentParser]) -> None:
    """Adds `config-schema`; see `add_devices`."""
    command("config-schema", "print a JSON Schema of the configuration, for editors", "")


def add_config_example(command: Callable[[str, str, str], argparse.ArgumentParser]) -> None:
    """Adds `config-example`; see `add_devices`."""
    example = command("config-example", "print an example: a configuration, an automation, a dashboard", "")
    wanted = example.add_mutually_exclusive_group()
    wanted.add_argument("name", nargs="?", default="genred", metavar="NAME", help="[genred]")
    wanted.add_argument("--list", action="store_true", help="list all examples with a description")


def add_init(command: Callable[[str, str, str], argparse.ArgumentParser]) -> None:
    """Adds `init`; see `add_devices`."""
    init = command("init", "set up a configuration: ask for broker and stations, and test each answer", "")
    add_configuration(init, Path("genred.yaml"))


def add_test_mqtt(command: Callable[[str, str, str], argparse.ArgumentParser]) -> None:
    """Adds `test-mqtt`; see `add_devices`."""
    test_mqtt = command("test-mqtt", "test the broker of a configuration, step by step", "")
    add_configuration(test_mqtt)


def add_health(command: Callable[[str, str, str], argparse.ArgumentParser]) -> None:
    """Adds `health`; see `add_devices`."""
    health = command("health", "check whether the daemon is online at its broker (for health checks)", "")
    add_configuration(health)


def add_test_alert(command: Callable[[str, str, str], argparse.ArgumentParser]) -> None:
    """Adds `test-alert`; see `add_devices`."""
    test_alert = command("test-alert", "send a test message to every alert recipient and show the results", "")
    add_configuration(test_alert, _SERVICE_CONFIG)
    test_alert.add_argument("--to", metavar="NAME", help="only to the recipients of this alert")
