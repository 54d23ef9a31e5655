"""Shares of time: over the last while, or over a span of the day."""

from __future__ import annotations

from typing import TYPE_CHECKING

from genred.events import ExpectationFigure
from genred.expectations.rolling_sums import RollingSums
from genred.expectations.rule import Rule

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from genred.expectations.on_air import OnAir

LEAST_ANSWERED = 0.5
"""Of the period, so much must be time in which it was known what is on air; before, no share is judged."""

MARGIN = 0.05
"""What a broken share must be better than expected before it counts as met."""

DWELL_SHARE = 0.05
"""Of the period: so long a share must be broken or met before it counts."""

_TOLERANCE_S = 1e-6


class _Limits:
    """The shares that are expected, of time that is answered.

    Args:
        shares: By label.
        at_least: Whether they are the least; else they are the most.
    """

    def __init__(self, shares: Mapping[str, float], *, at_least: bool) -> None:
        self.labels = tuple(shares)
        self._shares = tuple(shares.values())
        self._at_least = at_least

    def columns(self, on_air: OnAir) -> tuple[int, ...]:
        """The sums that time counts for: the first is of all answered time."""
        if not on_air.labels:
            return ()
        return (0, *[number for number, label in enumerate(self.labels, 1) if label in on_air.labels])

    def is_broken(self, sums: Sequence[float], remaining_s: float, needed_s: float, *, margin: float) -> bool | None:
        """Judges sums as far as it is certain, whatever is on air in what remains."""
        answered_s = sums[0]
        if answered_s < needed_s:
            return None
        whole_s = answered_s + remaining_s
        is_met = True
        for share, part_s in zip(self._shares, sums[1:], strict=True):
            if self._is_broken(share, part_s, remaining_s, whole_s):
                return True
            is_met = is_met and self._is_met(share, part_s, remaining_s, whole_s, margin)
        return False if is_met else None

    def figures(self, sums: Sequence[float]) -> tuple[ExpectationFigure, ...]:
        """The shares that there are."""
        answered_s = sums[0]
        return tuple(
            ExpectationFigure(of=label, measured=part / answered_s if answered_s else 0.0, expected=share, unit="share")
            for label, share, part in zip(self.labels, self._shares, sums[1:], strict=True)
        )

    def _is_broken(self, share: float, part_s: float, remaining_s: float, whole_s: float) -> bool:
        if self._at_least:
            return part_s + remaining_s < share * whole_s - _TOLERANCE_S
        return part_s > share * whole_s + _TOLERANCE_S

    def _is_met(self, share: float, part_s: float, remaining_s: float, whole_s: float, margin: float) -> bool:
        if self._at_least:
            return part_s >= (share + min(margin, (1 - share) / 2)) * whole_s - _TOLERANCE_S
        return part_s + remaining_s <= (share - min(margin, share / 2)) * whole_s + _TOLERANCE_S


class RollingShare(Rule):
    """Shares over the last while.

    Until so much time has passed since the beginning, only what is certain already is a judgement.

    Args:
        shares: By label.
        at_least: Whether they are the least; else they are the most.
        over_s: How long.
    """

    def __init__(self, shares: Mapping[str, float], over_s: float, *, at_least: bool) -> None:
        self._limits = _Limits(shares, at_least=at_least)
        self._over_s = over_s
        self._sums = RollingSums(over_s, 1 + len(shares))
        self.dwell_s = over_s * DWELL_SHARE

    def add(self, on_air: OnAir, seconds: float, now_s: float) -> None:
        """Counts; see `Rule.add`."""
        self._sums.add(seconds, self._limits.columns(on_air))

    def is_broken(self, *, was_broken: bool, remaining_s: float) -> bool | None:
        """Judges; see `Rule.is_broken`."""
        missing_s = self._over_s - self._sums.elapsed_s
        margin = MARGIN if was_broken else 0.0
        return self._limits.is_broken(self._sums.totals, missing_s, LEAST_ANSWERED * self._over_s, margin=margin)

    @property
    def figures(self) -> tuple[ExpectationFigure, ...]:
        """The shares; see `Rule.figures`."""
        return self._limits.figures(self._sums.totals)

    @property
    def answered_s(self) -> float:
        """See `Rule.answered_s`."""
        return self._sums.totals[0]

    def reset(self) -> None:
        """Begins anew."""
        self._sums.reset()


class SpanShare(Rule):
    """Shares over a whole span of the day: judged at its end, or before as soon as it is certain.

    Args:
        shares: By label.
        span_s: Usual length of the span.
        at_least: Whether they are the least; else they are the most.
    """

    once_a_span = True

    def __init__(self, shares: Mapping[str, float], span_s: float, *, at_least: bool) -> None:
        self._limits = _Limits(shares, at_least=at_least)
        self._needed_s = LEAST_ANSWERED * span_s
        self.reset()

    def add(self, on_air: OnAir, seconds: float, now_s: float) -> None:
        """Counts; see `Rule.add`."""
        for column in self._limits.columns(on_air):
            self._sums[column] += seconds

    def is_broken(self, *, was_broken: bool, remaining_s: float) -> bool | None:
        """Judges; see `Rule.is_broken`."""
        return self._limits.is_broken(self._sums, remaining_s, self._needed_s, margin=0.0)

    @property
    def figures(self) -> tuple[ExpectationFigure, ...]:
        """The shares; see `Rule.figures`."""
        return self._limits.figures(self._sums)

    @property
    def answered_s(self) -> float:
        """See `Rule.answered_s`."""
        return self._sums[0]

    def reset(self) -> None:
        """Begins anew."""
        self._sums = [0.0] * (1 + len(self._limits.labels))
