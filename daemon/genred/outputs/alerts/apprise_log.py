"""What Apprise logs, taken as the reasons of failures: it returns no others, and logs anew at every attempt."""

from __future__ import annotations

import logging
import threading
from collections import deque

_MAX_MESSAGES = 100


class AppriseLog(logging.Handler):
    """Keeps the last warnings and errors of Apprise, with the number of each."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self._guard = threading.Lock()
        self._messages: deque[tuple[int, str]] = deque(maxlen=_MAX_MESSAGES)
        self._count = 0

    def emit(self, record: logging.LogRecord) -> None:
        """Takes a message; see `logging.Handler`."""
        with self._guard:
            self._count += 1
            self._messages.append((self._count, record.getMessage()))

    @property
    def count(self) -> int:
        """How many messages there were."""
        with self._guard:
            return self._count

    def since(self, count: int, service: str) -> str | None:
        """Gives the last message after the first `count` ones: of a service, if it names itself there."""
        with self._guard:
            messages = [message for number, message in self._messages if number > count]
        own = [message for message in messages if service.lower() in message.lower()] or messages
        return own[-1] if own else None


_LOG = AppriseLog()


def apprise_log() -> AppriseLog:
    """Gives the log, to which all that Apprise logs goes from the first call on."""
    logger = logging.getLogger("apprise")
    if _LOG not in logger.handlers:
        logger.addHandler(_LOG)
        # Its debug messages have addresses with their secrets in them.
        logger.setLevel(logging.WARNING)
        logger.propagate = False
    return _LOG
