"""Recipes: what may stand in them, and what is said of what may not."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from genred.analysis.frontend import LOGMEL, MFCC
from genred_build.augment.features import augment
from genred_build.errors import BuildError
from genred_build.spec.distillation import DEFAULT_DISTILLATION, load_distillations
from genred_build.spec.recipe import RECIPES_DIRECTORY, Augmentation, Scheme, load_recipe
from genred_build.spec.refit import load_refit
from genred_build.spec.split_name import SplitName
from tests.model_build.material import write_recipe

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize("name", sorted(path.stem for path in RECIPES_DIRECTORY.glob("*.yaml")))
def test_every_shipped_recipe_is_valid(name: str) -> None:
    assert load_recipe(name).name == name


def test_the_originals_hyper_parameters_are_the_originals() -> None:
    recipe = load_recipe("original")
    schedule = recipe.schedule
    assert recipe.spec == MFCC
    assert recipe.split is SplitName.RANDOM_SEGMENT
    assert recipe.augmentation == Augmentation()
    assert recipe.quantization.scheme is Scheme.SELECTIVE_INT8
    assert (schedule.learning_rate, schedule.batch, schedule.epochs) == (1.5e-4, 64, 150)
    assert (schedule.early_stop_patience, schedule.plateau_patience, schedule.plateau_factor) == (8, 4, 0.9)


def test_a_recipe_of_a_users_own_needs_no_code(tmp_path: Path) -> None:
    recipe = load_recipe(str(write_recipe(tmp_path / "mine.yaml", epochs=5)))
    assert (recipe.name, recipe.seed, recipe.schedule.epochs, recipe.spec.shape) == ("tiny", 3, 5, (44, 8))


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("filters: 8, kernel: [3, 2]", "filter: 8, kernel: [3, 2]", r"unknown field `filter`.*network\[0\]"),
        ("layer: global_average_pool", "layer: attention", r"'attention' - at `\$\.network\[5\]"),
        ("rate: 0.2", "rate: 1.2", r"< 1\.0 - at `\$\.network\[6\]\.rate"),
        ("split: artist", "split: fair", "'fair' - at `\\$\\.split`"),
        ("seed: 3", "seed: three", "Expected `int`, got `str` - at `\\$\\.seed`"),
        ("name: tiny", "nam: tiny", "name"),
        ("seed: 3", "seed: [", "tiny.yaml"),
        ("name: tiny", "name: ../tiny", r"matching regex .* - at `\$\.name`"),
        ("learning_rate: 0.02", "learning_rate: 0", r"> 0\.0 - at `\$\.schedule\.learning_rate"),
        ("hop_samples: 256", "hop_samples: 0", r"tiny\.yaml: `front_end\.hop_samples`: is 0, must be 1 to n_fft"),
        ("fmax_hz: 11025.0", "fmax_hz: 22050.0", r"tiny\.yaml: `front_end\.fmax_hz`: is 22050\.0"),
    ],
)
def test_faults_are_named_with_their_place(tmp_path: Path, old: str, new: str, message: str) -> None:
    path = write_recipe(tmp_path / "tiny.yaml")
    path.write_text(path.read_text().replace(old, new, 1))
    with pytest.raises(BuildError, match=message):
        load_recipe(str(path))


@pytest.mark.parametrize(
    "line",
    ["steps: 0", "music: -1", "degradations: {noise: 3}", "frozen_blocks: -1", "hard_share: 2", "crop_frames: 0"],
)
def test_numbers_that_make_no_sense_in_a_distillation_are_named(tmp_path: Path, line: str) -> None:
    path = tmp_path / "mine.yaml"
    path.write_text(f"steps: 10\n{line}\n" if not line.startswith("steps") else f"{line}\n")
    with pytest.raises(BuildError, match=r"mine\.yaml: Expected .* - at `\$\."):
        load_distillations(path)


def test_every_shipped_distillation_and_refit_is_valid() -> None:
    for path in DEFAULT_DISTILLATION.parent.glob("*.yaml"):
        assert load_distillations(path)
    assert load_refit()


def test_an_unknown_name_lists_what_is_shipped() -> None:
    with pytest.raises(BuildError, match=r"shipped are .*original"):
        load_recipe("orginal")


def some_windows(count: int = 6) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(0)
    windows = rng.normal(0, 10, (count, 216, 13)).astype(np.float32)
    return windows, np.eye(count, dtype=np.float32)


def test_no_augmentation_changes_nothing() -> None:
    windows, targets = some_windows()
    found, same = augment(windows, targets, Augmentation(), MFCC, np.random.default_rng(0))
    assert found is windows
    assert same is targets


def test_gain_moves_only_the_first_coefficient_as_a_gain_of_the_audio_would() -> None:
    windows, targets = some_windows()
    found, _ = augment(windows, targets, Augmentation(gain_db=6.0), MFCC, np.random.default_rng(0))
    moved = found - windows
    assert not moved[:, :, 1:].any()
    gains_db = moved[:, 0, 0] / np.sqrt(128)
    np.testing.assert_allclose(moved[:, :, 0], np.broadcast_to(moved[:, :1, 0], (6, 216)), atol=1e-4)
    assert np.abs(gains_db).max() <= 6.0
    assert np.ptp(gains_db) > 1.0


def test_masks_hide_stretches_and_mixup_mixes_labels() -> None:
    windows, targets = some_windows()
    augmentation = Augmentation(time_masks=2, time_mask_frames=20, mixup=0.3)
    masked, _ = augment(
        windows, targets, Augmentation(time_masks=2, time_mask_frames=20), MFCC, np.random.default_rng(1)
    )
    changed = (masked != windows).any(axis=2).sum(axis=1)
    assert changed.max() <= 40
    assert changed.any()
    _, mixed = augment(windows, targets, augmentation, MFCC, np.random.default_rng(1))
    np.testing.assert_allclose(mixed.sum(axis=1), 1.0, rtol=1e-6)
    assert (mixed.max(axis=1) < 1).any()


def test_band_masks_hide_bands_of_a_log_mel_window() -> None:
    windows = np.random.default_rng(0).normal(0, 1, (4, 216, 96)).astype(np.float32)
    targets = np.eye(4, dtype=np.float32)
    augmentation = Augmentation(band_masks=1, band_mask_bands=12)
    masked, _ = augment(windows, targets, augmentation, LOGMEL, np.random.default_rng(3))
    changed = (masked != windows).all(axis=1).sum(axis=1)
    assert 0 < changed.max() <= 12
