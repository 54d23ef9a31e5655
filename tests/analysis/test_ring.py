"""Whatever the blocks, the same windows come out, and streaming equals from scratch."""

from __future__ import annotations

import itertools
import mmap
from typing import TYPE_CHECKING, Any

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from genred.analysis import ring as module
from genred.analysis.frontend import LOGMEL, MFCC, FrontEndSpec, shared_front_end
from genred.analysis.ring import FrameRing
from tests.signals import low_chord, white_noise

if TYPE_CHECKING:
    from collections.abc import Iterable

    import pytest
    from numpy.typing import NDArray

HOP = MFCC.hop_samples
RNG = np.random.default_rng(3)
AUDIO = np.concatenate([low_chord(4, RNG), white_noise(3, RNG), np.zeros(30_000, np.float32), low_chord(4, RNG)])


def cut(audio: NDArray[np.float32], sizes: Iterable[int]) -> list[NDArray[np.float32]]:
    blocks, start = [], 0
    for size in sizes:
        if start >= audio.size:
            break
        blocks.append(audio[start : start + size])
        start += size
    return blocks


def windows_of(
    ring: FrameRing, blocks: Iterable[NDArray[np.float32]]
) -> list[tuple[int, NDArray[np.float32], NDArray[np.float32]]]:
    return [
        (window.end_samples, window.new_samples.copy(), ring.features())
        for block in blocks
        for window in ring.push(block)
    ]


@settings(max_examples=20, deadline=None)
@given(
    sizes=st.lists(st.integers(0, 40_000), min_size=1, max_size=30),
    step_hops=st.sampled_from([1, 2, 43, 100, 215, 216, 300]),
    spec=st.sampled_from([MFCC, LOGMEL]),
)
def test_any_block_sizes_give_the_same_windows_as_from_scratch(
    sizes: list[int], step_hops: int, spec: FrontEndSpec
) -> None:
    audio = AUDIO if step_hops > 2 else AUDIO[: spec.window_samples + 8 * HOP]
    front_end = shared_front_end(spec)
    cycle = itertools.cycle([*sizes, 1000])
    found = windows_of(FrameRing(front_end, step_hops), cut(audio, cycle))
    ends = range(spec.window_samples, audio.size + 1, step_hops * HOP)
    assert [end for end, _, _ in found] == list(ends)
    for index, (end, samples, features) in enumerate(found):
        expected = audio[end - spec.window_samples : end]
        assert samples.size == min(spec.window_samples, step_hops * HOP if index else spec.window_samples)
        np.testing.assert_array_equal(samples, expected[-samples.size :])
        assert np.abs(features - front_end.extract(expected)).max() <= 1e-4


@settings(max_examples=15, deadline=None)
@given(
    sizes=st.lists(st.integers(1, 60_000), min_size=1, max_size=20),
    step_hops=st.sampled_from([1, 43, 211, 212, 213, 214, 215, 216, 300]),
)
def test_block_sizes_do_not_change_one_bit_of_the_features(sizes: list[int], step_hops: int) -> None:
    audio = AUDIO if step_hops > 2 else AUDIO[: LOGMEL.window_samples + 8 * HOP]
    front_end = shared_front_end(LOGMEL)
    cycle = itertools.cycle([*sizes, 1000])
    found = windows_of(FrameRing(front_end, step_hops), cut(audio, cycle))
    whole = windows_of(FrameRing(front_end, step_hops), [audio])
    assert [end for end, _, _ in found] == [end for end, _, _ in whole]
    for (_, _, features), (_, _, expected) in zip(found, whole, strict=True):
        np.testing.assert_array_equal(features, expected)


def test_after_its_first_window_a_ring_at_a_step_of_a_second_holds_less_than_200_kb() -> None:
    ring = FrameRing(shared_front_end(LOGMEL), 43)
    list(ring.push(AUDIO))
    held = [ring._samples, ring._levels, *ring._heads]
    assert sum(array.nbytes for array in held) < 200_000
    assert all(array.base is None for array in held), "a view keeps all of what it is a view of"


@settings(max_examples=30, deadline=None)
@given(sizes=st.lists(st.integers(1, 300_000), min_size=1, max_size=12), step_hops=st.sampled_from([43, 216, 400]))
def test_windows_due_foretells_what_push_yields(sizes: list[int], step_hops: int) -> None:
    ring = FrameRing(shared_front_end(MFCC), step_hops)
    for size in sizes:
        due = ring.windows_due(size)
        assert len(list(ring.push(np.zeros(size, np.float32)))) == due


def test_windows_whose_features_nobody_asked_for_do_not_spoil_later_ones() -> None:
    front_end = shared_front_end(MFCC)
    ring = FrameRing(front_end, 43)
    for index, window in enumerate(ring.push(AUDIO)):
        if index % 3 == 0:
            start = window.end_samples - MFCC.window_samples
            assert np.abs(ring.features() - front_end.extract(AUDIO[start : window.end_samples])).max() <= 1e-4


def test_a_cleared_ring_shares_nothing_with_what_was_before() -> None:
    front_end = shared_front_end(MFCC)
    ring = FrameRing(front_end, 43)
    list(ring.push(AUDIO[:150_000]))
    ring.clear()
    fresh = AUDIO[-MFCC.window_samples :]
    ((end, samples, features),) = windows_of(ring, [fresh])
    assert end == 150_000 + MFCC.window_samples
    np.testing.assert_array_equal(samples, fresh)
    assert np.abs(features - front_end.extract(fresh)).max() <= 1e-4


def test_audio_that_is_left_out_again_and_again_takes_no_new_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    made = []

    def counted(*arguments: Any, **options: Any) -> mmap.mmap:
        made.append(arguments)
        return mmap.mmap(*arguments, **options)

    monkeypatch.setattr(module, "mmap", counted)
    ring = FrameRing(shared_front_end(MFCC), 10)
    for _ in range(20):
        assert not list(ring.push(AUDIO[:20_000]))
        ring.clear()
    assert len(made) == 1
    fresh = FrameRing(shared_front_end(MFCC), 10)
    again, first = windows_of(ring, [AUDIO]), windows_of(fresh, [AUDIO])
    assert [end - 400_000 for end, *_ in again] == [end for end, *_ in first]
    for (_, samples, features), (_, own_samples, own_features) in zip(again, first, strict=True):
        np.testing.assert_array_equal(samples, own_samples)
        np.testing.assert_array_equal(features, own_features)
    ring.clear()
    assert ring.due_samples == MFCC.window_samples
