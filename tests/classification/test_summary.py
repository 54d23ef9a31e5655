"""Estimates summed up: shares, means and the headline, as values."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from genred.analysis.analyzer import Analyzer
from genred.classification.summary import Summary
from genred.classification.timeline import Timeline
from tests.classification.estimates import LABELS, SETTINGS, estimate


class Analysis:
    """As much of an analyzer as a timeline asks for."""

    labels = LABELS
    smoothing = SETTINGS
    step_s = 1.0
    window_s = 5.0
    make_smoother = Analyzer.make_smoother


def summed(*estimates: object) -> Summary:
    summary = Summary(LABELS, Timeline(Analysis()))  # type: ignore[arg-type]
    for one in estimates:
        summary.add(one)  # type: ignore[arg-type]
    return summary


PROGRAMME = (estimate(5, 0.9), estimate(6, 0.8), estimate(7, 0.4), estimate(8, None))


def test_a_single_window_is_one_in_words() -> None:
    assert summed(estimate(5, 0.9)).result("a.wav", 5.0, "tiny").windows_text == "1 window"
    assert summed(*PROGRAMME).result("a.wav", 8.5, "tiny").windows_text == "4 windows"


def test_shares_are_of_all_windows_and_means_of_those_with_sound() -> None:
    result = summed(*PROGRAMME).result("a.wav", 8.5, "tiny")
    assert result.shares == {"jazz": 0.5, "rock": 0.25, "silence": 0.25}
    assert list(result.shares) == ["jazz", "rock", "silence"]
    assert result.mean == {"jazz": 0.7, "rock": 0.3}
    assert (result.windows, result.seconds, result.model, result.path) == (4, 8.5, "tiny", "a.wav")


def test_a_silent_file_has_no_means() -> None:
    result = summed(estimate(5, None)).result("a.wav", 5.0, "tiny")
    assert result.shares == {"silence": 1.0}
    assert result.mean == {"jazz": 0.0, "rock": 0.0}
    assert (result.word, result.confidence) == ("silence", 1.0)


def test_no_window_cannot_be_summed_up() -> None:
    with pytest.raises(ValueError, match="no window"):
        summed().result("a.wav", 0.0, "tiny")


@given(st.lists(st.one_of(st.none(), st.floats(0.001, 0.999)), min_size=1, max_size=400))
def test_sums_are_of_all_windows_and_the_timeline_tiles_the_file(windows: list[float | None]) -> None:
    estimates = [estimate(5.0 + index, jazz) for index, jazz in enumerate(windows)]
    result = summed(*estimates).result("a.wav", 4.0 + len(windows), "tiny")
    heard = [jazz for jazz in windows if jazz is not None]
    assert result.mean["jazz"] == pytest.approx(np.mean(heard) if heard else 0.0, abs=1e-4)
    assert sum(result.shares.values()) == pytest.approx(1.0, abs=0.001)
    assert result.timeline[0].start_s == 0.0
    assert result.timeline[-1].end_s == 4.0 + len(windows)
    assert [entry.end_s for entry in result.timeline[:-1]] == [entry.start_s for entry in result.timeline[1:]]
    assert all(before.word != after.word for before, after in zip(result.timeline, result.timeline[1:], strict=False))
    assert all(0.0 <= entry.confidence <= 1.0 for entry in result.timeline)
    assert result.word in {*LABELS, "silence", "uncertain"}


@given(st.floats(0.51, 0.99), st.integers(1, 60))
def test_the_headline_is_never_uncertain_beside_a_share_of_all_windows(jazz: float, count: int) -> None:
    result = summed(*(estimate(5.0 + index, jazz) for index in range(count))).result("a.wav", 4.0 + count, "tiny")
    assert result.shares == {"jazz": 1.0}
    assert result.word == "jazz"
    assert [entry.word for entry in result.timeline] == ["jazz"]


def test_the_headline_is_what_most_of_the_time_has_an_answer() -> None:
    parts = [*[0.95] * 20, *[0.05] * 40, *[None] * 100]
    result = summed(*(estimate(5.0 + index, jazz) for index, jazz in enumerate(parts))).result("a.wav", 164.0, "tiny")
    assert [entry.word for entry in result.timeline] == ["jazz", "rock", "silence"]
    assert result.word == "rock"
