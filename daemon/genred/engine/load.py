"""What a worker gives up while the machine is too slow for its stations: in an order, evenly, and in the open."""

from __future__ import annotations

import logging
import time
from collections import deque
from dataclasses import dataclass
from typing import TYPE_CHECKING

from genred.engine.rest_turns import RestTurns

if TYPE_CHECKING:
    from collections.abc import Callable

_LOGGER = logging.getLogger(__name__)

LOOK_EVERY_S = 1.0
"""How often the load is judged."""

LATE_S = 0.5
"""When audio waits for longer than this, on the average over all stations, more is given up."""

SHRINKS = 0.97
"""What waits is being worked off while it falls to this of what waited before, and then nothing more is given up."""

LONG_S = 1.0
LONG_SHRINKS = 0.85
"""What waits for longer than `LONG_S` must shrink by so much a second: else it would be late for a minute."""

STEP_S = 0.5
"""So much more of waiting, and one step more is given up at once: the machine may have halved what it gives."""

TOO_LATE_S = 1.25
"""What waits for longer is given up undecoded, where windows are given up anyway: it is no news any more."""

PROMPT_S = 0.2
"""When it waits for less, for a while, something is taken up again."""

CALM_S = 10.0
"""So long the load must have been light; twice as long after each relapse."""

LONGEST_CALM_S = 300.0

RELAPSE_S = 60.0
"""What was taken up again and had to be given up within this time and as long as was waited, was taken up too early."""

RAISE_EVERY_S = 2.0
"""What is given up takes a while to show."""

EASY_BUSY = 0.8
EASY_CALM_S = 3.0
"""A worker that would be busy for less of the time takes things up again after so short a calm."""

DECODING = 0.6
RESTING = 0.03
"""Shares of the whole work for a station: of decoding and features, which every window needs, and of reading what is
not decoded. Measured with 128 kbit/s MP3; the network and what follows it are the rest."""


@dataclass(frozen=True, slots=True)
class Effort:
    """How much is done for each station.

    Attributes:
        refreshes: Whether what did not change is published again with each window.
        one_window_in: Of so many windows one is analysed.
        resting: Share of the stations whose audio is not even decoded, in turn.
    """

    refreshes: bool = True
    one_window_in: int = 1
    resting: float = 0.0

    @property
    def work(self) -> float:
        """Share of the whole work."""
        return (1.0 - self.resting) * (DECODING + (1.0 - DECODING) / self.one_window_in) + self.resting * RESTING


EFFORTS = (
    Effort(),
    Effort(refreshes=False),
    Effort(refreshes=False, one_window_in=2),
    Effort(refreshes=False, one_window_in=3),
    Effort(refreshes=False, one_window_in=4),
    *(Effort(refreshes=False, one_window_in=4, resting=eighths / 8) for eighths in range(1, 8)),
)
"""From all to the least, in the order in which things are given up."""


class Load:
    """Judges by how late audio is whether a worker keeps up, and says what it is to give up. For one thread.

    Args:
        name: Of the worker, for the log.
        clock: Monotonic seconds; for tests.
        idle_s: Gives the seconds that the worker has had nothing to do so far.

    Attributes:
        longest_s: For how long audio of any station has waited, at most, between the last two looks and since.
    """

    def __init__(
        self, name: str, clock: Callable[[], float] = time.monotonic, idle_s: Callable[[], float] = lambda: 0.0
    ) -> None:
        self._name = name
        self._clock = clock
        self._idle_s = idle_s
        self._level = 0
        self._turns = RestTurns(clock())
        self._late_s = 0.0
        self._notes = 0
        self._before_s = 0.0
        self._longest_s = 0.0
        self.longest_s = 0.0
        self._looked_at = self._calm_since = clock()
        self._idle_before_s = idle_s()
        self._busy: deque[float] = deque(maxlen=round(EASY_CALM_S / LOOK_EVERY_S))
        self._calm_s = CALM_S
        self._eased_at = self._raised_at = float("-inf")
        self._log_at = float("-inf")

    @property
    def effort(self) -> Effort:
        """What is done for each station now."""
        return EFFORTS[self._level]

    @property
    def overloaded(self) -> bool:
        """Whether windows are given up."""
        return self.effort.one_window_in > 1

    def note(self, late_s: float) -> None:
        """Takes how long audio waited before it was analysed, in seconds, beyond what is meant to gather."""
        self._late_s += late_s
        self._notes += 1
        self._longest_s = max(self._longest_s, late_s)
        self.longest_s = max(self.longest_s, late_s)
        self.look()

    def look(self) -> None:
        """Judges what was noted since the last look, where that was `LOOK_EVERY_S` ago; to be called at least so often.

        A worker that is behind comes to its timers late, but to the audio that it notes always.
        """
        now = self._clock()
        passed_s = now - self._looked_at
        if passed_s < LOOK_EVERY_S:
            return
        idle_s, self._idle_before_s = self._idle_s() - self._idle_before_s, self._idle_s()
        self._busy.append(1.0 - idle_s / passed_s)
        self._looked_at = now
        late_s = self._late_s / self._notes if self._notes else 0.0
        self._late_s, self._notes = 0.0, 0
        self.longest_s, self._longest_s = self._longest_s, 0.0
        before_s, self._before_s = self._before_s, late_s
        if late_s >= PROMPT_S:
            self._calm_since = now
        if late_s > LATE_S:
            self._raise(late_s, before_s, now)
        elif self._level and now - self._calm_since >= (EASY_CALM_S if self._would_be_easy() else self._calm_s):
            self._calm_since = self._eased_at = now
            self._enter(self._level - 1, now)
        elif not self._level and now - self._calm_since >= LONGEST_CALM_S:
            self._calm_s = CALM_S
        self._turns.arrange(self.effort.resting, now)

    def _raise(self, late_s: float, before_s: float, now: float) -> None:
        """Gives up more, unless what waits shrinks already or what was given up last has not shown yet."""
        is_long = late_s > LONG_S
        if late_s < (LONG_SHRINKS if is_long else SHRINKS) * before_s:
            return
        if now - self._raised_at < (LOOK_EVERY_S if is_long else RAISE_EVERY_S):
            return
        self._raised_at = now
        if now - self._eased_at < self._calm_s + RELAPSE_S:
            self._calm_s, self._eased_at = min(2 * self._calm_s, LONGEST_CALM_S), float("-inf")
        steps = 1 + int((late_s - LATE_S) / STEP_S)
        self._enter(min(self._level + steps, len(EFFORTS) - 1), now)

    def _would_be_easy(self) -> bool:
        """Whether the worker had time to spare if it took up what it gave up last."""
        more = EFFORTS[self._level - 1].work / self.effort.work
        return more * sum(self._busy) / len(self._busy) < EASY_BUSY

    def rests(self, index: int, late_s: float = 0.0) -> bool:
        """Says whether it is a station's turn to rest, or what it has is too old to be of use.

        Args:
            index: Of the station.
            late_s: For how long its audio has waited.
        """
        if self.overloaded and late_s > TOO_LATE_S:
            return True
        return self._turns.rests(index, self._clock())

    def _enter(self, level: int, now: float) -> None:
        before, self._level = self.overloaded, level
        if self.overloaded and not before:
            if now - self._log_at > LONGEST_CALM_S:
                self._log_at = now
                _LOGGER.warning(
                    "%s: there are more stations than the machine can handle; windows are dropped evenly", self._name
                )
        elif before and not self.overloaded:
            _LOGGER.info("%s: the machine is keeping up again", self._name)
