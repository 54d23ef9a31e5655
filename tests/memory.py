"""How much memory something takes at its peak, the same whatever ran before it."""

from __future__ import annotations

import gc
import tracemalloc
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable


def peak_bytes(task: Callable[[], object]) -> int:
    """Gives the most that Python's allocators had in use for a task at once, beyond what they had before.

    What stays of a first run (caches, modules) counts too: a small task of the kind is to be run before.
    """
    # Tuples and floats that a young collection frees are kept in free lists, and handed out again untraced; one of all
    # generations empties the lists.
    gc.collect()
    tracemalloc.start()
    try:
        task()
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
