"""Estimates summed up: shares, means and the timeline, as values."""

from __future__ import annotations

import sys

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from genred.analysis.estimate import Estimate, Level, State
from genred.classification.summary import Summary, TimelineEntry

LABELS = ("jazz", "rock")
LEVEL = Level(rms_dbfs=-20.0, peak_dbfs=-10.0, clipped_share=0.0)


def estimate(position_s: float, jazz: float | None, announcement: str, confidence: float = 0.5) -> Estimate:
    states = {"silence": State.SILENCE, "uncertain": State.UNCERTAIN}
    state = states.get(announcement, State.MUSIC)
    return Estimate(
        position_s=position_s,
        state=state,
        genre=announcement if state is State.MUSIC else None,
        confidence=confidence,
        probabilities=(0.5, 0.5),
        window_probabilities=None if jazz is None else (jazz, 1 - jazz),
        level=LEVEL,
    )


def summed(*estimates: Estimate) -> Summary:
    summary = Summary(LABELS)
    for one in estimates:
        summary.add(one)
    return summary


PROGRAMME = (
    estimate(5, 0.9, "uncertain", 0.6),
    estimate(6, 0.8, "jazz", 0.7),
    estimate(7, 0.4, "jazz", 0.9),
    estimate(8, None, "silence", 1.0),
)


def test_shares_are_of_all_windows_and_means_of_those_with_sound() -> None:
    result = summed(*PROGRAMME).result("a.wav", 8.5, "tiny")
    assert result.shares == {"jazz": 0.5, "rock": 0.25, "silence": 0.25}
    assert list(result.shares) == ["jazz", "rock", "silence"]
    assert result.mean == {"jazz": 0.7, "rock": 0.3}
    assert (result.windows, result.seconds, result.model, result.path) == (4, 8.5, "tiny", "a.wav")


def test_the_timeline_tiles_the_file_with_the_mean_confidence_of_each_part() -> None:
    assert summed(*PROGRAMME).result("a.wav", 8.5, "tiny").timeline == [
        TimelineEntry(0.0, 5.0, "uncertain", 0.6),
        TimelineEntry(5.0, 7.0, "jazz", 0.8),
        TimelineEntry(7.0, 8.5, "silence", 1.0),
    ]


def test_a_silent_file_has_no_means() -> None:
    result = summed(estimate(5, None, "silence")).result("a.wav", 5.0, "tiny")
    assert result.shares == {"silence": 1.0}
    assert result.mean == {"jazz": 0.0, "rock": 0.0}


def test_no_window_cannot_be_summed_up() -> None:
    with pytest.raises(ValueError, match="no window"):
        Summary(LABELS).result("a.wav", 0.0, "tiny")


@given(st.lists(st.tuples(st.floats(0, 1), st.sampled_from(["jazz", "rock", "uncertain"])), min_size=1, max_size=200))
def test_it_equals_the_sums_over_all_windows_at_once(windows: list[tuple[float, str]]) -> None:
    estimates = [estimate(5.0 + index, jazz, word) for index, (jazz, word) in enumerate(windows)]
    result = summed(*estimates).result("a.wav", 5.0 + len(windows), "tiny")
    assert result.mean["jazz"] == pytest.approx(np.mean([jazz for jazz, _ in windows]), abs=1e-4)
    assert sum(result.shares.values()) == pytest.approx(1.0, abs=0.001)
    assert result.timeline[0].start_s == 0.0
    assert [entry.end_s for entry in result.timeline[:-1]] == [entry.start_s for entry in result.timeline[1:]]
    assert all(before.word != after.word for before, after in zip(result.timeline, result.timeline[1:], strict=False))


def test_memory_grows_with_changes_and_not_with_windows() -> None:
    summary = summed(*PROGRAMME[:2])
    size = sum(sys.getsizeof(value) for value in vars(summary).values())
    for second in range(100_000):
        summary.add(estimate(7.0 + second, 0.8, "jazz"))
    assert sum(sys.getsizeof(value) for value in vars(summary).values()) < size + 100
