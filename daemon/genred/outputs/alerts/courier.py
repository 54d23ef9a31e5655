"""Takes notices to one recipient, in a thread of its own: several that come together as one message."""

from __future__ import annotations

import logging
import threading
from collections import deque
from typing import TYPE_CHECKING

from genred.backoff import Backoff
from genred.outputs.alerts.sender import SendError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from genred.clock import Clock
    from genred.outputs.alerts.desk import Notice
    from genred.outputs.alerts.digest import Digest
    from genred.outputs.alerts.sender import Sender

_log = logging.getLogger(__name__)

GATHER_S = 5.0
"""So long after the first notice others are waited for: many stations often fail at once."""

MAX_NOTICES = 200
"""That wait; of more, the oldest are dropped and counted."""

FIRST_RETRY_S = 10.0
LONGEST_RETRY_S = 600.0


class Courier:
    """Sends what it is given, and tries again until it is sent.

    Args:
        name: Of the recipient, for the log: without secrets.
        sender: Sends one message and waits for that.
        digest: Words them.
        clock: For tests.
    """

    def __init__(self, name: str, sender: Sender, digest: Digest, clock: Clock) -> None:
        self._name = name
        self._sender = sender
        self._digest = digest
        self._clock = clock
        self._backoff = Backoff(FIRST_RETRY_S, LONGEST_RETRY_S, least_share=0.5)
        self._changed = threading.Condition()
        self._waiting: deque[Notice] = deque()
        self._dropped = 0
        self._due_at_s = 0.0
        self._closing = False
        self._thread = threading.Thread(target=self._run, name=f"genred-alert {name}", daemon=True)

    def start(self) -> None:
        """Begins, unless it has begun."""
        if self._thread.ident is None:
            self._thread.start()

    @property
    def alive(self) -> bool:
        """Whether its thread runs."""
        return self._thread.is_alive()

    def give(self, notices: Sequence[Notice]) -> None:
        """Takes notices; never blocks."""
        with self._changed:
            if notices and not self._waiting and not self._backoff.attempts:
                self._due_at_s = self._clock.monotonic() + GATHER_S
            self._waiting.extend(notices)
            self._limit()
            self._changed.notify_all()

    def close(self) -> None:
        """Asks it to send at once what waits, and to end."""
        with self._changed:
            self._closing = True
            self._changed.notify_all()

    def await_end(self, timeout_s: float) -> None:
        """Waits until it has ended, for so long at most; logs what is left."""
        if self._thread.is_alive():
            self._thread.join(timeout_s)
        with self._changed:
            left = len(self._waiting) + self._dropped
        if left:
            _log.warning("%s: %d alerts could not be sent before shutdown", self._name, left)

    def _run(self) -> None:
        while True:
            with self._changed:
                while not self._closing and (not self._waiting or self._clock.monotonic() < self._due_at_s):
                    rest_s = self._due_at_s - self._clock.monotonic()
                    self._changed.wait(self._clock.timeout_s(rest_s) if self._waiting else None)
                if not self._waiting:
                    return
                batch, dropped = list(self._waiting), self._dropped
            title, body, tone = self._digest.message(batch, dropped)
            try:
                self._sender.send(title, body, tone)
            except SendError as error:
                self._failed(error)
            else:
                self._sent(batch, dropped)
            if self._closing:
                return

    def _failed(self, error: SendError) -> None:
        level = logging.DEBUG if self._backoff.attempts else logging.WARNING
        with self._changed:
            self._due_at_s = self._clock.monotonic() + self._backoff.next_wait_s()
        _log.log(level, "%s: an alert cannot be sent and will be retried: %s", self._name, error)

    def _sent(self, batch: list[Notice], dropped: int) -> None:
        if self._backoff.attempts:
            _log.warning("%s: alerts can be sent again, after %d attempts", self._name, self._backoff.attempts)
        with self._changed:
            self._backoff.succeed()
            sent = {id(notice) for notice in batch}
            self._waiting = deque(notice for notice in self._waiting if id(notice) not in sent)
            self._dropped -= min(dropped, self._dropped)
            self._due_at_s = self._clock.monotonic() + GATHER_S

    def _limit(self) -> None:
        while len(self._waiting) > MAX_NOTICES:
            self._waiting.popleft()
            self._dropped += 1
