"""What waits to be published: bounded, whatever the broker does.

Three kinds of message wait here, since they age differently. A retained topic is a value: only its newest content
matters, so there is one slot a topic and nothing to drop. An event happened, and each one counts: they wait in line,
and when the line is full the oldest goes and is counted. An answer to a command matters to whoever waits for it, and
anyone can ask for any number: they wait in a short line of their own, and never in the way of an event.
"""

from __future__ import annotations

import threading
from collections import deque
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

MAX_ANSWERS = 500
"""Answers that wait at most; of a flood of commands the oldest answers are dropped."""


@dataclass(frozen=True, slots=True)
class Message:
    """One publication.

    Attributes:
        topic: Without wildcards.
        payload: UTF-8; empty and retained removes the topic from the broker.
        retain: Whether the broker keeps it.
        shorter: Payloads that say less, each shorter than the one before, for a broker that takes small packets only.
        is_answer: Whether it answers a command.
    """

    topic: str
    payload: bytes
    retain: bool
    shorter: tuple[bytes, ...] = ()
    is_answer: bool = False

    @property
    def kind(self) -> str:
        """The last level of the topic, which tells what the message is."""
        return self.topic.rpartition("/")[2]

    def forms(self) -> Iterator[Message]:
        """The message as it should be, then the shorter ones."""
        yield self
        for payload in self.shorter:
            yield replace(self, payload=payload, shorter=())


class Outbox:
    """Retained values and queued events on their way to the broker; safe to use from any thread, never blocking.

    Args:
        capacity: Events kept at most.
        on_put: Called, outside the lock, when something is waiting that was not before.
    """

    def __init__(self, capacity: int, on_put: Callable[[], None] = lambda: None) -> None:
        self.on_put = on_put
        self._lock = threading.Lock()
        self._values: dict[str, Message] = {}
        # Newer values of some of these topics, that nobody has asked for yet.
        self._kept: dict[str, Callable[[], bytes]] = {}
        # A dict for a set that keeps its order: status before discovery before state, on every connect.
        self._due: dict[str, None] = {}
        self._events: deque[Message] = deque(maxlen=capacity)
        self._answers: deque[Message] = deque(maxlen=MAX_ANSWERS)
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
            return len(self._due) + len(self._events) + len(self._answers)

    def set(self, topic: str, payload: bytes, *, shorter: tuple[bytes, ...] = ()) -> None:
        """Gives a retained topic its newest value, which is published where it differs from the one set before.

        Args:
            topic: Without wildcards.
            payload: Not empty.
            shorter: See `Message`.
        """
        message = Message(topic, payload, retain=True, shorter=shorter)
        with self._lock:
            self._kept.pop(topic, None)
            changed = self._values.get(topic) != message
            self._values[topic] = message
            if changed:
                self._due[topic] = None
        if changed:
            self.on_put()

    def keep(self, topic: str, payload: Callable[[], bytes]) -> None:
        """Keeps a retained topic's newest value, for when it is next published; that need not be now.

        Args:
            topic: One that was `set` before.
            payload: Gives the value, not empty, from any thread; asked at most once, and only if it is published.
        """
        with self._lock:
            self._kept[topic] = payload

    def touch(self, topic: str) -> None:
        """Makes a retained value due though it has not changed."""
        with self._lock:
            if topic in self._values:
                self._due[topic] = None
        self.on_put()

    def remove(self, topic: str) -> None:
        """Removes a retained topic from the broker."""
        with self._lock:
            self._kept.pop(topic, None)
            self._values[topic] = Message(topic, b"", retain=True)
            self._due[topic] = None
        self.on_put()

    def append(self, topic: str, payload: bytes) -> None:
        """Puts an event at the end of the line; when that is full, the oldest is dropped and counted."""
        with self._lock:
            if len(self._events) == self._events.maxlen:
                self._dropped += 1
            self._events.append(Message(topic, payload, retain=False))
        self.on_put()

    def answer(self, topic: str, payload: bytes) -> None:
        """Puts an answer to a command behind the others; when there are too many, the oldest is dropped."""
        with self._lock:
            self._answers.append(Message(topic, payload, retain=False, is_answer=True))
        self.on_put()

    def take(self, comes_last: Callable[[Message], bool] = lambda _: False) -> Message | None:
        """Takes what is to be published next: values first, then events, then answers, each oldest first.

        Args:
            comes_last: Says of a value that all else goes before it.

        Returns:
            The message; None where nothing waits.
        """
        with self._lock:
            topic = next((topic for topic in self._due if not comes_last(self._newest(topic))), None)
            if topic is None:
                line = self._events or self._answers
                if line:
                    return line.popleft()
                topic = next(iter(self._due), None)
            if topic is None:
                return None
            del self._due[topic]
            return self._newest(topic)

    def settle(self, message: Message) -> None:
        """The broker has a message. A removed topic is forgotten with it."""
        with self._lock:
            if message.retain and not message.payload and self._is_removed(message.topic):
                del self._values[message.topic]
                self._due.pop(message.topic, None)

    def give_back(self, messages: list[Message]) -> None:
        """Takes back, oldest first, what was taken and perhaps never reached the broker."""
        with self._lock:
            for message in reversed(messages):
                if message.retain:
                    if message.topic in self._values:
                        self._due[message.topic] = None
                elif message.is_answer:
                    if len(self._answers) < MAX_ANSWERS:
                        self._answers.appendleft(message)
                elif len(self._events) == self._events.maxlen:
                    self._dropped += 1
                else:
                    self._events.appendleft(message)

    def renew(self) -> None:
        """Makes every retained value due again: after a connect, on a birth message."""
        with self._lock:
            self._due = dict.fromkeys(self._values)
        self.on_put()

    def _newest(self, topic: str) -> Message:
        """Gives a topic's value, made now where that was put off."""
        kept = self._kept.pop(topic, None)
        if kept is not None:
            self._values[topic] = replace(self._values[topic], payload=kept())
        return self._values[topic]

    def _is_removed(self, topic: str) -> bool:
        value = self._values.get(topic)
        return value is not None and not value.payload
