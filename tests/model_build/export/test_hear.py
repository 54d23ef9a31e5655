from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from genred.analysis.bundle import load_bundle
from genred_build.data.corpus_files import CorpusFile
from genred_build.export import hear as module
from genred_build.export.hear import condition_of, hear_files
from tests.model_build.material import play, write_wav

if TYPE_CHECKING:
    from pathlib import Path

    import pytest
    from numpy.typing import NDArray

BUNDLE = load_bundle("student")
STUDENT, PATCHES = BUNDLE.tflite, BUNDLE.card.patches


def test_each_view_of_a_file_is_heard_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = write_wav(tmp_path / "0.wav", play("hum", 8.0, 0))
    files = [
        CorpusFile("blues/0.wav", path, 0, "", "0", room=False),
        CorpusFile("blues/room.wav", path, 0, "", "0", room=True),
    ]
    seen: list[int] = []
    first = hear_files(
        STUDENT, files, tmp_path / "heard", patches=PATCHES, workers=1, progress=lambda done, _: seen.append(done)
    )
    assert [(one.file.room, one.view) for one in first] == [
        (False, "clean"),
        (False, "noise"),
        (False, "passage"),
        (True, "clean"),
    ]
    assert seen[-1] == 4
    assert first[0].windows.shape == (4, 256)
    assert not np.allclose(first[0].windows[0], first[1].windows[0])
    monkeypatch.setattr(module, "ProcessPoolExecutor", None)
    again = hear_files(STUDENT, files, tmp_path / "heard", patches=PATCHES, workers=1)
    assert all(np.array_equal(a.windows, b.windows) for a, b in zip(first, again, strict=True))


def test_file_that_has_changed_or_whose_answers_are_damaged_is_heard_again(tmp_path: Path) -> None:
    path = write_wav(tmp_path / "0.wav", play("hum", 5.0, 0))
    files = [CorpusFile("blues/0.wav", path, 0, "", "0", room=False)]

    def windows() -> NDArray[np.float32]:
        (found,) = hear_files(STUDENT, files, tmp_path / "heard", patches=PATCHES, views=("clean",), workers=1)
        return found.windows

    first = windows()
    write_wav(path, play("beat", 5.0, 0))
    second = windows()
    assert not np.allclose(first, second)
    (kept,) = (tmp_path / "heard").glob("*/*.npz")
    kept.write_bytes(kept.read_bytes()[:200])
    assert np.array_equal(windows(), second)


def test_files_take_turns_in_their_conditions() -> None:
    conditions = {condition_of(str(number), "passage") for number in range(40)}
    assert conditions == {"room (RT60 0.5 s)", "telephone band", "MP3 at 32 kbit/s"}
    assert condition_of("x", "clean") == "clean"
