from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from genred.analysis.bundle import load_bundle
from genred_build.cli.main import main
from genred_build.data.corpus_files import CorpusFile
from genred_build.errors import BuildError
from genred_build.npz import write_npz
from genred_build.steps.explain import explain

if TYPE_CHECKING:
    from pathlib import Path


def test_store_of_other_music_is_named(tmp_path: Path) -> None:
    store = tmp_path / "store"
    store.mkdir()
    write_npz(store / "x.0.npz", {"name": np.array("x"), "at": np.zeros(1), "embedding": np.zeros((1, 200))})
    files = [CorpusFile("blues/a.wav", tmp_path / "a.wav", 0, "", "a", room=False)]
    with pytest.raises(BuildError, match="store: has no embeddings of music of this corpus"):
        explain(load_bundle("student"), files, store, tmp_path / "out")


def test_weights_are_not_unpacked_without_music(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "manifest.csv").write_text("file,genre,source,id,artist\n")
    assert main(["student", "unpack", "--data", str(tmp_path), "--to", str(tmp_path / "start.npz")]) == 1
    assert f"{tmp_path}: contains no music" in capsys.readouterr().err
