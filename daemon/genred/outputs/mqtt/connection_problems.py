"""Why there is no connection to the broker: kept for whoever asks, and logged without flooding the log."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from genred.rate_limited_log import RateLimitedLog

if TYPE_CHECKING:
    from genred.broker.settings import BrokerSettings

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
        is_disputed: Whether another daemon publishes as the same node, which has been said already: that connections
            are lost to it, and come back, is no news.
    """

    def __init__(self, settings: BrokerSettings, settle_s: float) -> None:
        self.current: str | None = None
        self.is_disputed = False
        self._is_news = True
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
        self.current = problem
        if self.is_disputed and held_s is not None:
            self._is_news = False
            _log.debug("probably taken over by the other daemon of this node: %s", problem)
            return
        if self._short_connections >= _SUSPICIOUS_LOSSES:
            problem += (
                f"; this keeps happening right after connecting: does another client use the id "
                f"{self._settings.client_id!r}? Give each machine its own node (or mqtt.client_id)"
            )
        self.current = problem
        warning = f"no connection to the broker: {problem}"
        # A connection is the end of every problem since the last one, also of those that came again meanwhile.
        self._is_news |= self._log.warn(warning, kind=problem, with_traceback=with_traceback)

    def solve(self) -> bool:
        """A connection stands. Returns whether that is news: the first one, or the end of what has been warned of."""
        self.current = None
        is_news, self._is_news = self._is_news, False
        return is_news

    def forget(self) -> None:
        """A connection has held: each problem is worth a warning again."""
        self._log.forget()
