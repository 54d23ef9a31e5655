"""All outputs as one: each gets everything, whatever another one does."""

from __future__ import annotations

import contextlib
import logging
import threading
import time
from collections import Counter
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from genred.events import DaemonEvent, Event, Output, StationProfile

_LOGGER = logging.getLogger(__name__)

CLOSE_WITHIN_S = 2.3
"""What all outputs together have for closing, after the stations have ended."""


class FanOut:
    """Passes on to every output; one that breaks its promise never to raise starves no other.

    Args:
        outputs: In the order in which they get each event.
    """

    def __init__(self, outputs: Sequence[Output]) -> None:
        self._outputs = list(outputs)
        self._faults: Counter[int] = Counter()
        self._dead: frozenset[int] = frozenset()

    def add(self, output: Output) -> None:
        """Adds an output behind the others."""
        self._outputs.append(output)

    def handle(self, event: Event) -> None:
        """Gives an event to each."""
        for output in self._outputs:
            with self._guard(output):
                output.handle(event)

    def handle_daemon(self, event: DaemonEvent) -> None:
        """Gives an event of the daemon as a whole to each."""
        for output in self._outputs:
            with self._guard(output):
                output.handle_daemon(event)

    def update(self, stations: Sequence[StationProfile]) -> None:
        """Passes on the stations as they are now."""
        for output in self._outputs:
            with self._guard(output):
                output.update(stations)

    def close(self) -> None:
        """Closes all together, within one deadline: an output that hangs takes no time from the others."""
        ends_at = time.monotonic() + CLOSE_WITHIN_S
        threads = {
            threading.Thread(target=self._close, args=(output,), name="genred-close", daemon=True): output
            for output in self._outputs
        }
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(max(0.0, ends_at - time.monotonic()))
        hanging = [type(output).__name__ for thread, output in threads.items() if thread.is_alive()]
        if hanging:
            _LOGGER.warning("%s: abandoned because it did not close in time", ", ".join(hanging))

    def _close(self, output: Output) -> None:
        with self._guard(output):
            output.close()

    def alive(self) -> bool:
        """Says whether every thread that the outputs need still runs."""
        dead = {id(output): output for output in self._outputs if not output.alive}
        for key, output in dead.items():
            if key not in self._dead:
                _LOGGER.error("%s: its thread died; the watchdog is no longer fed", type(output).__name__)
        self._dead = frozenset(dead)
        return not dead

    @contextlib.contextmanager
    def _guard(self, output: Output) -> Iterator[None]:
        try:
            yield
        except Exception as error:
            self._faults[id(output)] += 1
            count = self._faults[id(output)]
            level = logging.ERROR if count == 1 else logging.DEBUG
            _LOGGER.log(
                level, "%s: error %d in this output; it continues", type(output).__name__, count, exc_info=error
            )
