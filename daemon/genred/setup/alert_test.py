"""`genred test-alert`: do messages reach those who are to be told?"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, TextIO

from genred.config.types.suggestion import did_you_mean
from genred.errors import ConfigError, OutputError, UsageError
from genred.exit_codes import ExitCode
from genred.outputs.alerts.recipients import MISSING, has_apprise, open_senders
from genred.outputs.alerts.sender import SendError
from genred.setup.console import Console
from genred.setup.step import CheckStep

if TYPE_CHECKING:
    from collections.abc import Iterator

    from genred.config.schema import AlertConfig, Config
    from genred.outputs.alerts.sender import Sender


def run(config: Config, name: str | None = None, writer: TextIO | None = None) -> ExitCode:
    """Sends one message to each recipient and says what came of it.

    Args:
        config: A valid configuration.
        name: Of the alert whose recipients are meant; all where it is None.
        writer: Where to say it; standard output by default.

    Returns:
        `OK`, or `UNAVAILABLE` where a message could not be sent.

    Raises:
        ConfigError: There are no alerts.
        UsageError: There are none of that name.
        OutputError: Apprise is not installed.
    """
    alerts = config.alerts or {}
    if not alerts:
        raise ConfigError("there is no section `alerts` in the configuration; docs/expectations.md has examples")
    if name is not None and name not in alerts:
        raise UsageError(
            f"there is no alert {name!r}{did_you_mean(name, list(alerts))}; the alerts are {', '.join(alerts)}"
        )
    if not has_apprise():
        raise OutputError(f"alerts: {MISSING}")
    console = Console(writer=writer)
    console.write(f"node {config.node}, one message to each recipient:")
    meant = {name: alerts[name]} if name is not None else alerts
    steps = (step for key, alert in meant.items() for step in _steps(config, key, alert))
    return ExitCode.OK if console.steps(steps) else ExitCode.UNAVAILABLE


def _steps(config: Config, name: str, alert: AlertConfig) -> Iterator[CheckStep]:
    try:
        senders = open_senders(name, alert)
    except ConfigError as error:
        yield CheckStep(name, False, str(error))
        return
    for number, sender in enumerate(senders, 1):
        yield _send(config, name, sender, f" number {number}" if len(senders) > 1 else "")


def _send(config: Config, name: str, sender: Sender, which: str) -> CheckStep:
    title = "genred: a test" if config.node == "genred" else f"genred {config.node}: a test"
    body = f"This is a test of the alert {name}. Nothing is wrong."
    began_s = time.monotonic()
    try:
        sender.send(title, body, "info")
    except SendError as error:
        return CheckStep(name, False, f"{sender.service}{which}: not sent: {error}")
    return CheckStep(name, True, f"{sender.service}{which}: sent after {time.monotonic() - began_s:.1f} s")
