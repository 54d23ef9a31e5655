"""What a station counts: windows analysed and given up, neither ahead of the audio nor behind it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from genred.analysis.analyzer import Analyzer
from genred.stations.analysis_progress import AnalysisProgress

if TYPE_CHECKING:
    from genred.analysis.bundle import ModelBundle

RATE_HZ = 22_050
KINDS = st.sampled_from(["push", "push", "push", "skip"])


def silence(seconds: float) -> np.ndarray[tuple[int], np.dtype[np.float32]]:
    return np.zeros(round(seconds * RATE_HZ), np.float32)


@settings(max_examples=30, deadline=None)
@given(
    st.lists(st.tuples(KINDS, st.floats(0.05, 8.0), st.booleans(), st.integers(1, 4)), min_size=1, max_size=30),
)
def test_windows_made_and_dropped_are_as_many_as_the_audio_is_worth(
    tiny_bundle: ModelBundle, steps: list[tuple[str, float, bool, int]]
) -> None:
    progress = AnalysisProgress(Analyzer(tiny_bundle))
    passed_s, before = 0.0, 0
    for kind, seconds, newest_only, one_in in steps:
        passed_s += round(seconds * RATE_HZ) / RATE_HZ
        counted = []
        if kind == "push":
            estimates = progress.counted(progress.push(silence(seconds), (), newest_only=newest_only, one_in=one_in))
            counted += [progress.windows + progress.dropped_windows for _ in estimates]
        else:
            progress.skip(round(seconds * RATE_HZ) / RATE_HZ)
        counted.append(progress.windows + progress.dropped_windows)
        assert counted == sorted(counted)
        worth = max(0.0, (passed_s - progress.window_s) / progress.step_s + 1.0)
        assert before <= counted[0]
        assert worth - 1.001 < counted[-1] < worth + 1.001
        before = counted[-1]


def test_where_nothing_is_skipped_the_count_tells_which_window_it_is(tiny_bundle: ModelBundle) -> None:
    progress = AnalysisProgress(Analyzer(tiny_bundle))
    for _ in range(12):
        for estimate in progress.counted(progress.push(silence(2.7), (), newest_only=False, one_in=4)):
            number = progress.windows + progress.dropped_windows
            assert estimate.position_s == pytest.approx(progress.window_s + (number - 1) * progress.step_s)
    assert progress.windows < progress.dropped_windows


def test_what_a_skip_costs_beyond_itself_is_counted_while_the_window_fills(tiny_bundle: ModelBundle) -> None:
    progress = AnalysisProgress(Analyzer(tiny_bundle))
    assert len(list(progress.counted(progress.push(silence(5.5), (), newest_only=False, one_in=1)))) == 1
    progress.skip(0.2)
    dropped = []
    for _ in range(5):
        dropped.append(progress.dropped_windows)
        assert not list(progress.counted(progress.push(silence(0.98), (), newest_only=False, one_in=1)))
    assert dropped == [0, 1, 2, 3, 4]


def test_audio_that_begins_anew_owes_no_window_before_it_fills_one(tiny_bundle: ModelBundle) -> None:
    progress = AnalysisProgress(Analyzer(tiny_bundle))
    list(progress.counted(progress.push(silence(9.0), (), newest_only=False, one_in=1)))
    progress.reset()
    list(progress.counted(progress.push(silence(9.0), (), newest_only=False, one_in=1)))
    assert (progress.windows, progress.dropped_windows) == (10, 0)
