"""A file classified, in constant memory."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from genred.analysis.classifier import Classifier
from genred.classification.file import FileClassifier
from genred.classification.summary import Medium
from genred.classification.timeline import TimelineEntry
from genred.errors import SourceError
from tests.cli.wav import write_wav
from tests.memory import peak_bytes
from tests.signals import SOUNDS

if TYPE_CHECKING:
    from pathlib import Path

    from genred.analysis.bundle import ModelBundle


@pytest.fixture
def clip(tmp_path: Path) -> Path:
    rng = np.random.default_rng(2)
    parts = [SOUNDS["jazz"](15, rng), SOUNDS["metal"](15, rng), np.zeros(22_050 * 12, np.float32)]
    return write_wav(tmp_path / "song.wav", np.concatenate(parts))


def test_a_file_has_shares_means_and_a_timeline(clip: Path, tiny_bundle: ModelBundle) -> None:
    result = FileClassifier(tiny_bundle).classify(clip)
    assert result.windows == 38
    assert set(result.shares) == {"jazz", "metal", "silence"}
    assert [entry.word for entry in result.timeline] == ["jazz", "metal", "silence"]
    assert isinstance(result.timeline[0], TimelineEntry)
    assert [entry.start_s for entry in result.timeline] == pytest.approx([0, 15, 30], abs=1.0)
    assert result.word in {"jazz", "metal"}
    assert result.medium == Medium("pcm_s16le", 22_050, 1, 352_800)
    assert result.timeline[-1].end_s == pytest.approx(result.seconds, abs=0.01)


@pytest.mark.parametrize("loud_s", [1.0, 2.0, 3.5, 4.0, 6.0])
def test_silence_is_dated_where_it_begins_also_within_the_first_seconds(
    loud_s: float, tmp_path: Path, tiny_bundle: ModelBundle
) -> None:
    sound = SOUNDS["jazz"](loud_s, np.random.default_rng(2))
    samples = np.concatenate([sound, np.zeros(22_050 * 12, np.float32), SOUNDS["metal"](9, np.random.default_rng(3))])
    result = FileClassifier(tiny_bundle).classify(write_wav(tmp_path / "short.wav", samples))
    _, silence, after = result.timeline
    assert silence.word == "silence"
    assert [silence.start_s, after.start_s] == pytest.approx([loud_s, loud_s + 12], abs=1.0)


def test_a_channel_that_dies_within_the_first_seconds_is_dated_there(tmp_path: Path, tiny_bundle: ModelBundle) -> None:
    both = np.stack([SOUNDS["jazz"](45, np.random.default_rng(2))] * 2)
    both[1, 3 * 22_050 :] = 0
    (fault,) = FileClassifier(tiny_bundle).classify(write_wav(tmp_path / "dead.wav", both)).signal_faults
    assert (fault.fault, fault.channel) == ("dead_channel", 2)
    assert (fault.start_s, fault.end_s) == pytest.approx((3.0, 45.0), abs=1.0)


def test_a_pause_within_the_first_seconds_is_no_silence(tmp_path: Path, tiny_bundle: ModelBundle) -> None:
    samples = SOUNDS["jazz"](12, np.random.default_rng(2))
    samples[22_050 : 3 * 22_050] = 0
    result = FileClassifier(tiny_bundle).classify(write_wav(tmp_path / "pause.wav", samples))
    assert [(entry.word, entry.start_s) for entry in result.timeline] == [("jazz", 0.0)]


def test_what_was_classified_before_makes_no_difference(clip: Path, tmp_path: Path, tiny_bundle: ModelBundle) -> None:
    classifier = FileClassifier(tiny_bundle)
    blip = write_wav(tmp_path / "blip.wav", np.ones(2_000, np.float32))
    speech = write_wav(tmp_path / "speech.wav", SOUNDS["speech"](7.3, np.random.default_rng(4)))
    first = classifier.classify(clip)
    with pytest.raises(SourceError, match="too short"):
        classifier.classify(blip)
    assert classifier.classify(speech) == FileClassifier(tiny_bundle).classify(speech)
    assert classifier.classify(clip) == first


def test_the_network_is_loaded_once_for_all_files(
    clip: Path, tiny_bundle: ModelBundle, monkeypatch: pytest.MonkeyPatch
) -> None:
    loaded: list[ModelBundle] = []

    def counted(bundle: ModelBundle) -> Classifier:
        loaded.append(bundle)
        return Classifier(bundle)

    for module in ("genred.classification.file", "genred.analysis.analyzer"):
        monkeypatch.setattr(f"{module}.Classifier", counted)
    classifier = FileClassifier(tiny_bundle)
    for _ in range(3):
        classifier.classify(clip)
    assert loaded == [tiny_bundle]


def test_progress_comes_with_the_length_and_reaches_it(clip: Path, tiny_bundle: ModelBundle) -> None:
    calls: list[tuple[float, float | None]] = []
    FileClassifier(tiny_bundle).classify(clip, lambda done_s, duration_s: calls.append((done_s, duration_s)))
    assert [done_s for done_s, _ in calls] == sorted(done_s for done_s, _ in calls)
    assert calls[-1][0] == pytest.approx(42.0, abs=0.01)
    assert calls[-1][1] == pytest.approx(42.0, abs=0.01)


def test_a_folder_a_missing_file_and_a_blip_are_named(tmp_path: Path, tiny_bundle: ModelBundle) -> None:
    blip = write_wav(tmp_path / "blip.wav", np.ones(2_000, np.float32))
    for path, fault in ((tmp_path, "is a folder"), (tmp_path / "none.wav", "no such file"), (blip, "too short")):
        with pytest.raises(SourceError, match=fault):
            FileClassifier(tiny_bundle).classify(path)


def test_memory_does_not_grow_with_the_file(tmp_path: Path, tiny_bundle: ModelBundle) -> None:
    sound = SOUNDS["jazz"](60, np.random.default_rng(1)).astype(np.float32)

    classifier = FileClassifier(tiny_bundle)

    def peak(minutes: int) -> int:
        path = write_wav(tmp_path / f"{minutes}.wav", np.tile(sound, minutes))
        return peak_bytes(lambda: classifier.classify(path))

    classifier.classify(write_wav(tmp_path / "warm.wav", sound))
    # Ten minutes are 53 MB of samples, and 1.2 MB of estimates.
    assert peak(10) - peak(1) < 300_000
