"""What lies between a station's reader and its analysis: bounded, in order, never silently lossy."""

from __future__ import annotations

import threading
from collections import deque
from dataclasses import replace
from typing import TYPE_CHECKING

from genred.audio import SAMPLE_RATE_HZ, AudioBlock
from genred.stations.messages import ItemReceived

if TYPE_CHECKING:
    from genred.stations.messages import Message

CAPACITY_S = 30.0
"""Seconds of audio that may wait: 2.6 MB. A machine that is further behind will not catch up."""


class Inbox:
    """A queue of messages, bounded by the seconds of audio in it.

    Only audio takes room and only audio waits for it: whoever stops or resets a station must never wait for an
    analysis that hangs.

    Args:
        lossy: Whether the oldest audio makes room for the newest (live sources), or the writer of audio waits.
        capacity_s: Seconds of audio that may wait.
    """

    def __init__(self, *, lossy: bool, capacity_s: float = CAPACITY_S) -> None:
        self._lossy = lossy
        self._capacity_samples = round(capacity_s * SAMPLE_RATE_HZ)
        self._messages: deque[Message] = deque()
        self._samples = 0
        self._changed = threading.Condition()
        self._closed = False

    def put(self, message: Message) -> bool:
        """Adds a message; audio waits for room where the inbox is not lossy.

        Returns:
            False when the inbox was closed meanwhile and the message is not in it.
        """
        with self._changed:
            if not self._lossy and _samples(message):
                self._changed.wait_for(lambda: self._closed or self._samples < self._capacity_samples)
            if self._closed:
                return False
            self._messages.append(message)
            self._samples += _samples(message)
            while self._lossy and self._samples > self._capacity_samples:
                self._drop_oldest()
            self._changed.notify_all()
            return True

    def take(self) -> list[Message]:
        """Gives all that waits."""
        with self._changed:
            taken = list(self._messages)
            self._messages.clear()
            self._samples = 0
            self._changed.notify_all()
            return taken

    def close(self) -> None:
        """Takes nothing more, and wakes everybody who waits; what is in it can still be taken."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()

    @property
    def seconds(self) -> float:
        """Of audio that waits."""
        return self._samples / SAMPLE_RATE_HZ

    @property
    def closed(self) -> bool:
        """Whether it was closed."""
        return self._closed

    def _drop_oldest(self) -> None:
        """Drops the oldest audio and notes its length at the audio that follows it."""
        index = next(index for index, message in enumerate(self._messages) if _samples(message))
        oldest = self._messages[index]
        assert isinstance(oldest, ItemReceived)  # noqa: S101 - only these have samples
        samples = _samples(oldest)
        self._samples -= samples
        dropped_s = oldest.dropped_s + samples / SAMPLE_RATE_HZ
        del self._messages[index]
        for later in range(index, len(self._messages)):
            message = self._messages[later]
            if isinstance(message, ItemReceived) and isinstance(message.item, AudioBlock):
                self._messages[later] = replace(message, dropped_s=message.dropped_s + dropped_s)
                return


def _samples(message: Message) -> int:
    if isinstance(message, ItemReceived) and isinstance(message.item, AudioBlock):
        return message.item.samples.size
    return 0
