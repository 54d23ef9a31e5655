"""Frames that are joined before they are made arrays of give what each alone gives."""

from __future__ import annotations

import av
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from genred.sources.frame_joiner import FrameJoiner
from genred.sources.resample import BlockResampler

FORMATS = {"fltp": np.float32, "flt": np.float32, "s16": np.int16, "s16p": np.int16, "s32": np.int32, "u8": np.uint8}
LAYOUTS = {"mono": 1, "stereo": 2, "5.1": 6}


def frame(form: str, layout: str, rate_hz: int, length: int, seed: int = 0) -> av.AudioFrame:
    channels, kind = LAYOUTS[layout], FORMATS[form]
    shape = (channels, length) if form.endswith("p") else (1, channels * length)
    random = np.random.default_rng(seed)
    samples = random.random(shape) if kind is np.float32 else random.integers(0, 100, shape)
    made = av.AudioFrame.from_ndarray(np.ascontiguousarray(samples, dtype=kind), format=form, layout=layout)
    made.sample_rate = rate_hz
    made.pts = 7 * seed
    return made


@pytest.mark.parametrize("form", FORMATS)
@pytest.mark.parametrize("layout", LAYOUTS)
def test_joined_frames_are_one_array(form: str, layout: str) -> None:
    joiner = FrameJoiner()
    frames = [frame(form, layout, 44_100, length, seed) for seed, length in enumerate((1152, 1, 576))]
    expected = np.concatenate([each.to_ndarray() for each in frames], axis=1)
    assert all(joiner.add(each) for each in frames)
    assert (joiner.length, joiner.channels, joiner.rate_hz) == (1729, LAYOUTS[layout], 44_100)
    np.testing.assert_array_equal(joiner.take(), expected)
    assert joiner.length == 0


@pytest.mark.parametrize("other", [("s16p", "stereo", 44_100), ("fltp", "mono", 44_100), ("fltp", "stereo", 48_000)])
def test_a_frame_of_another_kind_waits_until_the_others_are_taken(other: tuple[str, str, int]) -> None:
    joiner = FrameJoiner()
    first, second = frame("fltp", "stereo", 44_100, 100), frame(*other, 100, 1)
    assert joiner.add(first)
    assert not joiner.add(second)
    assert joiner.take().shape == (2, 100)
    expected = second.to_ndarray()
    assert joiner.add(second)
    np.testing.assert_array_equal(joiner.take(), expected)


kinds = st.tuples(
    st.sampled_from(sorted(FORMATS)),
    st.sampled_from(sorted(LAYOUTS)),
    st.sampled_from([22_050, 44_100, 48_000]),
    st.integers(1, 3_000),
)


@given(st.lists(kinds, max_size=12))
def test_any_frames_become_the_audio_that_their_arrays_become(frames: list[tuple[str, str, int, int]]) -> None:
    by_frame, by_array = BlockResampler(), BlockResampler()
    got, expected = [], []
    for seed, kind in enumerate(frames):
        made = frame(*kind, seed)
        expected += by_array.push(made.to_ndarray(), made.sample_rate, made.layout.nb_channels)
        got += by_frame.push_frame(made)
    got += by_frame.flush()
    expected += by_array.flush()
    assert [block.samples.size for block in got] == [block.samples.size for block in expected]
    for block, other in zip(got, expected, strict=True):
        np.testing.assert_allclose(block.samples, other.samples, atol=1e-6)
