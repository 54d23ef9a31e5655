"""How one kind of expectation is judged."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from genred.events import ExpectationFigure
    from genred.expectations.on_air import OnAir


class Rule(ABC):
    """Sums up what is on air and judges it.

    Attributes:
        dwell_s: A judgement must hold for so long before it counts.
        once_a_span: Whether a span of the day is judged as a whole, so that what it was stays true after it.
    """

    dwell_s = 0.0
    once_a_span = False

    @abstractmethod
    def add(self, on_air: OnAir, seconds: float, now_s: float) -> None:
        """Counts the seconds up to `now_s`, on the monotonic clock, in which something was on air."""

    @abstractmethod
    def is_broken(self, *, was_broken: bool, remaining_s: float) -> bool | None:
        """Judges what was counted.

        Args:
            was_broken: Whether it is broken by now: what is broken needs a little more to be met.
            remaining_s: What is left of the span of the day, 0 where there is none.

        Returns:
            None where that cannot be told, so that it stays as it was.
        """

    @property
    @abstractmethod
    def figures(self) -> tuple[ExpectationFigure, ...]:
        """What the judgement follows from."""

    @property
    @abstractmethod
    def answered_s(self) -> float:
        """Time in which it was known what is on air."""

    @abstractmethod
    def reset(self) -> None:
        """Forgets all that was counted."""
