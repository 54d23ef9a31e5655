"""The original network, and what folding and int8 do to a network."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec
import numpy as np
import pytest

from genred_build.data.features import FeatureSet
from genred_build.data.splits import Split
from genred_build.errors import BuildError
from genred_build.export.fold_batchnorm import fold_batch_norms
from genred_build.export.quantize import quantize
from genred_build.export.tflite import LiteRtNetwork, convert
from genred_build.spec.recipe import (
    Activation,
    BatchNorm,
    Conv,
    Dense,
    GlobalAveragePool,
    InvertedResidual,
    MaxPool,
    Recipe,
    Scheme,
    load_recipe,
)
from genred_build.spec.split_name import SplitName
from genred_build.training.network import build_network, import_keras
from tests.model_build.material import TINY_SPEC, made_up_features, write_recipe

if TYPE_CHECKING:
    from pathlib import Path

ORIGINAL_LAYERS = [
    ("Conv2D", (214, 12, 32), 224),
    ("BatchNormalization", (214, 12, 32), 128),
    ("Conv2D", (212, 11, 64), 12_352),
    ("MaxPooling2D", (105, 10, 64), 0),
    ("BatchNormalization", (105, 10, 64), 256),
    ("Conv2D", (103, 9, 64), 24_640),
    ("BatchNormalization", (103, 9, 64), 256),
    ("Conv2D", (101, 8, 128), 49_280),
    ("BatchNormalization", (101, 8, 128), 512),
    ("MaxPooling2D", (33, 4, 128), 0),
    ("GlobalAveragePooling2D", (128,), 0),
    ("Dropout", (128,), 0),
    ("Dense", (10,), 1_290),
]
"""Layer table of the original project's `model.summary()`; its softmax is left to the daemon."""


@pytest.fixture(scope="module")
def original() -> tuple[Recipe, Any]:
    """With weights and batch norm statistics as after training: without them folding would change nothing."""
    recipe = load_recipe("original")
    model = build_network(recipe, 10)
    shake(model, 1)
    return recipe, model


def shake(model: Any, seed: int) -> None:
    rng = np.random.default_rng(seed)
    for layer in model.layers:
        weights = layer.get_weights()
        if type(layer).__name__ == "BatchNormalization":
            gamma, beta, mean, variance = (np.asarray(array) for array in weights)
            layer.set_weights(
                [
                    gamma * rng.uniform(0.5, 1.5, gamma.shape),
                    beta + rng.normal(0, 0.3, beta.shape),
                    mean + rng.normal(0, 0.3, mean.shape),
                    variance * rng.uniform(0.3, 3, variance.shape),
                ]
            )


def test_original_network_has_the_originals_layers_and_parameters(original: tuple[Recipe, Any]) -> None:
    _, model = original
    table = [(type(layer).__name__, tuple(layer.output.shape[1:]), layer.count_params()) for layer in model.layers[1:]]
    assert table == ORIGINAL_LAYERS
    assert model.count_params() == 88_938
    assert model.input_shape == (None, 216, 13, 1)
    convolutions = [layer for layer in model.layers if type(layer).__name__ == "Conv2D"]
    assert [layer.kernel_size for layer in convolutions] == [(3, 2)] * 4
    assert [layer.activation.__name__ for layer in convolutions] == ["relu"] * 4
    assert float(convolutions[0].kernel_regularizer.l1) == pytest.approx(0.01)
    assert float(convolutions[0].kernel_regularizer.l2) == pytest.approx(0.01)
    assert all(layer.kernel_regularizer is None for layer in convolutions[1:])


def test_folding_takes_every_batch_norm_away_and_changes_no_answer(original: tuple[Recipe, Any]) -> None:
    recipe, model = original
    folded = fold_batch_norms(recipe, model)
    kinds = [type(layer).__name__ for layer in folded.layers]
    assert "BatchNormalization" not in kinds
    windows = np.random.default_rng(2).normal(0, 30, (8, 216, 13, 1)).astype(np.float32)
    before, after = (np.asarray(each(windows, training=False)) for each in (model, folded))
    assert np.abs(before).max() > 0.5
    np.testing.assert_allclose(after, before, atol=2e-4 * np.abs(before).max())


AWKWARD_NETWORK = (
    Conv(8, (3, 3), padding="same"),
    BatchNorm(),
    Conv(8, (3, 3), padding="same"),
    MaxPool((2, 2)),
    BatchNorm(),
    Activation("relu6"),
    BatchNorm(),
    Conv(8, (3, 3), activation="linear"),
    BatchNorm(),
    Conv(8, (2, 2)),
    BatchNorm(),
    GlobalAveragePool(),
    Dense(8),
    BatchNorm(),
)


def test_batch_norms_that_cannot_be_folded_exactly_stay() -> None:
    recipe = msgspec.structs.replace(load_recipe("original"), network=AWKWARD_NETWORK, front_end=TINY_SPEC)
    model = build_network(recipe, 3)
    shake(model, 3)
    folded = fold_batch_norms(recipe, model)
    kept = sum(type(layer).__name__ == "BatchNormalization" for layer in folded.layers)
    assert kept == 5
    windows = np.random.default_rng(2).normal(0, 3, (8, *TINY_SPEC.shape, 1)).astype(np.float32)
    np.testing.assert_allclose(
        np.asarray(folded(windows, training=False)), np.asarray(model(windows, training=False)), atol=1e-3
    )


def test_a_negative_scale_is_not_folded_through_a_relu() -> None:
    network = (Conv(4, (3, 2)), BatchNorm(), MaxPool((2, 2)), GlobalAveragePool())
    recipe = msgspec.structs.replace(load_recipe("original"), network=network, front_end=TINY_SPEC)
    model = build_network(recipe, 3)
    norm = model.layers[2]
    gamma, *rest = norm.get_weights()
    norm.set_weights([np.array([1, -1, 1, 1], gamma.dtype), *rest])
    assert any(type(layer).__name__ == "BatchNormalization" for layer in fold_batch_norms(recipe, model).layers)


def test_inverted_residuals_become_a_network_that_converts() -> None:
    blocks = (
        Conv(8, (3, 3), (2, 2), "same", bias=False, activation="linear"),
        BatchNorm(),
        Activation("relu6"),
        InvertedResidual(8, 8),
        InvertedResidual(16, 12, (2, 2)),
        GlobalAveragePool(),
    )
    recipe = msgspec.structs.replace(load_recipe("original"), network=blocks, front_end=TINY_SPEC)
    model = build_network(recipe, 3)
    assert any(type(layer).__name__ == "Add" for layer in model.layers)
    windows = np.random.default_rng(0).normal(0, 1, (20, *TINY_SPEC.shape)).astype(np.float32)
    network = LiteRtNetwork(convert(fold_batch_norms(recipe, model), Scheme.FULL_INT8, windows))
    assert network.input.dtype == network.output.dtype == "int8"
    assert network.float_operations() == 0
    logits, _ = network.logits(windows)
    np.testing.assert_allclose(logits, np.asarray(model(windows[..., None], training=False)), atol=0.15)


@pytest.fixture(scope="module")
def windows_with_answers() -> tuple[Recipe, Any, FeatureSet, Split]:
    """Two labels that the mean of the window tells apart, and a network that was fitted to them."""
    recipe = msgspec.structs.replace(
        load_recipe("original"), front_end=TINY_SPEC, network=(Conv(4, (3, 2)), BatchNorm(), GlobalAveragePool())
    )
    clips = [(label, "", f"{label}{n}") for label in ("high", "low") for n in range(40)]
    features = made_up_features(clips, segments=2)
    rng = np.random.default_rng(0)
    offsets = np.where(features.label_of == 0, 1.5, -1.5)[:, None, None]
    windows = (offsets + rng.normal(0, 1, (len(features.clip_of), *TINY_SPEC.shape))).astype(np.float32)
    # As MFCCs are: the first coefficient spans far more than the others.
    windows[:, :, 0] = windows[:, :, 0] * 3 - 400
    features = FeatureSet(
        features.name,
        features.labels,
        TINY_SPEC,
        features.clips,
        windows,
        features.clip_of,
        features.segment_of,
        "made-up",
    )
    everything = np.arange(len(windows))
    split = Split(SplitName.CLIP, 0, everything[::2], everything[1::4], everything[3::4])
    keras = import_keras()
    keras.utils.set_random_seed(1)
    model = build_network(recipe, 2)
    model.compile(keras.optimizers.Adam(0.02), keras.losses.SparseCategoricalCrossentropy(from_logits=True))
    model.fit(windows[split.train][..., None], features.label_of[split.train], epochs=25, verbose=0)
    return recipe, model, features, split


def test_quantize_measures_every_scheme_and_takes_the_recipes(
    windows_with_answers: tuple[Recipe, Any, FeatureSet, Split], tmp_path: Path
) -> None:
    recipe, model, features, split = windows_with_answers
    found = quantize(recipe, model, features, split, tmp_path, force=True)
    schemes = [(row.scheme, row.folded) for row in found.table.rows]
    assert set(schemes) == {(Scheme.FULL_INT8, False), *((scheme, True) for scheme in Scheme)}
    rows = {(row.scheme, row.folded): row for row in found.table.rows}
    assert found.table.chosen == rows[Scheme.SELECTIVE_INT8, True]
    assert rows[Scheme.FLOAT, True].agreement == 1.0
    assert rows[Scheme.FULL_INT8, True].float_operations == 0
    assert rows[Scheme.SELECTIVE_INT8, True].float_operations == 1
    assert rows[Scheme.SELECTIVE_INT8, True].agreement >= 0.98
    assert found.table.windows == len(split.valid)
    for row in found.table.rows:
        assert row.size_bytes > 0
        assert row.accuracy - row.accuracy_change == pytest.approx(found.table.float_accuracy)
    assert LiteRtNetwork(found.tflite).input.dtype == "float32"


def test_a_scheme_that_costs_more_than_a_point_is_refused_unless_forced(
    windows_with_answers: tuple[Recipe, Any, FeatureSet, Split], tmp_path: Path
) -> None:
    recipe, model, features, split = windows_with_answers
    broken = features.features.copy()
    # Ranges taken from training windows a hundred times too large leave int8 nothing for the others.
    broken[split.train] *= 100
    wide = FeatureSet(
        features.name,
        features.labels,
        TINY_SPEC,
        features.clips,
        broken,
        features.clip_of,
        features.segment_of,
        "made-up",
    )
    with pytest.raises(BuildError, match=r"full-int8 loses .* points of accuracy .* or --force"):
        quantize(recipe, model, wide, split, tmp_path, scheme=Scheme.FULL_INT8)
    forced = quantize(recipe, model, wide, split, tmp_path, scheme=Scheme.FULL_INT8, force=True)
    assert forced.table.chosen.accuracy_change < -0.01


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("filters: 8, kernel: [3, 2]", "filters: 8, kernel: [300, 2]", r"recipe 'tiny': layer 00_conv: .*negative"),
        ("  - {layer: global_average_pool}\n", "", r"recipe 'tiny': ends in \(.*\); it needs a global_average_pool"),
    ],
)
def test_layers_that_do_not_fit_are_named(tmp_path: Path, old: str, new: str, message: str) -> None:
    path = write_recipe(tmp_path / "tiny.yaml")
    path.write_text(path.read_text().replace(old, new, 1))
    with pytest.raises(BuildError, match=message):
        build_network(load_recipe(str(path)), 3)
