"""How long tests wait for what must come."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

PATIENCE_S = 60.0
"""Of no account while all is well, as waits end with what they are for; on a busy machine it may take long to come."""


def wait_until(condition: Callable[[], bool], timeout_s: float = PATIENCE_S) -> None:
    """Waits for what comes about by itself, and tells nobody."""
    until_s = time.monotonic() + timeout_s
    while not condition():
        assert time.monotonic() < until_s, "it did not come about"
        time.sleep(0.02)
