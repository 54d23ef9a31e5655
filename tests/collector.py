"""What would be left to the garbage collector, which in a process of this size comes by every few minutes at best."""

from __future__ import annotations

import gc
from collections import Counter
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


@contextmanager
def no_collector() -> Iterator[Callable[..., dict[str, int]]]:
    """Keeps the collector away; what is there before is collected.

    Gives a function that takes names of classes, and gives how many more objects of them there are than at first.
    """
    gc.collect()
    gc.disable()
    before = _objects()

    def held(*classes: str) -> dict[str, int]:
        more = _objects() - before
        return {name: more[name] for name in classes if more[name]}

    try:
        yield held
    finally:
        gc.enable()


def _objects() -> Counter[str]:
    return Counter(type(one).__name__ for one in gc.get_objects())
