"""Work that takes a while, off the loop and one piece at a time, so that nobody can ask for all of the machine."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, TypeVar

from starlette.concurrency import run_in_threadpool

from genred.errors import GenredError

if TYPE_CHECKING:
    from collections.abc import Callable

T = TypeVar("T")


class BusyError(GenredError):
    """Too many wait already."""


class OneAtATime:
    """Runs work in a thread, the next piece when one is done.

    Args:
        at_most: Pieces that run or wait.
    """

    def __init__(self, at_most: int = 16) -> None:
        self._at_most = at_most
        self._asked = 0
        self._lock = asyncio.Lock()

    async def run(self, work: Callable[[], T]) -> T:
        """Does a piece of work.

        Raises:
            BusyError: Too many wait already.
        """
        if self._asked >= self._at_most:
            raise BusyError("too many requests at once; try again in a moment")
        self._asked += 1
        try:
            async with self._lock:
                return await run_in_threadpool(work)
        finally:
            self._asked -= 1
