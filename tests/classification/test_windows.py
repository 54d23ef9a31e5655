"""The one loop over an analyzer, whatever the blocks."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from genred.analysis.analyzer import Analyzer
from genred.classification.windows import estimate_windows, in_seconds
from tests.signals import SOUNDS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from genred.analysis.bundle import ModelBundle

SAMPLES = SOUNDS["jazz"](12.3, np.random.default_rng(3)).astype(np.float32)


def test_blocks_of_any_size_give_the_same_windows(tiny_bundle: ModelBundle) -> None:
    whole = list(estimate_windows(Analyzer(tiny_bundle), [SAMPLES]))
    assert len(whole) == 8
    assert list(estimate_windows(Analyzer(tiny_bundle), in_seconds(SAMPLES))) == whole


def test_seconds_are_all_of_the_samples() -> None:
    blocks = list(in_seconds(SAMPLES))
    assert [block.size for block in blocks[:-1]] == [22_050] * 12
    np.testing.assert_array_equal(np.concatenate(blocks), SAMPLES)


def test_audio_shorter_than_a_window_gives_one_only_where_it_is_finished(tiny_bundle: ModelBundle) -> None:
    short = SAMPLES[:40_000]
    assert len(list(estimate_windows(Analyzer(tiny_bundle), [short]))) == 1
    assert list(estimate_windows(Analyzer(tiny_bundle), [short], finish=False)) == []


def test_a_window_is_given_before_the_next_block_is_asked_for(tiny_bundle: ModelBundle) -> None:
    asked: list[int] = []

    def blocks() -> Iterator[NDArray[np.float32]]:
        for number, block in enumerate(in_seconds(SAMPLES)):
            asked.append(number)
            yield block

    estimates = estimate_windows(Analyzer(tiny_bundle), blocks())
    next(estimates)
    assert asked == [0, 1, 2, 3, 4]
