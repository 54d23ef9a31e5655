"""What was measured of the channels belongs to the step in which it ended, however blocks bring it."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from genred.analysis.analyzer import Analyzer
from genred.analysis.bundle import load_bundle
from genred.analysis.level import measure_level, summarize
from genred.analysis.signal_track import SignalTrack
from genred.audio.signal_frame import SignalFrame
from tests.conftest import TINY_MODEL
from tests.sources.blocks import joined, recut
from tests.sources.test_mixer import blocks_of, programme

SAMPLES = np.full(10, 0.5, np.float32) * np.tile([1, -1], 5).astype(np.float32)


def frame(end_samples: int, power: float) -> SignalFrame:
    return SignalFrame(end_samples, 5, (0.0,), (power,), (0.1,), (0.0,), power)


def test_frames_that_end_in_a_step_are_summed_up() -> None:
    track = SignalTrack()
    frames = [frame(end, power) for end, power in ((105, 0.1), (110, 0.3), (111, 0.9), (125, 0.9))]
    track.add([one._replace(end_samples=one.end_samples - 100) for one in frames], 100)
    assert track.take(SAMPLES, 110) == summarize(frames[:2])
    assert track.take(SAMPLES, 120) == summarize(frames[2:3])
    assert track.take(SAMPLES, 140) == summarize(frames[2:3])  # what ended before the step is of no step


def test_without_frames_the_samples_are_measured() -> None:
    assert SignalTrack().take(SAMPLES, 10)[0] == measure_level(SAMPLES)


def test_after_a_gap_nothing_of_before_counts() -> None:
    track = SignalTrack()
    track.add([frame(5, 0.1), frame(15, 0.1)], 0)
    track.take(SAMPLES, 10)
    track.clear()
    assert track.take(SAMPLES, 20)[0] == measure_level(SAMPLES)


def test_channels_that_change_count_as_the_newest() -> None:
    stereo = SignalFrame(10, 5, (0.0, 0.0), (0.1, 0.2), (0.3, 0.4), (0.0, 0.5), 0.1)
    _, signal = summarize([frame(5, 0.9), stereo])
    assert len(signal.rms_dbfs) == 2


@given(sizes=st.integers(40, 30_000))
def test_blocks_of_any_size_give_the_same_estimates(sizes: int) -> None:
    bundle = load_bundle(TINY_MODEL)
    whole = joined(blocks_of(programme(2), []))
    expected = Analyzer(bundle).push(whole.samples, whole.frames)
    assert len({estimate.signal for estimate in expected}) == len(expected) > 3
    analyzer = Analyzer(bundle)
    found = [estimate for block in recut([whole], sizes) for estimate in analyzer.push(block.samples, block.frames)]
    assert found == expected
