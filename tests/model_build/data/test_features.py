"""Features of a data set: the daemon's own, cached, resumable."""

from __future__ import annotations

import json
import subprocess
from typing import TYPE_CHECKING

import msgspec
import numpy as np
import pytest

from genred.analysis.frontend import LOGMEL, MFCC, FrontEnd, FrontEndSpec
from genred.audio import AudioBlock
from genred.config.schema import FileSource
from genred.sources.opening import open_source
from genred_build.data import extract as extract_module
from genred_build.data.audio import Recording, kept_recordings, read_recording
from genred_build.data.datasets import Clip, open_dataset
from genred_build.data.extract import extract_clip, extract_dataset, segment_starts
from genred_build.data.features import load_features
from genred_build.data.original_json import write_original_json
from genred_build.errors import BuildError
from tests.model_build.material import TINY_SPEC, play, write_three_genres, write_wav

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize("spec", [MFCC, LOGMEL])
def test_features_are_those_of_the_daemons_front_end(tmp_path: Path, spec: FrontEndSpec) -> None:
    path = write_wav(tmp_path / "a.wav", play("beat", 10.5, 1))
    record, found = extract_clip(Clip("a", path, "beat"), "a.wav", spec)
    samples = read_recording(path).samples
    expected = FrontEnd(spec).extract(samples[110_250:220_500])
    assert record.segments == (0, 1)
    assert found.shape == (2, *spec.shape)
    np.testing.assert_array_equal(found[1], expected)


@pytest.mark.parametrize(
    ("samples", "whole", "short"),
    [
        (661_794, 6, 0),
        (660_000, 5, 108_750),
        (551_250 + 110_080, 6, 0),
        (551_250 + 110_079, 5, 110_079),
        (551_250 + 1_000, 5, 0),
        (100, 0, 0),
    ],
)
def test_a_last_segment_counts_when_it_has_all_its_frames(samples: int, whole: int, short: int) -> None:
    starts, rest = segment_starts(samples, MFCC)
    assert starts == [110_250 * number for number in range(whole)]
    assert rest == short


def test_a_last_segment_without_its_last_samples_equals_librosas(tmp_path: Path) -> None:
    import librosa

    path = write_wav(tmp_path / "a.wav", play("hum", 110_100 / 22_050, 3))
    _, found = extract_clip(Clip("a", path, "hum"), "a.wav", MFCC)
    samples = read_recording(path).samples
    expected = librosa.feature.mfcc(y=samples, sr=22_050, n_mfcc=13, n_fft=2048, hop_length=512).T
    assert samples.size == 110_100
    np.testing.assert_allclose(found[0], expected, atol=1e-3)


def test_recordings_are_mono_at_the_front_ends_rate(tmp_path: Path) -> None:
    path = write_wav(tmp_path / "a.wav", play("hum", 2.0, 1), rate_hz=44_100)
    recording = read_recording(path)
    assert recording.samples.dtype == np.float32
    assert recording.samples.size == pytest.approx(22_050, abs=2)


@pytest.mark.parametrize("name", ["a.wav", "a.mp3", "a.ogg", "a.opus", "a.flac", "a.m4a"])
def test_training_hears_a_file_as_the_daemon_does(tmp_path: Path, name: str) -> None:
    wav = write_wav(tmp_path / "source.wav", play("beat", 6.0, 1), rate_hz=44_100)
    path = tmp_path / name
    command = [
        "ffmpeg",
        "-nostdin",
        "-v",
        "error",
        "-y",
        "-i",
        str(wav),
        "-af",
        "pan=stereo|c0=c0|c1=0.5*c0",
        str(path),
    ]
    subprocess.run(command, check=True, timeout=60)
    session = open_source(FileSource(file=str(path), pace="fast")).session()
    received = np.concatenate([item.samples for item in session if isinstance(item, AudioBlock)])
    read = read_recording(path).samples
    assert abs(read.size - received.size) <= 2
    shared = min(read.size, received.size)
    np.testing.assert_allclose(read[:shared], received[:shared], atol=2e-4)


def test_a_killed_extraction_goes_on_where_it_was(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    dataset = open_dataset(write_three_genres(tmp_path / "set", clips=2, seconds=1.0))
    whole = extract_dataset(dataset, TINY_SPEC, tmp_path / "whole", workers=1)

    def stop_at_three(done: int, total: int, seconds: float) -> None:
        if done == 3:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        extract_dataset(dataset, TINY_SPEC, tmp_path / "cache", workers=1, progress=stop_at_three)
    extracted: list[str] = []

    def counted(clip: Clip, *rest: object) -> object:
        extracted.append(clip.clip_id)
        return extract_clip(clip, *rest)  # type: ignore[arg-type]

    monkeypatch.setattr(extract_module, "extract_clip", counted)
    resumed = extract_dataset(dataset, TINY_SPEC, tmp_path / "cache", workers=1)
    assert len(extracted) == 3
    assert resumed.clips == whole.clips
    np.testing.assert_array_equal(resumed.features, whole.features)
    assert extract_dataset(dataset, TINY_SPEC, tmp_path / "cache", workers=1).fingerprint == whole.fingerprint
    assert len(extracted) == 3


def test_changed_audio_labels_and_parameters_make_the_cache_invalid(tmp_path: Path) -> None:
    root = write_three_genres(tmp_path / "set", clips=2, seconds=1.0)
    cache = tmp_path / "cache"
    first = extract_dataset(open_dataset(root), TINY_SPEC, cache, workers=1)
    write_wav(root / "hum" / "hum00.wav", play("hum", 1.0, 77))
    second = extract_dataset(open_dataset(root), TINY_SPEC, cache, workers=1)
    manifest = (root / "manifest.csv").read_text().replace("hum band 1", "Someone Else")
    (root / "manifest.csv").write_text(manifest)
    third = extract_dataset(open_dataset(root), TINY_SPEC, cache, workers=1)
    fourth = extract_dataset(open_dataset(root), replace_coefficients(7), cache, workers=1)
    assert len({found.fingerprint for found in (first, second, third, fourth)}) == 4
    assert not np.array_equal(first.features, second.features)
    assert fourth.features.shape[2] == 7


def replace_coefficients(count: int) -> FrontEndSpec:
    return msgspec.structs.replace(TINY_SPEC, n_coefficients=count)


def test_parallel_and_serial_extraction_are_equal(tmp_path: Path) -> None:
    dataset = open_dataset(write_three_genres(tmp_path / "set", clips=2, seconds=1.0))
    serial = extract_dataset(dataset, TINY_SPEC, tmp_path / "serial", workers=1)
    parallel = extract_dataset(dataset, TINY_SPEC, tmp_path / "parallel", workers=2)
    assert parallel.clips == serial.clips
    np.testing.assert_array_equal(parallel.features, serial.features)


def test_the_originals_json_holds_mapping_labels_and_mfcc(tmp_path: Path) -> None:
    dataset = open_dataset(write_three_genres(tmp_path / "set", clips=2, seconds=1.0))
    found = extract_dataset(dataset, TINY_SPEC, tmp_path / "cache", workers=1)
    write_original_json(found, tmp_path / "data.json")
    written = json.loads((tmp_path / "data.json").read_text())
    assert written["mapping"] == ["beat", "hiss", "hum"]
    assert written["labels"] == [0] * 4 + [1] * 4 + [2] * 4
    np.testing.assert_allclose(written["mfcc"], found.features, atol=1e-5)


def test_damaged_cache_says_what_to_do(tmp_path: Path) -> None:
    (tmp_path / "features.npz").write_bytes(b"PK\x03\x04 no more")
    with pytest.raises(BuildError, match="run `genred-build prepare` again"):
        load_features(tmp_path / "features.npz")


def test_prepare_reads_anew_what_its_own_damaged_cache_held(tmp_path: Path) -> None:
    dataset = open_dataset(write_three_genres(tmp_path / "set", clips=2, seconds=1.0))
    cache = tmp_path / "cache"
    whole = extract_dataset(dataset, TINY_SPEC, cache, workers=1)
    (cache / "features.npz").write_bytes((cache / "features.npz").read_bytes()[:2_000])
    again = extract_dataset(dataset, TINY_SPEC, cache, workers=1)
    np.testing.assert_array_equal(again.features, whole.features)
    assert load_features(cache / "features.npz").fingerprint == whole.fingerprint


def test_a_hidden_copy_of_a_file_does_not_hide_the_file(tmp_path: Path) -> None:
    root = write_three_genres(tmp_path / "set", clips=2, seconds=1.0)
    (root / "hum" / "._hum00.wav").write_bytes((root / "hum" / "hum00.wav").read_bytes())
    (root / "beat" / ".hiss01.wav").write_bytes((root / "hiss" / "hiss01.wav").read_bytes())
    found = {
        clip.file: clip for clip in extract_dataset(open_dataset(root), TINY_SPEC, tmp_path / "c", workers=1).clips
    }
    assert [found[f"{name}.wav"].error for name in ("hum/hum00", "hiss/hiss01")] == ["", ""]
    for name in ("hum/._hum00.wav", "beat/.hiss01.wav"):
        assert found[name].error == extract_module.HIDDEN
        assert not found[name].segments


def test_recordings_that_are_read_again_are_kept_up_to_a_bound(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    paths = [write_wav(tmp_path / f"{seconds}.wav", play("hum", seconds, 1)) for seconds in (1.0, 3.0, 0.5)]
    read: list[Path] = []

    def counted(path: Path) -> Recording:
        read.append(path)
        return read_recording(path)

    monkeypatch.setattr("genred_build.data.audio.read_recording", counted)
    kept = kept_recordings(most=2 * 22_050)
    for _ in range(3):
        assert [kept(path).size for path in paths] == [22_050, 66_150, 11_025]
    assert [read.count(path) for path in paths] == [1, 3, 1]
