"""Durations as people read them."""

from __future__ import annotations

import pytest

from genred.duration_text import clock_text, hours_text, units_text


@pytest.mark.parametrize(
    ("seconds", "clock", "hours"),
    [
        (0, "0:00", "0:00:00"),
        (59.6, "1:00", "0:01:00"),
        (245, "4:05", "0:04:05"),
        (3_599.4, "59:59", "0:59:59"),
        (3_599.5, "1:00:00", "1:00:00"),
        (360_000, "100:00:00", "100:00:00"),
    ],
)
def test_as_a_clock_shows_them(seconds: float, clock: str, hours: str) -> None:
    assert clock_text(seconds) == clock
    assert hours_text(seconds) == hours


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(0, "0 s"), (0.4, "0.4 s"), (1, "1 s"), (5_400, "1 h 30 min"), (86_461, "1 d 1 min 1 s"), (120, "2 min")],
)
def test_in_the_units_that_they_have(seconds: float, text: str) -> None:
    assert units_text(seconds) == text


def test_in_the_largest_units_alone() -> None:
    assert units_text(90_061, most=2) == "1 d 1 h"
