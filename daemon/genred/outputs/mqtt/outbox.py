"""What waits to be published: bounded, whatever the broker does.

Two kinds of message wait here, since they age differently. A retained topic is a value: only its newest content
matters, so there is one slot a topic and nothing to drop. An event happened, and each one counts: they wait in line,
and when the line is full the oldest goes and is counted.
"""

from __future__ import annotations

import threading
from collections import deque
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable


@dataclass(frozen=True, slots=True)
class Message:
    """One publication.

    Attributes:
        topic: Without wildcards.
        payload: UTF-8; empty and retained removes the topic from the broker.
        retain: Whether the broker keeps it.
    """

    topic: str
    payload: bytes
    retain: bool


class Outbox:
    """Retained values and queued events on their way to the broker; safe to use from any thread, never blocking.

    Args:
        capacity: Events kept at most.
        on_put: Called, outside the lock, when something is waiting that was not before.
    """

    def __init__(self, capacity: int, on_put: Callable[[], None] = lambda: None) -> None:
        self.on_put = on_put
        self._lock = threading.Lock()
        self._values: dict[str, bytes] = {}
        # A dict for a set that keeps its order: status before discovery before state, on every connect.
        self._due: dict[str, None] = {}
        self._events: deque[Message] = deque(maxlen=capacity)
        self._dropped = 0

    @property
    def dropped(self) -> int:
        """Events given up since the start because the line was full."""
        with self._lock:
            return self._dropped

    @property
    def depth(self) -> int:
        """Messages waiting now."""
        with self._lock:
            return len(self._due) + len(self._events)

    def set(self, topic: str, payload: bytes, *, publish: bool = True) -> None:
        """Gives a retained topic its newest value, which is published where it differs from the one before.

        Args:
            topic: Without wildcards.
            payload: Not empty.
            publish: False only keeps the value, for the next `touch` or `renew`.
        """
        with self._lock:
            changed = self._values.get(topic) != payload
            self._values[topic] = payload
            if publish and changed:
                self._due[topic] = None
        if publish and changed:
            self.on_put()

    def touch(self, topic: str) -> None:
        """Makes a retained value due though it has not changed."""
        with self._lock:
            if topic in self._values:
                self._due[topic] = None
        self.on_put()

    def remove(self, topic: str) -> None:
        """Removes a retained topic from the broker."""
        with self._lock:
            self._values[topic] = b""
            self._due[topic] = None
        self.on_put()

    def append(self, topic: str, payload: bytes) -> None:
        """Puts an event at the end of the line; when that is full, the oldest is dropped and counted."""
        with self._lock:
            if len(self._events) == self._events.maxlen:
                self._dropped += 1
            self._events.append(Message(topic, payload, retain=False))
        self.on_put()

    def take(self) -> Message | None:
        """Takes what is to be published next: values first, then events, oldest first; None where nothing waits."""
        with self._lock:
            if self._due:
                topic = next(iter(self._due))
                del self._due[topic]
                return Message(topic, self._values[topic], retain=True)
            return self._events.popleft() if self._events else None

    def settle(self, message: Message) -> None:
        """The broker has a message. A removed topic is forgotten with it."""
        with self._lock:
            if message.retain and not message.payload and self._values.get(message.topic) == b"":
                del self._values[message.topic]
                self._due.pop(message.topic, None)

    def give_back(self, messages: list[Message]) -> None:
        """Takes back, oldest first, what was taken and perhaps never reached the broker."""
        with self._lock:
            for message in reversed(messages):
                if message.retain:
                    if message.topic in self._values:
                        self._due[message.topic] = None
                elif len(self._events) == self._events.maxlen:
                    self._dropped += 1
                else:
                    self._events.appendleft(message)

    def renew(self) -> None:
        """Makes every retained value due again: after a connect, on a birth message."""
        with self._lock:
            self._due = dict.fromkeys(self._values)
        self.on_put()
