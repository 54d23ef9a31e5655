"""The longest of many, in constant memory."""

from __future__ import annotations

import heapq
from itertools import count
from typing import Generic, TypeVar

T = TypeVar("T")


class Longest(Generic[T]):
    """Keeps the longest items; of equal ones the earliest.

    Args:
        limit: How many are kept.
    """

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._heap: list[tuple[float, int, T]] = []
        self._numbers = count(0, -1)

    def add(self, seconds: float, item: T) -> None:
        """Takes the next item."""
        kept = (seconds, next(self._numbers), item)
        if len(self._heap) < self._limit:
            heapq.heappush(self._heap, kept)
        else:
            heapq.heappushpop(self._heap, kept)

    def by_time(self) -> list[T]:
        """Gives what is kept in the order in which it came."""
        return [item for _, _, item in sorted(self._heap, key=lambda kept: -kept[1])]

    def by_length(self) -> list[T]:
        """Gives what is kept, the longest first."""
        return [item for _, _, item in sorted(self._heap, key=lambda kept: kept[:2], reverse=True)]
