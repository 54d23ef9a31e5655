"""The steps one by one: what one leaves is used by the next only as long as it belongs to it."""

from __future__ import annotations

import platform
import shutil
from typing import TYPE_CHECKING

import msgspec
import pytest

from genred.analysis.bundle import load_bundle
from genred_build.errors import BuildError
from genred_build.spec.recipe import load_recipe
from genred_build.spec.split_name import SplitName
from genred_build.spec.workspace import Workspace
from genred_build.steps.runs import bundle_run, evaluate_run, pool_folds, prepare, prepared, quantize_run, train_run
from tests.model_build.material import play, write_recipe, write_three_genres, write_wav

if TYPE_CHECKING:
    from pathlib import Path

    from genred_build.spec.recipe import Recipe

pytestmark = pytest.mark.timeout(600)


def other_schedule(recipe: Recipe) -> Recipe:
    return msgspec.structs.replace(recipe, schedule=msgspec.structs.replace(recipe.schedule, learning_rate=0.01))


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a data set, and a workspace in which one run is evaluated."""
    folder = tmp_path_factory.mktemp("runs")
    root = write_three_genres(folder / "mine", clips=10, artists=10, seconds=1.0)
    recipe = load_recipe(str(write_recipe(folder / "tiny.yaml", epochs=1)))
    workspace = Workspace(folder / "out")
    prepare(workspace, root, recipe.spec, workers=1)
    run = train_run(workspace, recipe, SplitName.CLIP)
    quantize_run(workspace, run, compare=False, force=True)
    evaluate_run(workspace, run, thorough=False)
    return folder


@pytest.fixture
def opened(finished: Path, tmp_path: Path) -> tuple[Workspace, Recipe, Path]:
    shutil.copytree(finished / "out", tmp_path / "out")
    workspace = Workspace(tmp_path / "out")
    return workspace, load_recipe(str(finished / "tiny.yaml")), workspace.run_folder("tiny-clip-seed3")


def test_features_of_another_front_end_are_not_trained_on(opened: tuple[Workspace, Recipe, Path]) -> None:
    workspace, recipe, _ = opened
    narrower = msgspec.structs.replace(recipe.spec, fmax_hz=8_000.0)
    assert narrower.shape == recipe.spec.shape
    other = msgspec.structs.replace(recipe, front_end=narrower)
    with pytest.raises(BuildError, match=r"features\.npz: holds the features of another front end"):
        prepared(workspace, other)


def test_nothing_of_an_earlier_training_is_taken_for_the_new_one_s(opened: tuple[Workspace, Recipe, Path]) -> None:
    workspace, recipe, run = opened
    assert train_run(workspace, recipe, SplitName.CLIP) == run
    assert bundle_run(workspace, run, "mine", workspace.root).is_file()
    train_run(workspace, other_schedule(recipe), SplitName.CLIP)
    for step, calls in (("quantize", bundle_run), ("evaluate", bundle_run)):
        with pytest.raises(BuildError, match=f"run `genred-build {step}` first"):
            calls(workspace, run, "mine", workspace.root)
        quantize_run(workspace, run, compare=False, force=True)


def test_figures_of_another_quantization_are_not_the_bundles(opened: tuple[Workspace, Recipe, Path]) -> None:
    workspace, recipe, run = opened
    quantize_run(workspace, run, compare=False, force=True)
    assert (run / "evaluation.json").is_file()
    quantize_run(workspace, run, scheme=type(recipe.quantization.scheme)("float16"), compare=False, force=True)
    with pytest.raises(BuildError, match="run `genred-build evaluate` first"):
        bundle_run(workspace, run, "mine", workspace.root)


def test_split_that_has_changed_since_the_training_is_not_tested_on(
    opened: tuple[Workspace, Recipe, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    workspace, _, run = opened
    monkeypatch.setattr("genred_build.data.splits.SHARES", (0.6, 0.2, 0.2))
    with pytest.raises(BuildError, match="the split is no longer the one"):
        evaluate_run(workspace, run, thorough=False)


def test_audio_that_has_changed_since_it_was_prepared_is_not_tested_on(finished: Path, tmp_path: Path) -> None:
    shutil.copytree(finished, tmp_path / "copy")
    root = tmp_path / "copy" / "mine"
    workspace = Workspace(tmp_path / "copy" / "out")
    recipe = load_recipe(str(finished / "tiny.yaml"))
    prepare(workspace, root, recipe.spec, workers=1)
    for path in root.glob("*/*.wav"):
        write_wav(path, play("hum", 1.0, 77))
    with pytest.raises(BuildError, match=r"\.wav: has changed since `genred-build prepare` read it"):
        evaluate_run(workspace, workspace.run_folder("tiny-clip-seed3"), thorough=False)


def test_card_lists_figures_of_the_same_recipe_alone(opened: tuple[Workspace, Recipe, Path]) -> None:
    workspace, recipe, run = opened
    other = other_schedule(msgspec.structs.replace(recipe, name="tiny-other"))
    for each in (train_run(workspace, recipe, SplitName.ARTIST), train_run(workspace, other, SplitName.CLIP)):
        shutil.copy(run / "evaluation.json", each)
    card = load_bundle(bundle_run(workspace, run, "mine.v2", workspace.root)).card
    assert card.name == "mine.v2"
    assert f"on one {platform.machine().replace('_', '-')} thread" in card.description
    assert len({figure.how for figure in card.evaluations}) == 2
    assert len(card.evaluations) == 2 * 4


def test_pooled_folds_go_with_the_folds_that_they_are_of(opened: tuple[Workspace, Recipe, Path]) -> None:
    workspace, recipe, run = opened
    fold = train_run(workspace, recipe, SplitName.CLIP, fold=0, folds=3)
    shutil.copy(run / "windows.npz", fold)
    pooled = pool_folds(workspace, [fold])
    assert pooled.name == "tiny-clip-seed3-3folds"
    assert len(load_bundle(bundle_run(workspace, run, "mine", workspace.root)).card.evaluations) == 2 * 4
    train_run(workspace, other_schedule(recipe), SplitName.CLIP, fold=0, folds=3)
    assert not (pooled / "evaluation.json").exists()
