from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
import numpy as np
import pytest

from genred.analysis.analyzer import Analyzer
from genred.analysis.bundle import load_bundle
from genred_build.cli.main import main
from genred_build.errors import BuildError
from genred_build.spec.labels import LABELS
from genred_build.spec.workspace import Workspace
from genred_build.steps.extend import ExtensionReport, extend, result_lines
from tests.model_build.material import play, write_wav

if TYPE_CHECKING:
    from pathlib import Path

SECONDS = 11.0
BEATERS = 4


def write_styles(root: Path, *styles: str, clips: int = BEATERS) -> Path:
    """Each clip of a style is by an artist of its own."""
    lines = ["file,artist"]
    for number, style in enumerate(styles):
        for clip in range(clips):
            write_wav(root / style / f"{clip}.wav", play(style, SECONDS, 100 * number + clip))
            lines.append(f"{style}/{clip}.wav,{style} artist {clip}")
    (root / "manifest.csv").write_text("\n".join(lines) + "\n")
    return root


@pytest.fixture(scope="module")
def extended(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, ExtensionReport]:
    folder = tmp_path_factory.mktemp("extend")
    data = write_styles(folder / "words", "hum", "beat")
    bundle, report = extend("student", data, Workspace(folder / "out"), folder / "more", workers=1)
    return bundle.path, report


def test_new_words_are_known_by_artists_that_were_left_out(extended: tuple[Path, ExtensionReport]) -> None:
    _, report = extended
    assert {one.word: (one.clips, one.artists) for one in report.words} == {"beat": (4, 4), "hum": (4, 4)}
    assert all(one.right >= 3 and one.low < one.right / one.clips < 1.0001 for one in report.words)
    assert set(report.old_words_lost) == set(LABELS)
    assert np.mean(list(report.old_words_lost.values())) < 0.05
    assert "of 4 clips right when their artist was left out" in result_lines(report)[0]
    assert not any("no artist" in line for line in result_lines(report))


def test_figures_of_clips_whose_artists_are_unknown_are_said_to_be_too_good(
    extended: tuple[Path, ExtensionReport],
) -> None:
    _, report = extended
    told = result_lines(msgspec.structs.replace(report, without_artist=3))
    assert any(line.startswith("3 clips have no artist in a manifest.csv") for line in told)
    told = result_lines(msgspec.structs.replace(report, without_artist=1))
    assert any(line.startswith("1 clip has no artist in a manifest.csv") for line in told)


def test_bundle_answers_with_the_new_words_and_keeps_the_old_ones_odds(
    extended: tuple[Path, ExtensionReport],
) -> None:
    bundle, student = load_bundle(extended[0]), load_bundle("student")
    assert bundle.card.labels == (*LABELS, "beat", "hum")
    assert {figure.metric for figure in bundle.card.evaluations} == {"recall of beat", "recall of hum"}
    measured, of_base = bundle.card.quantization, student.card.quantization
    assert measured.scheme == of_base.scheme
    assert 2 * BEATERS <= measured.windows < of_base.windows
    assert measured.agreement > 0.9
    assert "windows that it was fitted on" in bundle.card.training.notes[0]
    samples = play("hum", 5.0, 77).astype(np.float32)
    windows = (Analyzer(each).push(samples)[0].window_probabilities for each in (bundle, student))
    found, before = (np.log(np.array(each)) for each in windows)
    assert bundle.card.labels[int(found.argmax())] == "hum"
    old = found[:11] - found[:11].max() - (before - before.max())
    assert np.abs(old[before > before.max() - 4]).max() < 0.3


def test_extended_bundle_can_be_extended_again(extended: tuple[Path, ExtensionReport], tmp_path: Path) -> None:
    data = write_styles(tmp_path / "words", "hiss", clips=3)
    bundle, report = extend(str(extended[0]), data, Workspace(tmp_path / "out"), tmp_path / "again.json", workers=1)
    assert bundle.card.labels == (*LABELS, "beat", "hum", "hiss")
    assert set(report.old_words_lost) == {*LABELS, "beat", "hum"}


def test_folder_without_a_new_word_or_with_too_few_clips_is_refused(tmp_path: Path) -> None:
    few = write_styles(tmp_path / "few", "hum", clips=2)
    with pytest.raises(BuildError, match="3 clips of five seconds and more are needed of each word: hum has 2"):
        extend("student", few, Workspace(tmp_path / "out"), tmp_path / "x", workers=1)
    write_wav(tmp_path / "known" / "Jazz" / "0.wav", play("hum", 6.0, 0))
    with pytest.raises(BuildError, match="holds no word that student does not have"):
        extend("student", tmp_path / "known", Workspace(tmp_path / "out2"), tmp_path / "x", workers=1)


def test_a_network_that_is_not_the_students_is_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    data = write_styles(tmp_path / "words", "hum", clips=3)
    arguments = ["extend", "--dataset", str(data), "--model", "original", "--out", str(tmp_path), "--workers", "1"]
    assert main(arguments) == 1
    assert "genred-build: " in capsys.readouterr().err
