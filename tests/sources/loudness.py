"""What FFmpeg's own command line says of the loudness of audio, and audio whose loudness moves."""

from __future__ import annotations

import re
import subprocess
from typing import TYPE_CHECKING

import numpy as np

from genred.audio.loudness import LoudnessSums, LoudnessValue

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import NDArray

    from genred.audio import AudioBlock

INTEGRATED_WITHIN_LU = 0.1
TRUE_PEAK_WITHIN_DB = 0.1
RANGE_WITHIN_LU = 0.3
"""Of some hundred blocks FFmpeg takes a neighbour of those that EBU Tech 3342 names."""

DIGIT = 0.05
"""The command line shows one digit after the point."""


def moving(rate_hz: int, channels: int, seconds: float = 40.0, seed: int = 1) -> NDArray[np.float32]:
    """Tones under noise that swell and fade by some fifteen decibels; each channel is another: (channels, n)."""
    rng = np.random.default_rng(seed)
    at_s = np.arange(round(seconds * rate_hz)) / rate_hz
    swell = 10 ** ((-21.0 + 7.5 * np.sin(2 * np.pi * at_s / 13.0)) / 20)
    rows = [
        swell * (0.8 * np.sin(2 * np.pi * (150.0 + 170.0 * number) * at_s) + 0.3 * rng.standard_normal(at_s.size))
        for number in range(channels)
    ]
    return np.array(rows, np.float32)


def measured_by_ffmpeg(*input_arguments: str, data: bytes | None = None) -> LoudnessValue:
    """What `ffmpeg -af ebur128=peak=true` says of the audio in an input."""
    command = ["ffmpeg", "-nostdin", "-hide_banner", "-nostats", *input_arguments, "-map", "0:a"]
    done = subprocess.run(
        [*command, "-af", "ebur128=peak=true", "-f", "null", "-"],
        input=data,
        capture_output=True,
        check=True,
        timeout=60,
    )
    summary = done.stderr.decode().rpartition("Summary:")[2]
    found = [re.search(rf"{name}:\s+(\S+) ", summary) for name in ("I", "LRA", "Peak")]
    integrated, range_, peak = (float(match[1]) for match in found if match)
    return LoudnessValue(integrated, range_, peak)


def pcm_by_ffmpeg(samples: NDArray[np.float32], rate_hz: int, layout: str) -> LoudnessValue:
    """The same of samples, (channels, n)."""
    form = ["-f", "f32le", "-ar", str(rate_hz), "-ac", str(len(samples)), "-channel_layout", layout, "-i", "pipe:0"]
    return measured_by_ffmpeg(*form, data=np.ascontiguousarray(samples.T).astype("<f4").tobytes())


def of_blocks(blocks: Iterable[AudioBlock]) -> LoudnessValue | None:
    """What the loudness of blocks comes to."""
    sums = LoudnessSums()
    for block in blocks:
        sums.add(block.loudness)
    return sums.value


def assert_same(ours: LoudnessValue | None, theirs: LoudnessValue) -> None:
    """Holds what was measured against what FFmpeg says."""
    assert ours is not None
    assert ours.range_lu is not None
    assert theirs.range_lu is not None
    assert abs(ours.integrated_lufs - theirs.integrated_lufs) < INTEGRATED_WITHIN_LU
    assert abs(ours.true_peak_dbtp - theirs.true_peak_dbtp) < TRUE_PEAK_WITHIN_DB + DIGIT
    assert abs(ours.range_lu - theirs.range_lu) < RANGE_WITHIN_LU + DIGIT
