"""Which of our messages a broker acknowledges and then drops: they do not come back to a subscriber of their topic."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

COMES_BACK_WITHIN_S = 2.0
"""A message acknowledged less than so long ago may still be on its way."""


@dataclass(slots=True)
class _Topic:
    """What was published on a topic and has not come back.

    Attributes:
        missing: Publications less returns; under 0 while a message is back before its acknowledgement.
        size: Of the last packet.
        at_s: When it was acknowledged.
    """

    missing: int = 0
    size: int = 0
    at_s: float = 0.0


class DroppedMessages:
    """Compares what is published with what comes back.

    Args:
        clock: Monotonic seconds.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._topics: dict[str, _Topic] = {}
        self._returned_size = 0

    def begin(self) -> None:
        """From now on, everything that is published on the topics in question comes back, or is dropped."""
        self._topics.clear()
        self._returned_size = 0

    def on_published(self, topic: str, size: int) -> None:
        """A packet of such a size has been acknowledged."""
        published = self._topics.setdefault(topic, _Topic())
        published.missing += 1
        published.size, published.at_s = size, self._clock()
        self._note_return(published)

    def on_message(self, topic: str) -> None:
        """A message has come on one of the topics."""
        published = self._topics.setdefault(topic, _Topic())
        published.missing -= 1
        self._note_return(published)

    def too_large(self) -> int | None:
        """The size of the smallest packet that does not come back, where all that do are smaller."""
        sizes = [self._topics[topic].size for topic in self._missing()]
        return min(sizes) if sizes and 0 < self._returned_size < min(sizes) else None

    def take_topics(self) -> Sequence[str]:
        """What does not come back, in the order of its first publication; each is told once."""
        found = self._missing()
        for topic in found:
            del self._topics[topic]
        return found

    def _missing(self) -> list[str]:
        latest_s = self._clock() - COMES_BACK_WITHIN_S
        return [topic for topic, each in self._topics.items() if each.missing > 0 and each.at_s <= latest_s]

    def _note_return(self, published: _Topic) -> None:
        if published.missing <= 0:
            self._returned_size = max(self._returned_size, published.size)
