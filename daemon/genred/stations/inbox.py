"""What lies between a station's reader and its analysis: bounded, in order, never silently lossy."""

from __future__ import annotations

import threading
from collections import deque
from dataclasses import replace
from typing import TYPE_CHECKING

from genred.audio import SAMPLE_RATE_HZ, SourceInfo
from genred.sources.source import Title
from genred.stations.messages import ItemReceived, is_audio

if TYPE_CHECKING:
    from genred.stations.messages import Message

CAPACITY_S = 30.0
"""Seconds of audio that may wait: 2.6 MB. A machine that is further behind will not catch up."""

LEAST_BLOCK_S = 0.02
"""Room that a block takes at least: a source that floods with tiny ones must fill neither the memory nor a turn."""

MAX_NEWS = 1_000
"""Titles and the like that may wait, for the same reason; of more, the oldest are dropped."""


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
        self._news = 0
        self._changed = threading.Condition()
        self._closed = False

    def put(self, message: Message) -> bool:
        """Adds a message; audio waits for room where the inbox is not lossy.

        Returns:
            False when the inbox was closed meanwhile and the message is not in it.
        """
        with self._changed:
            if not self._lossy and is_audio(message):
                self._changed.wait_for(lambda: self._closed or self._samples < self._capacity_samples)
            if self._closed:
                return False
            self._messages.append(message)
            self._samples += _room_samples(message)
            self._news += _is_news(message)
            while self._lossy and self._samples > self._capacity_samples:
                self._drop_oldest_audio()
            if self._news > MAX_NEWS:
                del self._messages[next(index for index, one in enumerate(self._messages) if _is_news(one))]
                self._news -= 1
            self._changed.notify_all()
            return True

    def take(self) -> list[Message]:
        """Gives all that waits."""
        with self._changed:
            taken = list(self._messages)
            self._messages.clear()
            self._samples = self._news = 0
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

    def _drop_oldest_audio(self) -> None:
        """Drops the oldest audio and notes its length at the audio that follows it."""
        index = next(index for index, message in enumerate(self._messages) if is_audio(message))
        oldest = self._messages[index]
        assert is_audio(oldest)  # noqa: S101 - as was looked for
        self._samples -= _room_samples(oldest)
        dropped_s = oldest.dropped_s + oldest.audio_s
        del self._messages[index]
        for later in range(index, len(self._messages)):
            message = self._messages[later]
            if is_audio(message):
                self._messages[later] = replace(message, dropped_s=message.dropped_s + dropped_s)
                return


def _is_news(message: Message) -> bool:
    return isinstance(message, ItemReceived) and isinstance(message.item, Title | SourceInfo)


def _room_samples(message: Message) -> int:
    return round(max(LEAST_BLOCK_S, message.audio_s) * SAMPLE_RATE_HZ) if is_audio(message) else 0
