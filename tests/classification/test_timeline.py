"""A timeline's parts, placed where the changes are."""

from __future__ import annotations

import sys
from dataclasses import replace

import pytest

from genred.classification.timeline import Timeline, TimelineEntry
from tests.classification.estimates import estimate
from tests.classification.test_summary import Analysis


def timeline(*windows: float | None, first_end_s: float = 5.0) -> list[TimelineEntry]:
    made = Timeline(Analysis())  # type: ignore[arg-type]
    for index, jazz in enumerate(windows):
        made.add(estimate(first_end_s + index, jazz))
    return made.result(first_end_s + len(windows) - 1)


def test_a_change_is_placed_where_half_of_a_window_is_of_each() -> None:
    # Windows end at 5, 6, ...: the first that is more than half of the new began 2.5 s before the change at 30.
    windows = [0.9 if 5 + index < 32.5 else 0.1 for index in range(60)]
    first, second = timeline(*windows)
    assert (first.word, second.word) == ("jazz", "rock")
    assert first.end_s == pytest.approx(30.0, abs=1.0)


def test_the_beginning_is_known_from_what_follows_it() -> None:
    (only,) = timeline(*[0.5] * 5, *[0.9] * 30)
    assert (only.word, only.start_s) == ("jazz", 0.0)


def test_a_short_aberration_changes_nothing() -> None:
    assert [entry.word for entry in timeline(*[0.9] * 40, *[0.2] * 3, *[0.9] * 40)] == ["jazz"]


def test_windows_that_waver_are_uncertain() -> None:
    assert [entry.word for entry in timeline(*[0.52, 0.48] * 30)] == ["uncertain"]


def test_silence_begins_and_ends_where_the_level_says() -> None:
    # The gate opens late: five seconds after the last loud one, one after the last low one.
    made = Timeline(Analysis())  # type: ignore[arg-type]
    for end_s in range(5, 20):
        made.add(estimate(end_s, 0.9))
    for end_s in range(20, 30):
        made.add(estimate(end_s, None))
    for end_s in range(30, 60):
        made.add(estimate(end_s, 0.1))
    parts = made.result(59.0)
    assert [(entry.word, entry.start_s) for entry in parts] == [("jazz", 0.0), ("silence", 19.0), ("rock", 29.0)]


@pytest.mark.parametrize("loud_s", [1, 2, 3, 4])
def test_silence_that_begins_within_the_first_window_begins_there(loud_s: int) -> None:
    made = Timeline(Analysis())  # type: ignore[arg-type]
    for end_s in range(5, 5 + loud_s):
        made.add(replace(estimate(end_s, 0.9), is_low=True, changed_steps=5 - loud_s if end_s == 5 else 0))
    for end_s in range(5 + loud_s, 20):
        made.add(estimate(end_s, None))
    parts = made.result(19.0)
    assert [(entry.word, entry.start_s) for entry in parts] == [("jazz", 0.0), ("silence", float(loud_s))]


def test_a_long_file_is_smoothed_as_a_short_one() -> None:
    windows = ([0.9] * 150 + [0.1] * 150) * 4
    parts = timeline(*windows)
    assert [entry.word for entry in parts] == ["jazz", "rock"] * 4
    for number, entry in enumerate(parts[1:], start=1):
        assert entry.start_s == pytest.approx(150 * number + 2.0, abs=1.0)


def test_memory_grows_with_changes_and_not_with_windows() -> None:
    made = Timeline(Analysis())  # type: ignore[arg-type]

    def size() -> int:
        return sum(sys.getsizeof(value) for value in vars(made).values())

    for second in range(1_000):
        made.add(estimate(5.0 + second, 0.8))
    before = size()
    for second in range(1_000, 20_000):
        made.add(estimate(5.0 + second, 0.8))
    assert size() <= before
