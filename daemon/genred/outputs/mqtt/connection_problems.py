"""Why there is no connection to the broker: kept for whoever asks, and logged without flooding the log."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from genred.rate_limited_log import RateLimitedLog

if TYPE_CHECKING:
    from genred.outputs.mqtt.broker_settings import BrokerSettings

_log = logging.getLogger("genred.outputs.mqtt.connection")

_SUSPICIOUS_LOSSES = 3
"""So many short connections in a row: two clients of one id throw each other out like this, and a broker of version
3.1.1 (and mosquitto 2.0) does not say why it hangs up."""


class ConnectionProblems:
    """Warns once of each problem until a connection has held.

    Args:
        settings: Of the connection.
        settle_s: A connection that held for less did not come to use.

    Attributes:
        current: Why there is no connection, for people; None while there is one.
    """

    def __init__(self, settings: BrokerSettings, settle_s: float) -> None:
        self.current: str | None = None
        self._settings = settings
        self._settle_s = settle_s
        self._log = RateLimitedLog(_log)
        self._short_connections = 0

    def report(
        self,
        problem: str,
        *,
        held_s: float | None = None,
        is_size_suspected: bool = False,
        with_traceback: bool = False,
    ) -> None:
        """Takes a problem.

        Args:
            problem: For people.
            held_s: How long the broker had accepted the connection; None where it never did.
            is_size_suspected: Whether a packet may have been larger than the broker takes.
            with_traceback: Whether the exception being handled is logged with it.
        """
        is_short = held_s is not None and held_s < self._settle_s and not is_size_suspected
        self._short_connections = self._short_connections + 1 if is_short else 0
        if self._short_connections >= _SUSPICIOUS_LOSSES:
            problem += (
                f"; this keeps happening right after the connect: has another client the id "
                f"{self._settings.client_id!r}? Give each machine its own node (or mqtt.client_id)"
            )
        self.current = problem
        self._log.warn(f"no connection to the broker: {problem}", kind=problem, with_traceback=with_traceback)

    def solve(self) -> None:
        """A connection stands."""
        self.current = None

    def forget(self) -> None:
        """A connection has held: each problem is worth a warning again."""
        self._log.forget()
