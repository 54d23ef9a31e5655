"""The share of everything by the hour of the clock, over all days of a period."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from genred.reports.structure import SECONDS_DECIMALS, SHARE_DECIMALS, Figures

if TYPE_CHECKING:
    from genred.reports.hours import Hour
    from genred.reports.pieces import Piece


class HourShares(Figures, frozen=True):
    """An hour of the clock, over all days.

    Attributes:
        hour: 0 to 23.
        seconds: How much of it is in the log.
        shares: Of these, by what was on air.
    """

    hour: int
    seconds: float
    shares: dict[str, float]


class ClockHours:
    """Sums up the 24 hours of the clock."""

    def __init__(self) -> None:
        self._seconds: list[dict[str, float]] = [defaultdict(float) for _ in range(24)]

    def add(self, hour: Hour, piece: Piece) -> None:
        """Takes the next piece, which lies within an hour."""
        self._seconds[hour.number][piece.on_air] += piece.seconds

    def figures(self) -> list[HourShares]:
        """Gives all hours, also those of which nothing was logged."""
        return [_shares(number, seconds) for number, seconds in enumerate(self._seconds)]


def _shares(number: int, seconds: dict[str, float]) -> HourShares:
    logged_s = sum(seconds.values())
    return HourShares(
        hour=number,
        seconds=round(logged_s, SECONDS_DECIMALS),
        shares={
            on_air: round(part_s / logged_s, SHARE_DECIMALS) for on_air, part_s in sorted(seconds.items()) if part_s > 0
        },
    )
