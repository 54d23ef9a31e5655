"""Whose turn it is to rest, so that each has been at work for as long as any other, whatever share may work."""

from __future__ import annotations

from dataclasses import dataclass

AT_WORK_S = 20.0
"""While stations take turns, each works for so long between two rests: four times as long as the first window takes."""

GONE_AFTER_S = 30.0
"""Who has not asked for so long has nothing to do."""


@dataclass(slots=True)
class _Worker:
    """One that takes turns.

    Attributes:
        asked_at: Monotonic time of its last question.
        worked_s: For how long it has not rested.
        rests: Whether it is to.
    """

    asked_at: float
    worked_s: float
    rests: bool = False


class RestTurns:
    """Lets those rest that have been at work for longest, and work that have for shortest. For one thread.

    Args:
        now: Monotonic time.
    """

    def __init__(self, now: float) -> None:
        self._workers: dict[int, _Worker] = {}
        self._arranged_at = now
        self._changes = 0.0

    def rests(self, index: int, now: float) -> bool:
        """Says whether one is to rest.

        Args:
            index: Which one.
            now: Monotonic time.
        """
        worker = self._workers.get(index)
        if worker is None:
            worked_s = min((other.worked_s for other in self._workers.values()), default=0.0)
            worker = self._workers[index] = _Worker(now, worked_s)
        worker.asked_at = now
        return worker.rests

    def arrange(self, resting: float, now: float) -> None:
        """Decides anew; to be called about once a second.

        Args:
            resting: Share of all that are to rest.
            now: Monotonic time.
        """
        passed_s, self._arranged_at = now - self._arranged_at, now
        self._workers = {index: one for index, one in self._workers.items() if now - one.asked_at < GONE_AFTER_S}
        for one in self._workers.values():
            one.worked_s += 0.0 if one.rests else passed_s
        # The longest at work come last.
        by_work = sorted(self._workers.values(), key=lambda one: one.worked_s)
        wanted = round(resting * len(by_work))
        working, idle = [one for one in by_work if not one.rests], [one for one in by_work if one.rests]
        for one in working[len(by_work) - wanted :]:
            one.rests = True
        for one in idle[: max(0, len(idle) - wanted)]:
            one.rests = False
        if wanted and len(idle) == wanted:
            self._change(working, idle, passed_s)

    def _change(self, working: list[_Worker], idle: list[_Worker], passed_s: float) -> None:
        """Changes some over, a few at a time: all at once would be a second of much to do and four of little."""
        self._changes += len(working) * passed_s / AT_WORK_S
        count = int(self._changes)
        self._changes -= count
        for tired, rested in zip(reversed(working), idle[:count], strict=False):
            if tired.worked_s > rested.worked_s:
                tired.rests, rested.rests = True, False
