"""From a folder of a user's own to a bundle that the daemon runs, in one command."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from genred.analysis.bundle import load_bundle
from tests.model_build.material import play, write_recipe, write_three_genres, write_wav

if TYPE_CHECKING:
    from pathlib import Path

# Seconds on an idle machine; TensorFlow is patient on a busy one.
TIMEOUT_S = 600
pytestmark = pytest.mark.timeout(900)
SPLITS = ("--split", "random-segment", "--split", "artist:3")
# Window, clip; accuracy, balanced accuracy.
FIGURES_OF_A_SET = 4


def run(module: str, *arguments: str | Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", module, *(str(argument) for argument in arguments)]
    return subprocess.run(command, capture_output=True, text=True, timeout=TIMEOUT_S, check=False)


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """OUT of `genred-build all` on three made-up genres, and what it printed."""
    folder = tmp_path_factory.mktemp("build")
    write_three_genres(folder / "mine", clips=10, artists=10)
    write_three_genres(folder / "theirs", clips=2, first_seed=5_000)
    (folder / "theirs" / "manifest.csv").unlink()
    recipe = write_recipe(folder / "tiny.yaml", epochs=8)
    out = folder / "out"
    others = f"theirs={folder / 'theirs'}"
    done = run(
        "genred_build",
        "all",
        "--dataset",
        folder / "mine",
        "--recipe",
        recipe,
        *SPLITS,
        "--others",
        others,
        "--out",
        out,
    )
    assert done.returncode == 0, done.stderr
    return out, done.stdout


def test_the_bundle_runs_in_the_daemon(built: tuple[Path, str], tmp_path: Path) -> None:
    out, _ = built
    songs = [write_wav(tmp_path / f"{style}.wav", play(style, 6.0, 999)) for style in ("hum", "hiss", "beat")]
    done = run("genred", "classify", "--json", "--model", out / "tiny.json", *songs)
    assert done.returncode == 0, done.stderr
    answers = [json.loads(line) for line in done.stdout.splitlines()]
    for song, answer in zip(songs, answers, strict=True):
        assert max(answer["mean"], key=answer["mean"].get) == song.stem


def test_the_card_tells_the_whole_story(built: tuple[Path, str]) -> None:
    out, _ = built
    card = load_bundle(out / "tiny.json").card
    assert card.labels == ("beat", "hiss", "hum")
    assert card.activation == "logits"
    assert card.training.recipe == "tiny"
    assert card.training.split == "random-segment, seed 3"
    assert sum(card.training.clips.values()) == len(card.training.clip_ids) == 30
    assert {"tensorflow", "keras", "numpy", "python"} <= set(card.training.versions)
    by_split = {figure.split: figure.leaky for figure in card.evaluations}
    assert by_split == {"random-segment": True, "theirs": False, "artist, 3 folds": False}
    assert len(card.evaluations) == 3 * FIGURES_OF_A_SET
    for figure in card.evaluations:
        assert figure.low <= figure.value <= figure.high
        assert figure.count > 0
    assert all("not this network" in figure.how for figure in card.evaluations if "artist" in figure.split)
    assert card.quantization.windows > 0


def test_every_output_says_which_figure_leaks(built: tuple[Path, str]) -> None:
    out, printed = built
    assert "random-segment-seed3 (leaky: segments of one song stand on both sides)" in printed
    assert re.search(r"test part of random-segment, LEAKY, \d+ windows: accuracy", printed)
    assert re.search(r"judged +all folds of artist, 180 windows: accuracy", printed)
    report = (out / "report.md").read_text()
    assert "| tiny-random-segment-seed3: test part of random-segment | LEAKY |" in report
    assert "| tiny-artist-seed3-3folds: all folds of artist | no |" in report
    assert "stand in training and in test" in report


def test_the_evaluation_holds_all_that_was_asked(built: tuple[Path, str]) -> None:
    out, _ = built
    result = json.loads((out / "runs/tiny-random-segment-seed3/evaluation.json").read_text())
    assert next(row["degradation"] for row in result["robustness"]) == "none"
    assert len(result["robustness"]) == 8
    assert [row["smoothing"].split()[0] for row in result["programmes"]] == ["window", "EMA", "sticky"]
    assert len(result["calibration"]["reliability_after"]) == 10
    assert len(result["calibration"]["coverage"]) == 20
    # Made-up genres that a network cannot confuse: what is learned must survive quantization and the daemon.
    assert result["test"]["clips"]["accuracy"]["value"] > 0.6


def test_the_report_opens_in_a_browser_with_every_figure(built: tuple[Path, str], tmp_path: Path) -> None:
    out, _ = built
    page = (out / "report.html").read_text()
    assert not re.search(r'(src|href)="(?!data:image/png;base64,)', page)
    count = "<script>onload=()=>{document.title=[...document.images].filter(i=>i.naturalWidth>300).length+' shown'}"
    copy = tmp_path / "report.html"
    copy.write_text(page.replace("</body>", f"{count}</script></body>"))
    command = ["chromium", "--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"]
    options = [f"--user-data-dir={tmp_path / 'profile'}", "--virtual-time-budget=20000", "--dump-dom", copy.as_uri()]
    done = subprocess.run([*command, *options], capture_output=True, text=True, timeout=TIMEOUT_S, check=False)
    shown = re.search(r"<title>(\d+) shown</title>", done.stdout)
    assert shown, done.stderr[-2000:]
    figures = len(re.findall("<img ", page))
    assert int(shown[1]) == figures
    names = {path.stem for path in (out / "report_figures").glob("*.png")}
    assert len(names) == figures
    for figure in ("curves", "confusion-0-windows", "confusion-0-clips", "reliability", "coverage", "robustness"):
        assert f"tiny-random-segment-seed3-{figure}" in names
    for fold in range(1, 4):
        assert f"tiny-artist-seed3-fold{fold}of3-curves" in names
    assert "tiny-artist-seed3-3folds-confusion-0-clips" in names
    assert "comparison" in names


def test_a_bundle_can_be_written_again_under_another_name(built: tuple[Path, str], tmp_path: Path) -> None:
    out, _ = built
    made_from = "--run", "tiny-artist-seed3-fold1of3", "--name", "mine", "--to", tmp_path, "--licence", "CC0"
    done = run("genred_build", "bundle", "--out", out, *made_from)
    assert done.returncode == 0, done.stderr
    card = load_bundle(tmp_path / "mine.json").card
    assert (card.name, card.licence) == ("mine", "CC0")
    assert card.evaluations[0].split == "artist, fold 1 of 3"
    assert "fold 1 of 3" in card.training.split
    assert not [figure for figure in card.evaluations if "artist" in figure.split and figure.leaky]


def test_figures_of_any_file(tmp_path: Path) -> None:
    song = write_wav(tmp_path / "song.wav", play("beat", 3.0, 1))
    done = run("genred_build", "figures", song, "--out", tmp_path / "pictures")
    assert done.returncode == 0, done.stderr
    drawn = sorted(path.name for path in (tmp_path / "pictures").iterdir())
    assert drawn == ["song-mel.png", "song-mfcc.png", "song-spectrogram.png", "song-waveform.png"]
    for path in (tmp_path / "pictures").iterdir():
        assert path.read_bytes().startswith(b"\x89PNG")
    done = run("genred_build", "figures", tmp_path / "nothing.mp3", "--out", tmp_path)
    assert done.returncode == 1
    assert "nothing.mp3: cannot be decoded" in done.stderr


def test_wrong_usage_is_told_apart_from_faults(tmp_path: Path) -> None:
    assert run("genred_build", "all", "--dataset", tmp_path, "--out", tmp_path, "--split", "fair").returncode == 2
    for folds in ("artist:2", "artist:0", "artist:-3", "artist:"):
        done = run("genred_build", "train", "--out", tmp_path, "--split", folds)
        assert done.returncode == 2
        assert f"'{folds}': " in done.stderr
    done = run("genred_build", "all", "--dataset", tmp_path / "none", "--out", tmp_path)
    assert done.returncode == 1
    assert "none: no such folder" in done.stderr
    (tmp_path / "file").touch()
    done = run("genred_build", "report", "--out", tmp_path / "file")
    assert done.returncode == 1
    assert "Traceback" not in done.stderr
