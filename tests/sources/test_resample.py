from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import soxr
from hypothesis import given, settings
from hypothesis import strategies as st

from genred.audio import AudioBlock
from genred.sources.mixer import MAX_AMPLITUDE, to_mono
from genred.sources.resample import BlockResampler
from tests.sources.blocks import joined


def test_stereo_becomes_the_mean_of_its_channels() -> None:
    planar = np.array([[0.5, -0.25], [0.1, 0.25]], np.float32)
    np.testing.assert_allclose(to_mono(planar, 2), [0.3, 0.0], atol=1e-7)
    np.testing.assert_allclose(to_mono(planar.T.reshape(1, -1), 2), [0.3, 0.0], atol=1e-7)


@pytest.mark.parametrize(
    ("dtype", "full", "middle"),
    [(np.int16, -(2**15), 0), (np.int32, -(2**31), 0), (np.uint8, 0, 128), (np.float64, -1.0, 0.0)],
)
def test_every_sample_format_is_scaled_to_full_scale_one(dtype: type, full: float, middle: float) -> None:
    np.testing.assert_allclose(to_mono(np.array([full, middle], dtype), 1), [-1.0, 0.0])


def test_eight_channels_are_mixed_without_overflow() -> None:
    loud = np.full((1, 8 * 100), 32_767, np.int16)
    np.testing.assert_allclose(to_mono(loud, 8), 32_767 / 32_768)


def test_not_a_number_and_infinity_never_reach_the_resampler() -> None:
    broken = np.array([0.5, np.nan, np.inf, -np.inf, 1e30, 0.25], np.float32)
    mono = to_mono(broken, 1)
    assert np.isfinite(mono).all()
    assert np.abs(mono).max() <= MAX_AMPLITUDE
    assert (mono[0], mono[-1]) == (0.5, 0.25)


@settings(max_examples=30, deadline=None)
@given(
    rate_hz=st.sampled_from([4_000, 8_000, 22_050, 32_000, 44_100, 48_000, 192_000]),
    sizes=st.lists(st.integers(0, 20_000), min_size=1, max_size=12),
)
def test_any_blocks_give_what_the_whole_gives(rate_hz: int, sizes: list[int]) -> None:
    samples = np.random.default_rng(7).uniform(-0.5, 0.5, sum(sizes)).astype(np.float32)
    resampler = BlockResampler()
    blocks = []
    position = 0
    for size in sizes:
        blocks += resampler.push(samples[position : position + size], rate_hz)
        position += size
    blocks += resampler.flush()
    given_samples = np.concatenate([block.samples for block in blocks]) if blocks else np.zeros(0, np.float32)
    whole = soxr.resample(samples, rate_hz, 22_050) if rate_hz != 22_050 and samples.size else samples
    assert given_samples.size == whole.size
    np.testing.assert_allclose(given_samples, whole, atol=2e-5)
    assert all(block.samples.size >= 1 for block in blocks)


def test_a_change_of_rate_in_mid_stream_keeps_the_length() -> None:
    resampler = BlockResampler()
    blocks = resampler.push(np.zeros(44_100, np.float32), 44_100)
    blocks += resampler.push(np.zeros(48_000, np.float32), 48_000)
    blocks += resampler.flush()
    assert abs(sum(block.samples.size for block in blocks) - 2 * 22_050) <= 2


def test_lost_audio_is_said_once_with_the_next_block() -> None:
    resampler = BlockResampler()
    resampler.lose(0.1)
    resampler.lose(0.2)
    (first,) = resampler.push(np.zeros(22_050, np.float32), 22_050)
    (second,) = resampler.push(np.zeros(22_050, np.float32), 22_050)
    assert [first.lost_s, second.lost_s] == pytest.approx([0.3, 0.0])


def test_blocks_are_as_long_as_the_caller_asks() -> None:
    resampler = BlockResampler(0.5)
    blocks = [block for _ in range(100) for block in resampler.push(np.zeros((2, 441), np.float32), 22_050, 2)]
    assert [block.samples.size for block in blocks] == [11_025] * 4


FRAMES = st.tuples(
    st.sampled_from([22_050, 44_100]),
    st.sampled_from([1, 2, 6]),
    st.sampled_from([np.float32, np.int16, np.uint8, np.float64]),
    st.booleans(),
    st.integers(0, 5_000),
    st.sampled_from([0.5, 0.5, 0.5, 20.0, np.nan, np.inf]),
    st.sampled_from([0.0, 0.0, 0.1]),
)


def frame_of(dtype: type, planar: bool, channels: int, size: int, value: float) -> np.ndarray:
    rng = np.random.default_rng(size)
    shape = (channels, size) if planar else (1, size * channels)
    if not np.issubdtype(dtype, np.floating):
        return rng.integers(0, 127, shape).astype(dtype)
    frame: np.ndarray = rng.uniform(-0.5, 0.5, shape).astype(dtype)
    frame[0, : min(size, 3)] = value
    return frame


@settings(max_examples=60, deadline=None)
@given(frames=st.lists(FRAMES, min_size=1, max_size=40))
def test_frames_that_are_gathered_become_what_they_become_one_by_one(frames: list[tuple[Any, ...]]) -> None:
    gathering, hasty = BlockResampler(), BlockResampler(1e-9)
    gathered, single = list[AudioBlock](), list[AudioBlock]()
    for rate_hz, channels, dtype, planar, size, value, _ in frames:
        frame = frame_of(dtype, planar, channels, size, value)
        gathered += gathering.push(frame, rate_hz, channels)
        single += hasty.push(frame, rate_hz, channels)
    found, expected = joined([*gathered, *gathering.flush()]), joined([*single, *hasty.flush()])
    assert found.frames == expected.frames
    # soxr's own rounding follows the pieces that it is given.
    np.testing.assert_allclose(found.samples, expected.samples, atol=1e-4)


@given(frames=st.lists(FRAMES, min_size=1, max_size=20))
def test_what_is_lost_is_said_once(frames: list[tuple[Any, ...]]) -> None:
    resampler, lost = BlockResampler(), 0.0
    blocks = []
    for rate_hz, channels, dtype, planar, size, value, lost_s in frames:
        lost += lost_s
        resampler.lose(lost_s)
        blocks += resampler.push(frame_of(dtype, planar, channels, size, value), rate_hz, channels)
    blocks += resampler.push(np.zeros(22_050, np.float32), 22_050)
    assert sum(block.lost_s for block in blocks) == pytest.approx(lost)
