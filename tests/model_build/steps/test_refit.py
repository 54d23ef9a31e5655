from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import msgspec
import numpy as np
import pytest

from genred.analysis.bundle import load_bundle
from genred_build.data.corpus_files import CorpusFile
from genred_build.evaluation.broadcasts import Playback
from genred_build.evaluation.tuning import Tuned, judged_with
from genred_build.export.hear import Heard, condition_of
from genred_build.export.last_layer import LastLayer, read_last_layer
from genred_build.spec.labels import LABELS
from genred_build.spec.refit import Refit, load_refit
from genred_build.steps import refit as module
from genred_build.steps.refit import Refitting, report_lines
from genred_build.steps.refit_material import RefitMaterial, fit_layer, heard_words_of, trained_groups

if TYPE_CHECKING:
    from collections.abc import Sequence

    from genred.analysis.bundle import ModelBundle
    from genred.analysis.genre_filter import GenreFilterSettings

FOLDS = 2
BASE = load_bundle("student")
RECIPE = Refit(folds=FOLDS, programmes=1)


def file(label: int, number: int, seconds: float = 30.0) -> CorpusFile:
    word = LABELS[label]
    name = f"extra/{word}/{number}.opus"
    return CorpusFile(
        name, Path(name), label, f"{word} band {number}", name, room=False, seconds=seconds, decade="1980s"
    )


def material() -> RefitMaterial:
    """Each word is heard in its own twenty values; the given layer takes every odd word for the one before."""
    rng = np.random.default_rng(0)
    given = read_last_layer(BASE.tflite)
    kernel = np.zeros_like(given.kernel)
    for label in range(len(LABELS)):
        kernel[20 * label : 20 * label + 20, label - label % 2] = 0.2
    heard, group, fold = [], [], []
    for label in range(len(LABELS)):
        for number in range(4):
            one = file(label, number, seconds=2.0 if number == 3 and label == 0 else 30.0)
            for view in ("clean", "noise", "passage"):
                windows = np.abs(rng.normal(0, 0.2, (6, 256))).astype(np.float32)
                windows[:, 20 * label : 20 * label + 20] += 1.0
                heard.append(Heard(one, view, condition_of(one.name, view), windows))
                group.append(4 * label + number)
                fold.append(number % FOLDS)
    groups = np.array(group)
    return RefitMaterial(heard, groups, groups % 4 != 2, np.array(fold), LastLayer(kernel, np.zeros(len(LABELS))))


def played(bundle: ModelBundle, files: Sequence[CorpusFile], seeds: Sequence[int]) -> list[Playback]:
    """Forty seconds of each file's word, heard rightly."""
    truth = np.repeat([one.label for one in files], 40)
    probabilities = np.full((len(truth), len(LABELS)), 0.01)
    probabilities[np.arange(len(truth)), truth] = 0.9
    artist = np.repeat([one.artist for one in files], 40)
    block = np.repeat(np.arange(len(files)), 40)
    return [Playback(probabilities, truth, block, np.zeros(len(truth), bool), 1.0, 5.0, artist)]


def test_words_that_the_given_layer_confused_are_told_apart_by_folds_that_did_not_train(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "play_broadcasts", played)
    said: list[str] = []
    bundle, report = Refitting(BASE, material(), RECIPE, tmp_path, said.append).run(tmp_path / "new")
    words = {one.word: one for one in report.words if not one.era}
    # Of four artists a word, one trained the network; a file of two seconds of blues does not judge.
    assert {word: (one.clips, one.artists) for word, one in words.items()}["classical"] == (3, 3)
    assert words["blues"].clips == 2
    assert (words["classical"].before, words["classical"].after) == (0, 3)
    assert report.worse == ()
    assert report.gain[0] > 0.3
    assert {one.era for one in report.words} == {"", "1980s"}
    assert bundle.card.evaluations == report.evaluations
    assert bundle.card.smoothing.sharpness == report.tuned.settings.sharpness
    assert "judged on 32 files" in bundle.card.training.notes[0]
    assert any("words that lose more than one clip in ten: none" in line for line in said)
    assert any(line.startswith("classical: 0 -> 3 of 3 clips") for line in report_lines(report))


def test_kept_layer_says_what_it_said_and_programmes_are_played_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def untuned(folds: Sequence[Sequence[Playback]], steady: GenreFilterSettings) -> Tuned:
        return judged_with(steady, [one for fold in folds for one in fold])

    monkeypatch.setattr(module, "tuned_by_folds", untuned)
    monkeypatch.setattr(module, "play_broadcasts", played)
    made = material()
    bundle, report = Refitting(BASE, made, RECIPE, tmp_path, print, keep=True).run(tmp_path / "new")
    assert report.gain == (0.0, 0.0, 0.0)
    assert bundle.tflite == BASE.tflite
    assert bundle.card.smoothing == BASE.card.smoothing
    assert bundle.card.temperature == pytest.approx(BASE.card.temperature * report.temperature, abs=1e-3)
    assert bundle.card.logit_offsets[-1] == pytest.approx(BASE.card.logit_offsets[-1] / report.temperature, abs=1e-3)
    monkeypatch.setattr(module, "play_broadcasts", None)
    assert Refitting(BASE, made, RECIPE, tmp_path, print, keep=True).run(tmp_path / "new")[1] == report
    reseeded = msgspec.structs.replace(RECIPE, seed=RECIPE.seed + 1)
    with pytest.raises(TypeError):
        Refitting(BASE, made, reseeded, tmp_path, print, keep=True).run(tmp_path / "new")


def test_layer_that_must_not_move_stays(tmp_path: Path) -> None:
    made = material()
    stiff = fit_layer(made, msgspec.structs.replace(RECIPE, shrinkage=1e4), np.ones(len(made.heard), bool))
    assert np.abs(stiff.kernel - made.given.kernel).max() < 0.01


def test_groups_that_trained_are_those_of_the_cards_clips() -> None:
    files = [CorpusFile("blues/blues.00000.opus", Path("x"), 0, "", "blues.00000", room=False), file(1, 0)]
    assert trained_groups(BASE, files, np.array([5, 6])) == {5}


def test_what_is_heard_in_a_word_is_remembered_from_what_did_not_train() -> None:
    made = material()
    words = heard_words_of(BASE, made)
    drawn = words.draw(3, 400, np.random.default_rng(0))
    of_word = [one.windows for one, new in zip(made.heard, made.unheard, strict=True) if one.file.label == 3 and new]
    clean = np.concatenate(of_word[::3])
    assert np.abs(drawn.mean(axis=0) - clean.mean(axis=0)).max() < 0.15
    assert drawn.min() < 0


def test_shipped_recipe_is_read() -> None:
    assert load_refit().folds == 5
