"""What would be left to the garbage collector, which in a process of this size comes by every few minutes at best."""

from __future__ import annotations

import gc
from collections import Counter
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator


@contextmanager
def no_collector() -> Iterator[None]:
    """Keeps it away; what is there before is collected."""
    gc.collect()
    gc.disable()
    try:
        yield
    finally:
        gc.enable()


def held(*classes: str) -> dict[str, int]:
    """Gives how many objects there are of classes of these names; those without any are left out."""
    found = Counter(type(one).__name__ for one in gc.get_objects())
    return {name: found[name] for name in classes if found[name]}
