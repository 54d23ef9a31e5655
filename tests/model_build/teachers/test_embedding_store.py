from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from genred_build.data.corpus_files import CorpusFile
from genred_build.errors import BuildError
from genred_build.teachers.embedding_store import STRETCH_S, embed_pass, open_embeddings, read_store, window_starts
from genred_build.teachers.musicnn import FRAMES_A_SECOND, PATCH_FRAMES
from tests.model_build.material import play, write_wav

if TYPE_CHECKING:
    from pathlib import Path


def write_files(folder: Path) -> list[CorpusFile]:
    files = []
    for number, seconds in enumerate((20.0, 2.0)):
        path = write_wav(folder / f"{number}.wav", play("hum", seconds, number))
        files.append(CorpusFile(f"blues/{number}.wav", path, 0, "", str(number), room=False))
    (folder / "broken.mp3").write_bytes(b"nothing")
    return [*files, CorpusFile("unlabelled/broken.mp3", folder / "broken.mp3", -1, "", "broken", room=False)]


def test_passes_hear_every_file_at_other_places_and_nothing_twice(tmp_path: Path) -> None:
    heard: list[int] = []

    def network(patches: np.ndarray) -> np.ndarray:
        heard.append(len(patches))
        return np.asarray(patches[:, :4].mean(axis=2), np.float32)

    files = write_files(tmp_path)
    for number in (0, 1):
        embed_pass(files, network, tmp_path / "store", number)
    assert sorted(heard) == [1, 1, 2, 2]
    embed_pass(files, network, tmp_path / "store", 1)
    assert len(heard) == 4
    write_wav(files[1].path, play("beat", 2.0, 1))
    embed_pass(files, network, tmp_path / "store", 1)
    assert len(heard) == 5
    found = open_embeddings(tmp_path / "store")
    assert set(found.by_name) == {"blues/0.wav", "blues/1.wav"}
    seconds, values = found.by_name["blues/0.wav"]
    assert len(seconds) == 4
    assert (np.diff(seconds) > 0).all()
    # Shorter than a window, it is heard at the same place each time.
    assert len(found.by_name["blues/1.wav"][0]) == 1
    assert values.shape == (4, found.size)


def test_windows_lie_one_in_each_stretch_and_end_with_the_file() -> None:
    frames = round(30 * FRAMES_A_SECOND)
    starts = window_starts(frames, "x", 0)
    stretch = round(STRETCH_S * FRAMES_A_SECOND)
    assert [start // stretch for start in starts[:-1]] == list(range(len(starts) - 1))
    assert starts[-1] <= frames - PATCH_FRAMES
    assert starts != window_starts(frames, "x", 1)
    assert window_starts(40, "x", 0) == [0]


def test_empty_store_says_what_fills_it(tmp_path: Path) -> None:
    with pytest.raises(BuildError, match="genred-build student embed"):
        read_store(tmp_path, 8)
