"""How one kind of expectation is judged."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from genred.events import ExpectationFigure
    from genred.expectations.on_air import OnAir


@dataclass(frozen=True, slots=True)
class Judgement:
    """How an expectation stands.

    Attributes:
        broken: Whether it is broken; None where that cannot be told, so that it stays as it was.
        figures: What that follows from.
        answered_s: Time in which it was known what is on air.
    """

    broken: bool | None
    figures: tuple[ExpectationFigure, ...]
    answered_s: float


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
    def judge(self, *, was_broken: bool, remaining_s: float) -> Judgement:
        """Judges what was counted.

        Args:
            was_broken: Whether it is broken by now: what is broken needs a little more to be met.
            remaining_s: What is left of the span of the day, 0 where there is none.
        """

    @abstractmethod
    def reset(self) -> None:
        """Forgets all that was counted."""
