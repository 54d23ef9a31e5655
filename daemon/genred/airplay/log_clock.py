"""The log's own time: the wall clock, made to run forward only."""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from genred.airplay.rows import ClockStep

if TYPE_CHECKING:
    from genred.clock import Moment

STEP_S = 0.5
"""From here on a change of the wall clock against the monotonic one is a step; NTP slews what is less than 0.128 s
(RFC 5905), and a process that is interrupted between the two readings errs by less."""

_FOLLOW_S = 0.001
"""A drift of so much is followed."""

_SET_WITHIN_S = 86_400.0
"""So long after a power cut a network may be away that sets the clock; later it is set by hand."""

_KEPT = 256
"""Pieces of the past that are kept: events reach back by minutes, and pieces are made by drifting clocks only."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class _Piece:
    """The log's time from a monotonic time on; while it is ahead of the wall clock it runs at half speed."""

    monotonic_s: float
    log_s: float
    ahead_s: float

    def at(self, monotonic_s: float) -> float:
        elapsed_s = monotonic_s - self.monotonic_s
        if elapsed_s <= 0.0:
            return self.log_s + elapsed_s
        return self.log_s + max(elapsed_s / 2, elapsed_s - self.ahead_s)


@dataclass(frozen=True, slots=True)
class Jump:
    """The wall clock was set, or the machine slept.

    Attributes:
        step: The row of it.
        monotonic_s: When.
        until: Where the log's time goes on; `step.at` where it leaves nothing out.
        was_off: Whether the clock had stood still or begun anew while the machine was off, and was set only now.
    """

    step: ClockStep
    monotonic_s: float
    until: datetime
    was_off: bool = False

    @property
    def seconds(self) -> float:
        """How long the machine slept or was off; a set clock takes no time."""
        if self.was_off:
            return (self.until - self.step.at).total_seconds()
        return max(0.0, self.step.seconds) if self.step.suspended else 0.0


class LogClock:
    """Maps the monotonic time of one run to the log's time.

    A clock that is set forward makes the log's time jump with it. One that is set back cannot take the log along, whose
    entries would overlap: its time runs at half speed until the wall clock has caught up, as `adjtime(3)` does it.

    Args:
        run: Id of the daemon's start; moments of other runs are refused.
        not_before: The log's last time in earlier runs, aware; None for an empty log.
        after_boot: Whether the machine was started shortly before the run. What its clock is first set forward by, in
            time, it has been off: a board without a battery begins where its clock had stood, or long ago.
    """

    def __init__(self, run: str, not_before: datetime | None = None, *, after_boot: bool = False) -> None:
        self._run = run
        self._was_off = after_boot and not_before is not None
        self._set_until_s = float("inf")
        self._not_before_s = None if not_before is None else _seconds(not_before)
        self._pieces: list[_Piece] = []
        self._offset_s = 0.0
        self._suspended_s = 0.0
        self._newest_s = float("-inf")

    def observe(self, moment: Moment, suspended_s: float = 0.0) -> Jump | None:
        """Takes a reading of both clocks; older ones than the newest tell nothing new.

        Args:
            moment: Of this run.
            suspended_s: For how long the machine has slept since it was started.

        Returns:
            The jump, where the clock has been set or the machine slept since the last reading.

        Raises:
            ValueError: The moment is of another run.
        """
        if moment.run != self._run:
            raise ValueError(f"a moment of run {moment.run!r} in the log of run {self._run!r}")
        at, wall_s = moment.monotonic_s, _seconds(moment.utc)
        if not self._pieces:
            return self._begin(at, wall_s, suspended_s)
        if at <= self._newest_s:
            return None
        self._newest_s = at
        change_s = wall_s - at - self._offset_s
        slept_s, self._suspended_s = suspended_s - self._suspended_s, max(suspended_s, self._suspended_s)
        if abs(change_s) < _FOLLOW_S:
            return None
        self._offset_s = wall_s - at
        before_s = self._log_s(at)
        self._turn(at, before_s, wall_s)
        if abs(change_s) < STEP_S:
            return None
        step = ClockStep(
            run=self._run,
            at=_datetime(before_s),
            seconds=change_s,
            suspended=slept_s > STEP_S and abs(change_s - slept_s) < STEP_S,
        )
        was_off = self._was_off and not step.suspended and wall_s > before_s and at < self._set_until_s
        if was_off:
            self._was_off = False
        return Jump(step, at, _datetime(max(before_s, wall_s)), was_off)

    def at(self, monotonic_s: float) -> datetime:
        """Gives the log's time at a monotonic time; `observe` must have been called before.

        Never falls as `monotonic_s` rises.
        """
        return _datetime(self._log_s(monotonic_s))

    def ahead_s(self, monotonic_s: float) -> float:
        """How far the log's time is ahead of the wall clock."""
        return max(0.0, self._log_s(monotonic_s) - monotonic_s - self._offset_s)

    def _begin(self, at: float, wall_s: float, suspended_s: float) -> Jump | None:
        self._newest_s, self._offset_s, self._suspended_s = at, wall_s - at, suspended_s
        self._set_until_s = at + _SET_WITHIN_S
        log_s = wall_s if self._not_before_s is None else max(wall_s, self._not_before_s)
        self._pieces.append(_Piece(at, log_s, log_s - wall_s))
        if log_s - wall_s < STEP_S:
            return None
        step = ClockStep(run=self._run, at=_datetime(log_s), seconds=wall_s - log_s)
        return Jump(step, at, _datetime(log_s))

    def _turn(self, at: float, before_s: float, wall_s: float) -> None:
        self._pieces.append(_Piece(at, max(before_s, wall_s), max(0.0, before_s - wall_s)))
        del self._pieces[:-_KEPT]

    def _log_s(self, monotonic_s: float) -> float:
        index = bisect_right(self._pieces, monotonic_s, key=lambda piece: piece.monotonic_s)
        piece = self._pieces[max(0, index - 1)]
        log_s = piece.at(monotonic_s)
        if index == 0 and self._not_before_s is not None:
            return max(log_s, self._not_before_s)
        return log_s


def _seconds(at: datetime) -> float:
    return (at - _EPOCH) / timedelta(seconds=1)


def _datetime(seconds: float) -> datetime:
    return _EPOCH + timedelta(microseconds=round(seconds * 1e6))
