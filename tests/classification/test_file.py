"""A file classified, in constant memory."""

from __future__ import annotations

import tracemalloc
from typing import TYPE_CHECKING

import numpy as np
import pytest

from genred.classification.file import classify_file
from genred.classification.summary import TimelineEntry
from genred.errors import SourceError
from tests.cli.wav import write_wav
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
    result = classify_file(clip, tiny_bundle)
    assert result.windows == 38
    assert set(result.shares) == {"jazz", "metal", "silence"}
    assert [entry.word for entry in result.timeline] == ["uncertain", "jazz", "metal", "silence"]
    assert isinstance(result.timeline[0], TimelineEntry)
    assert result.timeline[-1].end_s == pytest.approx(result.seconds, abs=0.01)


def test_progress_comes_with_the_length_and_reaches_it(clip: Path, tiny_bundle: ModelBundle) -> None:
    calls: list[tuple[float, float | None]] = []
    classify_file(clip, tiny_bundle, lambda done_s, duration_s: calls.append((done_s, duration_s)))
    assert [done_s for done_s, _ in calls] == sorted(done_s for done_s, _ in calls)
    assert calls[-1][0] == pytest.approx(42.0, abs=0.3)
    assert calls[-1][1] == pytest.approx(42.0, abs=0.01)


def test_a_folder_a_missing_file_and_a_blip_are_named(tmp_path: Path, tiny_bundle: ModelBundle) -> None:
    blip = write_wav(tmp_path / "blip.wav", np.ones(2_000, np.float32))
    for path, fault in ((tmp_path, "is a folder"), (tmp_path / "none.wav", "no such file"), (blip, "too little")):
        with pytest.raises(SourceError, match=fault):
            classify_file(path, tiny_bundle)


def test_memory_does_not_grow_with_the_file(tmp_path: Path, tiny_bundle: ModelBundle) -> None:
    sound = SOUNDS["jazz"](60, np.random.default_rng(1)).astype(np.float32)

    def peak_bytes(minutes: int) -> int:
        path = write_wav(tmp_path / f"{minutes}.wav", np.tile(sound, minutes))
        tracemalloc.start()
        try:
            classify_file(path, tiny_bundle)
            return tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()

    classify_file(write_wav(tmp_path / "warm.wav", sound), tiny_bundle)
    # Ten minutes are 53 MB of samples, and 1.2 MB of estimates.
    assert peak_bytes(10) - peak_bytes(1) < 300_000
