"""The pictures, from columns that were gathered in constant memory."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from genred.analysis.frontend import MFCC, shared_front_end
from genred.audio import SAMPLE_RATE_HZ
from genred.cli.main import main
from genred.exit_codes import ExitCode
from genred.pictures.drawing import HEIGHT, WIDTH, draw_both, draw_mel_spectrogram, draw_waveform
from genred.pictures.gathering import PictureColumns
from genred.pictures.mel_spectrogram import MAX_COLUMNS
from tests.cli.wav import write_wav

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

NOISE: NDArray[np.float32] = np.asarray(np.random.default_rng(3).standard_normal(60 * SAMPLE_RATE_HZ) / 8, np.float32)


def gathered(samples: NDArray[np.float32], sizes: list[int]) -> PictureColumns:
    columns = PictureColumns()
    start = turn = 0
    while start < samples.size:
        size = sizes[turn % len(sizes)]
        columns.add(samples[start : start + size])
        start, turn = start + size, turn + 1
    return columns


@given(st.lists(st.integers(1, 90_000), min_size=1, max_size=5).filter(lambda sizes: sum(sizes) > 2_000))
def test_any_block_sizes_give_the_same_columns(sizes: list[int]) -> None:
    whole, divided = gathered(NOISE, [NOISE.size]), gathered(NOISE, sizes)
    np.testing.assert_array_equal(whole.waveform.envelope(), divided.waveform.envelope())
    np.testing.assert_allclose(whole.mel.levels(), divided.mel.levels(), atol=1e-3)


def test_the_envelope_holds_the_least_and_the_greatest_sample() -> None:
    low, high = gathered(NOISE, [10_000]).waveform.envelope()
    assert low.min() == pytest.approx(NOISE.min())
    assert high.max() == pytest.approx(NOISE.max())
    assert (low <= high).all()


def test_the_mel_columns_of_a_short_recording_are_the_front_end_s_frames() -> None:
    samples = NOISE[: 2 * SAMPLE_RATE_HZ]
    padded = np.concatenate([np.zeros(MFCC.n_fft // 2, np.float32), samples])
    count = 1 + (padded.size - MFCC.n_fft) // MFCC.hop_samples
    expected = shared_front_end(MFCC).frame_levels(padded, count)
    assert np.abs(gathered(samples, [777]).mel.levels() - expected).max() < 1e-3


def test_hours_are_as_many_columns_as_minutes() -> None:
    columns = PictureColumns()
    for _ in range(120):
        columns.add(NOISE)
        for count in (len(columns.mel.levels()), len(columns.waveform.envelope()[0])):
            assert MAX_COLUMNS // 2 <= count <= MAX_COLUMNS
    assert columns.waveform.samples == 120 * NOISE.size


@pytest.mark.parametrize("seconds", [0.0, 0.01, 0.5, 1.0, 30.0])
def test_recordings_of_any_length_are_drawn(seconds: float) -> None:
    columns = PictureColumns()
    columns.add(NOISE[: round(seconds * SAMPLE_RATE_HZ)])
    for picture in (draw_waveform(columns), draw_mel_spectrogram(columns)):
        assert picture.size == (WIDTH, HEIGHT)
    assert draw_both(columns).size == (WIDTH, 2 * HEIGHT)


def test_what_is_silent_is_dark_and_what_sounds_is_light() -> None:
    columns = PictureColumns()
    columns.add(np.zeros(10 * SAMPLE_RATE_HZ, np.float32))
    columns.add(NOISE[: 10 * SAMPLE_RATE_HZ])
    mel = np.asarray(draw_mel_spectrogram(columns).convert("L"), np.float64)
    assert mel[150:400, 200:700].mean() < 20
    assert mel[150:400, 900:1_400].mean() > 100
    wave = np.asarray(draw_waveform(columns).convert("L"), np.float64)
    assert wave[150:200, 200:700].mean() > wave[150:200, 900:1_400].mean()


def test_classify_draws_the_picture_of_a_file(tmp_path: Path, tiny_model_path: Path) -> None:
    song, picture = tmp_path / "song.wav", tmp_path / "song.png"
    write_wav(song, NOISE[: 8 * SAMPLE_RATE_HZ])
    line = ["classify", "--model", str(tiny_model_path), "--picture", str(picture)]
    assert main([*line, str(song)]) == ExitCode.OK
    with Image.open(picture) as drawn:
        assert (drawn.format, drawn.size) == ("PNG", (WIDTH, 2 * HEIGHT))


def test_a_picture_is_of_one_file(tmp_path: Path, tiny_model_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    song = tmp_path / "song.wav"
    write_wav(song, NOISE[: 8 * SAMPLE_RATE_HZ])
    line = ["classify", "--model", str(tiny_model_path), "--picture", str(tmp_path / "x.png")]
    assert main([*line, str(song), str(song)]) == ExitCode.USAGE
    assert "draws a single file" in capsys.readouterr().err
    assert not (tmp_path / "x.png").exists()


def test_a_recording_is_explained_in_one_picture(tmp_path: Path, tiny_model_path: Path) -> None:
    path = write_wav(tmp_path / "song.wav", NOISE)
    code = main(["archive", "--explain", str(path), "--out", str(tmp_path / "out"), "--model", str(tiny_model_path)])
    assert code == ExitCode.OK
    with Image.open(tmp_path / "out" / "song.png") as picture:
        assert picture.size == (WIDTH, 4 * HEIGHT)
        parts = [picture.crop((0, top, WIDTH, top + HEIGHT)).getcolors(1 << 20) for top in range(0, 4 * HEIGHT, HEIGHT)]
    assert all(len(colours or ()) > 3 for colours in parts)
