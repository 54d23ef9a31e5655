"""Loudness is what FFmpeg's command line says of the same audio, and no fault of it reaches a source."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import TYPE_CHECKING

import av
import av.filter
import numpy as np
import pytest

from genred.audio.loudness import LoudnessReading, LoudnessSums
from genred.config.schema import CommandSource, FileSource
from genred.sources.command import Command
from genred.sources.loudness import LoudnessMeter
from genred.sources.opening import open_source
from genred.sources.resample import BlockResampler
from tests.sources.collect import collect
from tests.sources.loudness import assert_same, measured_by_ffmpeg, moving, of_blocks, pcm_by_ffmpeg

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from genred.audio import AudioBlock
    from genred.audio.loudness import LoudnessValue
    from genred.sources.source import Source

STEREO = moving(48_000, 2, 12.0)


def pushed(
    resampler: BlockResampler, samples: NDArray[np.float32], rate_hz: int, layout: str, size: int
) -> list[AudioBlock]:
    blocks: list[AudioBlock] = []
    for start in range(0, samples.shape[1], size):
        blocks += resampler.push(samples[:, start : start + size], rate_hz, len(samples), layout)
    return blocks + resampler.flush()


@pytest.mark.parametrize(
    ("rate_hz", "layout", "channels"),
    [
        (44_100, "stereo", 2),
        (48_000, "stereo", 2),
        (44_100, "mono", 1),
        (22_050, "mono", 1),
        (8_000, "mono", 1),
        (192_000, "stereo", 2),
        (48_000, "5.1", 6),
        (48_000, "5.1(side)", 6),
        (48_000, "quad", 4),
    ],
)
def test_it_is_what_ffmpeg_says_of_the_same_audio(rate_hz: int, layout: str, channels: int) -> None:
    samples = moving(rate_hz, channels, 25.0)
    blocks = pushed(BlockResampler(measures_loudness=True), samples, rate_hz, layout, rate_hz // 5)
    assert_same(of_blocks(blocks), pcm_by_ffmpeg(samples, rate_hz, layout))


@pytest.mark.parametrize("size", [211, 4_800, 70_001])
def test_the_size_of_the_pieces_changes_nothing(size: int) -> None:
    whole = of_blocks(pushed(BlockResampler(measures_loudness=True), STEREO, 48_000, "stereo", STEREO.shape[1]))
    pieces = of_blocks(pushed(BlockResampler(measures_loudness=True), STEREO, 48_000, "stereo", size))
    assert whole is not None
    assert pieces == pytest.approx(whole, abs=0.001)


def test_a_tone_at_minus_23_is_minus_23() -> None:
    """EBU Tech 3341, test signal 1: 1 kHz at -23 dBFS in both channels."""
    tone = 10 ** (-23 / 20) * np.sin(2 * np.pi * 1_000 * np.arange(20 * 48_000) / 48_000)
    value = of_blocks(
        pushed(BlockResampler(measures_loudness=True), np.array([tone, tone], np.float32), 48_000, "stereo", 9_600)
    )
    assert value is not None
    assert value.integrated_lufs == pytest.approx(-23.0, abs=0.1)
    assert value.range_lu == pytest.approx(0.0, abs=0.1)


def test_quiet_passages_are_gated() -> None:
    """EBU Tech 3341, test signal 3: the tone between passages of -36 dBFS."""
    levels = np.repeat(10 ** (np.array([-36.0, -23.0, -36.0]) / 20), [10 * 48_000, 60 * 48_000, 10 * 48_000])
    tone = levels * np.sin(2 * np.pi * 1_000 * np.arange(levels.size) / 48_000)
    value = of_blocks(
        pushed(BlockResampler(measures_loudness=True), np.array([tone, tone], np.float32), 48_000, "stereo", 48_000)
    )
    assert value is not None
    assert value.integrated_lufs == pytest.approx(-23.0, abs=0.1)


def test_a_peak_between_samples_is_found() -> None:
    """A quarter of the sample rate, an eighth of a turn late: its samples stand 3 dB under its peak."""
    at = np.arange(3 * 48_000)
    swell = np.minimum(1.0, at / 24_000) * np.minimum(1.0, at[::-1] / 24_000)
    tone = (0.5 * swell * np.sin(2 * np.pi * at / 4 + np.pi / 4)).astype(np.float32)[np.newaxis]
    readings = LoudnessMeter().push(tone, 48_000)
    assert np.abs(tone).max() == pytest.approx(0.5 / np.sqrt(2), abs=0.001)
    assert max(reading.true_peak_dbtp for reading in readings) == pytest.approx(-6.02, abs=0.1)
    assert readings[0].true_peak_dbtp < -12.0


def test_no_thread_is_started_for_it() -> None:
    before = len(list(Path("/proc/self/task").iterdir()))
    meters = [LoudnessMeter() for _ in range(3)]
    for meter in meters:
        meter.push(STEREO, 48_000)
    assert len(list(Path("/proc/self/task").iterdir())) == before


def test_nothing_is_measured_that_was_not_asked_for() -> None:
    assert not any(block.loudness for block in pushed(BlockResampler(), STEREO, 48_000, "stereo", 9_600))


def test_silence_comes_to_nothing() -> None:
    blocks = pushed(BlockResampler(measures_loudness=True), np.zeros((2, 480_000), np.float32), 48_000, "", 48_000)
    assert of_blocks(blocks) is None
    readings = [reading for block in blocks for reading in block.loudness]
    assert readings[-1].momentary_lufs == pytest.approx(-120.0, abs=1.0)
    assert readings[-1].true_peak_dbtp == -120.0


@pytest.mark.parametrize("amplitude", [0.1, 0.125, 0.5])
@pytest.mark.parametrize("rate_hz", [8_000, 44_100, 48_000])
def test_digital_silence_after_sound_is_silent_and_ends_no_measurement(
    rate_hz: int, amplitude: float, caplog: pytest.LogCaptureFixture
) -> None:
    second = amplitude * np.sin(2 * np.pi * 440 * np.arange(rate_hz) / rate_hz)
    sound = np.tile(np.stack([second, second]).astype(np.float32), 20)
    meter = LoudnessMeter()
    before = meter.push(sound, rate_hz)
    silent = meter.push(np.zeros((2, 10 * rate_hz), np.float32), rate_hz)
    after = meter.push(sound, rate_hz)
    assert caplog.messages == []
    assert [silent[-1].momentary_lufs, silent[-1].short_term_lufs] == [-120.0, -120.0]
    assert after[-1].short_term_lufs == pytest.approx(before[-1].short_term_lufs, abs=0.01)


def test_no_block_reaches_over_a_hole() -> None:
    resampler = BlockResampler(measures_loudness=True)
    before = resampler.push(STEREO[:, : 4 * 48_000], 48_000, 2)
    resampler.lose(1.0)
    after = resampler.push(STEREO[:, 4 * 48_000 :], 48_000, 2)
    assert before[-1].loudness[-1].short_term_lufs is not None
    assert [reading.momentary_lufs is None for reading in after[0].loudness[:4]] == [True, True, True, False]
    assert [reading.short_term_lufs is None for reading in after[0].loudness[28:30]] == [True, False]


def test_a_packet_that_is_lost_breaks_nothing() -> None:
    resampler = BlockResampler(measures_loudness=True)
    resampler.push(STEREO[:, : 4 * 48_000], 48_000, 2)
    resampler.lose(0.026)
    (after,) = resampler.push(STEREO[:, 4 * 48_000 :], 48_000, 2)
    assert all(reading.short_term_lufs is not None for reading in after.loudness)


def test_another_form_in_the_middle_begins_anew() -> None:
    resampler = BlockResampler(measures_loudness=True)
    blocks = resampler.push(STEREO, 48_000, 2)
    mono = moving(44_100, 1, 12.0)
    blocks += resampler.push(mono, 44_100, 1) + resampler.flush()
    readings = [reading for block in blocks for reading in block.loudness]
    assert sum(reading.momentary_lufs is None for reading in readings) == 6
    sums = LoudnessSums()
    sums.add([reading for block in blocks[1:] for reading in block.loudness])
    assert_same(sums.value, pcm_by_ffmpeg(mono, 44_100, "mono"))


def test_samples_that_are_no_numbers_do_not_stay() -> None:
    resampler = BlockResampler(measures_loudness=True)
    broken = STEREO[:, : 2 * 48_000].copy()
    broken[0, 1_000:1_100] = np.nan
    resampler.push(broken, 48_000, 2)
    (block,) = resampler.push(STEREO, 48_000, 2)
    assert block.loudness[-1].short_term_lufs == pytest.approx(-20.0, abs=15.0)


def test_a_sound_interface_with_many_channels_is_measured() -> None:
    readings = LoudnessMeter().push(moving(48_000, 12, 4.0), 48_000)
    assert readings[-1].short_term_lufs is not None


def test_a_fault_of_the_filter_is_logged_once_and_ends_nothing(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    class Broken:
        def __init__(self) -> None:
            raise ValueError("no filters here")

    monkeypatch.setattr(av.filter, "Graph", Broken)
    with caplog.at_level(logging.WARNING):
        blocks = pushed(BlockResampler(measures_loudness=True), STEREO, 48_000, "stereo", 9_600)
    assert sum(block.seconds for block in blocks) == pytest.approx(12.0, abs=0.1)
    assert not any(block.loudness for block in blocks)
    assert [record.getMessage() for record in caplog.records] == [
        "loudness of stereo at 48000 Hz cannot be measured: no filters here"
    ]


def test_a_stretch_is_not_judged_by_what_came_before_it() -> None:
    loud, quiet = LoudnessReading(-10.0, -10.0, -1.0), LoudnessReading(-30.0, -30.0, -20.0)
    sums = LoudnessSums()
    # The first blocks began in what was on air before.
    sums.add([loud] * 3 + [quiet] * 26 + [loud._replace(momentary_lufs=-30.0)])
    assert sums.value is not None
    assert sums.value.integrated_lufs == pytest.approx(-30.0)
    assert (len(sums.momentary), len(sums.short_term)) == (1, 1)


def test_histograms_add_up() -> None:
    meter, whole, parts = LoudnessMeter(), LoudnessSums(), LoudnessSums()
    readings = meter.push(moving(48_000, 2, 30.0), 48_000)
    whole.add(readings)
    for part in (readings[:150], readings[150:]):
        sums = LoudnessSums()
        sums.add(part)
        parts.merge(sums.momentary.items(), sums.short_term.items(), sums.true_peak_dbtp)
    assert whole.value is not None
    assert parts.value is not None
    assert parts.value.integrated_lufs == pytest.approx(whole.value.integrated_lufs, abs=0.1)
    assert parts.value.true_peak_dbtp == whole.value.true_peak_dbtp


def _write(path: Path, rate_hz: int, layout: str, codec: str) -> Path:
    samples = moving(rate_hz, av.AudioLayout(layout).nb_channels, 20.0)
    with av.open(str(path), "w") as container:
        stream = container.add_stream(codec, rate=rate_hz, layout=layout)
        assert isinstance(stream, av.AudioStream)
        frame = av.AudioFrame.from_ndarray(samples, format="fltp", layout=layout)
        frame.sample_rate = rate_hz
        container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    return path


@pytest.mark.parametrize(
    ("name", "codec", "rate_hz", "layout"),
    [
        ("a.flac", "flac", 44_100, "stereo"),
        ("a.mp3", "libmp3lame", 44_100, "stereo"),
        ("a.m4a", "aac", 48_000, "5.1"),
        ("a.opus", "libopus", 48_000, "mono"),
    ],
)
def test_a_file_is_measured_at_its_own_rate_and_channels(
    tmp_path: Path, name: str, codec: str, rate_hz: int, layout: str
) -> None:
    path = _write(tmp_path / name, rate_hz, layout, codec)
    source = open_source(FileSource(file=str(path), pace="fast"))
    assert_same(_of_source(source), measured_by_ffmpeg("-i", str(path)))


def test_raw_samples_of_a_command_are_measured(tmp_path: Path) -> None:
    samples = moving(44_100, 2, 10.0)
    path = tmp_path / "raw"
    path.write_bytes((samples.T * 32_767).round().astype("<i2").tobytes())
    source = Command(CommandSource(command=("cat", str(path)), rate_hz=44_100, channels=2))
    form = ["-f", "s16le", "-ar", "44100", "-ac", "2"]
    assert_same(_of_source(source), measured_by_ffmpeg(*form, "-i", str(path)))


def _of_source(source: Source) -> LoudnessValue | None:
    source.meter.measures_loudness = True
    collected = collect(source)
    return of_blocks(collected.blocks)
