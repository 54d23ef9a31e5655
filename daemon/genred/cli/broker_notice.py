"""Says on standard error why there is no connection to the broker, as soon as that is known."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

from genred.cli.streams import complain

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Self, TextIO

_LOOK_S = 0.1


class BrokerNotice:
    """Prints a problem once, and each other one after it. A context manager.

    Args:
        problem: Says what is wrong in one line; None while nothing is.
        stream: Where to; standard error by default.
    """

    def __init__(self, problem: Callable[[], str | None], stream: TextIO | None = None) -> None:
        self._problem = problem
        self._stream = stream
        self._said: set[str] = set()
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._watch, name="broker notice", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ended.set()
        self._thread.join()
        self._look()

    def _watch(self) -> None:
        while not self._ended.wait(_LOOK_S):
            self._look()

    def _look(self) -> None:
        problem = self._problem()
        if problem is None or problem in self._said:
            return
        self._said.add(problem)
        complain(f"genred listen: {problem}", self._stream)
