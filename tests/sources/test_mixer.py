"""Channels become one, whatever the blocks in which they come: what is measured of them, and which is taken."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from genred.audio.signal_frame import FRAME_S, measure_frames
from genred.sources.mixer import Mixer, to_mono
from genred.sources.resample import BlockResampler
from tests.sources.blocks import joined

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from genred.audio import AudioBlock
    from genred.audio.signal_frame import SignalFrame

RATE_HZ = 8_000
FRAME = round(FRAME_S * RATE_HZ)


@lru_cache
def music(seconds: float, seed: int = 1) -> NDArray[np.float32]:
    """(n,) float32: tones that come and go over a little noise."""
    rng = np.random.default_rng(seed)
    t = np.arange(round(seconds * RATE_HZ)) / RATE_HZ
    beat = 0.6 + 0.4 * np.sin(2 * np.pi * 1.7 * t)
    tones = sum(np.sin(2 * np.pi * hz * t + phase) / 5 for phase, hz in enumerate((55, 220, 277, 330, 1_310)))
    return np.asarray(0.6 * beat * tones + 0.01 * rng.standard_normal(t.size), np.float32)


def programme(channels: int) -> NDArray[np.float32]:
    """(channels, n): in phase, then with the last channel inverted, then with an offset, clipped, silent, alike."""
    m, parts = music(1.5), []
    for scale, offset, gain in ((1, 0, 1), (-1, 0, 1), (-0.5, 0, 1), (1, 0.4, 1), (1, 0, 8), (1, 0.3, 0), (1, 0, 1)):
        part = np.tile(np.clip(gain * m, -1, 1), (channels, 1))
        part[-1] = scale * part[-1] + offset
        parts.append(part)
    return np.concatenate(parts, axis=1)


def as_kind(samples: NDArray[np.float32], kind: type, *, planar: bool) -> NDArray[Any]:
    made = samples if kind is np.float32 else np.rint(np.clip(samples, -1, 32_767 / 32_768) * 32_768).astype(kind)
    return made if planar else np.ascontiguousarray(made.T).reshape(1, -1)


def blocks_of(
    samples: NDArray[np.float32],
    sizes: list[int],
    kind: type = np.float32,
    *,
    planar: bool = True,
    rate_hz: int = RATE_HZ,
) -> list[AudioBlock]:
    channels, start, found = len(samples), 0, list[Any]()
    resampler = BlockResampler()
    while start < samples.shape[1]:
        size = sizes[len(found) % len(sizes)] if sizes else samples.shape[1]
        piece = samples[:, start : start + size]
        found.append(resampler.push(as_kind(piece, kind, planar=planar), rate_hz, channels))
        found[-1] += resampler.end_block() if size % 2 else []
        start += size
    return [*(block for blocks in found for block in blocks), *resampler.flush()]


@settings(max_examples=40, deadline=None)
@given(
    channels=st.sampled_from([1, 2, 3, 6]),
    kind=st.sampled_from([np.float32, np.int16]),
    planar=st.booleans(),
    rate_hz=st.sampled_from([RATE_HZ, 11_025, 22_050]),
    sizes=st.lists(st.integers(300, 30_000), min_size=1, max_size=8),
)
def test_blocks_of_any_size_change_not_one_bit(
    channels: int, kind: type, planar: bool, rate_hz: int, sizes: list[int]
) -> None:
    samples = programme(channels)
    whole = joined(blocks_of(samples, [], kind, planar=planar, rate_hz=rate_hz))
    divided = joined(blocks_of(samples, sizes, kind, planar=planar, rate_hz=rate_hz))
    assert divided.frames == whole.frames
    if rate_hz == 22_050:
        np.testing.assert_array_equal(divided.samples, whole.samples)
    else:
        # soxr's own rounding follows the pieces that it is given.
        np.testing.assert_allclose(divided.samples, whole.samples, atol=2e-5)


@settings(max_examples=40, deadline=None)
@given(sizes=st.lists(st.integers(300, 9_000), min_size=1, max_size=8), seed=st.integers(0, 9))
def test_what_ends_in_a_block_comes_with_it_or_before(sizes: list[int], seed: int) -> None:
    rate_hz = (8_000, 22_050, 44_100, 48_000, 11_025)[seed % 5]
    whole = joined(blocks_of(programme(2), [], rate_hz=rate_hz)).frames
    ends, position = list[int](), 0
    for block in blocks_of(programme(2), sizes, rate_hz=rate_hz):
        ends += [position + frame.end_samples for frame in block.frames]
        position += block.samples.size
        due = [frame.end_samples for frame in whole if frame.end_samples <= position]
        assert ends[: len(due)] == due
    assert len(ends) == len(whole)


@given(
    channels=st.integers(1, 6), length=st.integers(1, 7), size=st.integers(1, 3_000), offset=st.sampled_from([0.0, 0.7])
)
def test_each_frame_is_measured_as_it_is_alone(channels: int, length: int, size: int, offset: float) -> None:
    rng = np.random.default_rng(size)
    samples = rng.uniform(-0.3, 0.3, (channels, length * size + 5)).astype(np.float32)[:, 5:] + np.float32(offset)
    framed, mix = samples.reshape(channels, length, size), to_mono(samples, channels).reshape(length, size)
    frames = measure_frames(framed, mix).frames
    alone = [
        measure_frames(np.ascontiguousarray(framed[:, [at]]), mix[[at]], at * size).frames[0] for at in range(length)
    ]
    assert frames == alone


def test_what_is_measured_is_what_numpy_measures() -> None:
    samples = np.stack([music(1.0) + np.float32(0.25), -0.5 * music(1.0, 2)])[:, :FRAME]
    (frame,) = measure_frames(samples[:, np.newaxis], samples.mean(axis=0)[np.newaxis]).frames
    exact = samples.astype(np.float64)
    np.testing.assert_allclose(frame.offsets, exact.mean(axis=1), atol=1e-6)
    np.testing.assert_allclose(frame.powers, exact.var(axis=1), rtol=1e-4)
    np.testing.assert_allclose(frame.mix_power, exact.mean(axis=0).var(), rtol=1e-4)
    np.testing.assert_allclose(frame.peaks, np.abs(exact - exact.mean(axis=1, keepdims=True)).max(axis=1), rtol=1e-5)
    assert frame.clipped == (0.0, 0.0)


@pytest.mark.parametrize("offset", [0.0, 0.01, 0.3, -0.9, 1.0])
def test_an_offset_has_no_power_and_no_peak(offset: float) -> None:
    samples = np.full((2, 1, FRAME), offset, np.float32)
    (frame,) = measure_frames(samples, samples[0]).frames
    assert max(*frame.powers, *frame.peaks, frame.mix_power) < 1e-6
    quiet = samples + (1e-4 * np.sin(np.arange(FRAME))).astype(np.float32)
    (frame,) = measure_frames(quiet, quiet[0]).frames
    assert 10 * np.log10(frame.powers[0]) == pytest.approx(-83.0, abs=0.2)


def mixed(*channels: NDArray[np.float32]) -> tuple[NDArray[np.float32], list[SignalFrame]]:
    mixer = Mixer()
    mixer.begin(RATE_HZ)
    mixer.add(np.stack(channels), len(channels))
    samples, frames, _ = mixer.take(last=True)
    assert samples.size == channels[0].size
    return samples, frames


def loudness(samples: NDArray[np.float32]) -> float:
    return float(np.sqrt(np.mean(samples.astype(np.float64) ** 2)))


@pytest.mark.parametrize("scale", [-1.0, -0.99, -0.5])
def test_an_inverted_channel_does_not_cancel_the_music(scale: float) -> None:
    m = music(6.0)
    samples, frames = mixed(m, np.float32(scale) * m)
    assert {frame.taken for frame in frames} == {0}
    np.testing.assert_array_equal(samples, m)


def test_of_real_stereo_with_one_channel_inverted_the_stronger_is_taken() -> None:
    middle, left, right = music(6.0, 1), 0.4 * music(6.0, 2), 0.4 * music(6.0, 3)
    rng = np.random.default_rng(5)
    left, right = (side + (0.05 * rng.standard_normal(side.size)).astype(np.float32) for side in (left, right))
    half = np.float32(0.5)
    samples, frames = mixed(half * (middle + left), -(middle + right))
    assert frames[-1].taken == 1
    np.testing.assert_array_equal(samples, -(middle + right))


def test_channels_that_are_inverted_for_some_time_are_mixed_again_afterwards() -> None:
    m = music(9.0)
    second = m.copy()
    second[3 * RATE_HZ : 6 * RATE_HZ] *= -1
    samples, frames = mixed(m, second)
    taken = [frame.taken for frame in frames]
    begins, ends = taken.index(0), len(taken) - taken[::-1].index(0)
    assert taken == [None] * begins + [0] * (ends - begins) + [None] * (len(taken) - ends)
    assert 0 < begins * FRAME_S - 3.0 <= 1.25
    assert 0 < ends * FRAME_S - 6.0 <= 1.25
    assert loudness(samples[round(4.5 * RATE_HZ) : 6 * RATE_HZ]) == pytest.approx(
        loudness(m[round(4.5 * RATE_HZ) : 6 * RATE_HZ]), rel=1e-3
    )


@pytest.mark.parametrize(
    "channels",
    [
        lambda m, n: (m, m),
        lambda m, n: (m, 0 * m),
        lambda m, n: (0 * m, m),
        lambda m, n: (m, 0.1 * m),
        lambda m, n: (m, n),
        lambda m, n: (m + 0.5 * n, m - 0.5 * n),
        lambda m, n: (m + np.float32(0.3), m - np.float32(0.3)),
        lambda m, n: (0 * m + np.float32(0.3), 0 * m - np.float32(0.3)),
        lambda m, n: (m + np.float32(0.015), m),
        lambda m, n: (1e-5 * m, -1e-5 * m),
        lambda m, n: (m, m, n, 0 * m, n, m),
        lambda m, n: (m,),
    ],
    ids=[
        "in phase", "left only", "right only", "20 dB weaker", "unlike", "wide", "offsets", "only offsets",
        "a little offset", "silence",
        "5.1", "mono",
    ],
)  # fmt: skip
def test_where_nothing_is_cancelled_the_mean_is_taken(channels: Any) -> None:
    m, n = music(4.0, 1), (0.2 * np.random.default_rng(3).standard_normal(4 * RATE_HZ)).astype(np.float32)
    made = channels(m, n)
    samples, frames = mixed(*made)
    assert all(frame.taken is None for frame in frames)
    np.testing.assert_array_equal(samples, to_mono(np.stack(made), len(made)))


def test_of_six_channels_that_cancel_each_other_the_strongest_is_taken() -> None:
    m = music(4.0)
    samples, frames = mixed(m, -m, np.float32(0.1) * m, 0 * m, -m, np.float32(1.2) * m)
    assert frames[-1].taken == 5
    np.testing.assert_array_equal(samples, np.float32(1.2) * m)


def test_the_channel_that_is_taken_stays_until_another_is_much_stronger() -> None:
    m = music(9.0)
    first, second = m.copy(), -0.9 * m
    first[3 * RATE_HZ : 6 * RATE_HZ] *= np.float32(0.7)
    first[6 * RATE_HZ :] *= np.float32(0.3)
    _, frames = mixed(first, second)
    taken = [frame.taken for frame in frames]
    change = taken.index(1)
    assert taken == [0] * change + [1] * (len(taken) - change)
    assert 6.0 < change * FRAME_S < 7.5


def test_a_sample_that_is_no_number_spoils_neither_the_measures_nor_the_other_channel() -> None:
    m = music(2.0)
    broken = m.copy()
    broken[[5, 4_000, m.size - 2]] = np.nan, np.inf, -1e30
    samples, frames = mixed(m, broken)
    assert np.isfinite(samples).all()
    assert samples[5] == pytest.approx(m[5] / 2)
    assert all(np.isfinite((*frame.powers, *frame.peaks, frame.mix_power)).all() for frame in frames)


def test_frames_begin_anew_with_other_channels() -> None:
    mixer = Mixer()
    mixer.begin(RATE_HZ)
    mixer.add(np.stack([music(1.0)[:2_500]] * 2), 2)
    mixer.add(music(1.0)[np.newaxis, :2_500], 1)
    _, frames, _ = mixer.take(last=True)
    assert [(len(frame.powers), frame.size, frame.end_samples) for frame in frames] == [
        (2, FRAME, 2_000),
        (1, FRAME, 4_500),
    ]


@pytest.mark.parametrize("offset", [0.03, 0.1, -0.4])
@pytest.mark.parametrize("channels", [1, 2])
def test_an_offset_is_taken_off_the_music(channels: int, offset: float) -> None:
    m = music(6.0)
    samples, _ = mixed(*[m + np.float32(offset)] * channels)
    np.testing.assert_allclose(samples[3 * FRAME :], m[3 * FRAME :], atol=0.01)
    rest = samples[3 * FRAME :] - m[3 * FRAME :]
    assert np.count_nonzero(np.abs(np.diff(rest)) > 1e-4) <= 3


def test_the_offset_of_the_channel_that_is_taken_is_taken_off_it() -> None:
    m = music(6.0)
    samples, _ = mixed(m + np.float32(0.2), -m - np.float32(0.1))
    np.testing.assert_allclose(samples, m, atol=0.01)


def test_an_offset_that_goes_is_taken_off_no_longer() -> None:
    m = music(6.0)
    gone = m + np.where(np.arange(m.size) < m.size // 3, np.float32(0.2), np.float32(0.0))
    samples, _ = mixed(gone)
    np.testing.assert_array_equal(samples[-RATE_HZ:], m[-RATE_HZ:])


def test_what_is_shorter_than_a_frame_is_mixed_as_it_is() -> None:
    m = music(1.0)[: FRAME // 2]
    samples, frames = mixed(m, -m)
    assert not frames
    np.testing.assert_array_equal(samples, 0 * m)
