"""Quantization: the table of what each scheme costs, and the choice of one that costs no accuracy."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import msgspec
import numpy as np

from genred_build.errors import BuildError
from genred_build.export.fold_batchnorm import fold_batch_norms
from genred_build.export.tflite import LiteRtNetwork, convert
from genred_build.spec.recipe import Scheme
from genred_build.spec.workspace import save

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from numpy.typing import NDArray

    from genred_build.data.features import FeatureSet
    from genred_build.data.splits import Split
    from genred_build.spec.recipe import Recipe

LARGEST_LOSS = 0.01
"""A network that loses more accuracy than this over the validation windows is not worth its speed."""


class SchemeResult(msgspec.Struct, frozen=True):
    """One row of the table, over all validation windows.

    Attributes:
        agreement: Share of windows with the same label as the float network in Keras.
        accuracy_change: Against that network, as a fraction.
        latency_ms: Median of `invoke` on one thread, on the machine that built it.
        float_operations: Convolutions and dense layers that stayed float.
    """

    scheme: Scheme
    folded: bool
    accuracy: float
    accuracy_change: float
    agreement: float
    size_bytes: int
    latency_ms: float
    float_operations: int


class QuantizationTable(msgspec.Struct, frozen=True):
    """All schemes, and which one was taken."""

    float_accuracy: float
    windows: int
    chosen: SchemeResult
    rows: tuple[SchemeResult, ...]


@dataclass(frozen=True, slots=True)
class Quantized:
    """The chosen network and how it compares.

    Attributes:
        valid_logits: (windows, labels) float64: the chosen network's, over the validation part.
    """

    tflite: bytes
    table: QuantizationTable
    valid_logits: NDArray[np.float64]


def quantize(
    recipe: Recipe,
    model: Any,
    features: FeatureSet,
    split: Split,
    folder: Path,
    *,
    scheme: Scheme | None = None,
    force: bool = False,
    compare: bool = True,
    progress: Callable[[SchemeResult], None] | None = None,
) -> Quantized:
    """Converts to every scheme, measures each over the validation windows, and takes one.

    Args:
        recipe: Its `quantization` says which scheme is taken and how.
        model: Trained Keras model.
        features: What `split` indexes.
        split: Ranges come from its training part, the figures from validation.
        folder: Each scheme's .tflite is kept here.
        scheme: Instead of the recipe's.
        force: Take it even if it loses more than `LARGEST_LOSS`.
        compare: Whether to measure the schemes that are not taken, too.
        progress: Called after each scheme.

    Raises:
        BuildError: The scheme loses too much.
    """
    folder.mkdir(parents=True, exist_ok=True)
    quantizing = recipe.quantization
    wanted = scheme or quantizing.scheme
    windows, labels = features.features[split.valid], features.label_of[split.valid]
    float_answers = model.predict(windows[..., None], batch_size=256, verbose=0).argmax(axis=1)
    float_accuracy = float((float_answers == labels).mean())
    representative = features.features[
        np.random.default_rng(recipe.seed).permutation(split.train)[: quantizing.representative_windows]
    ]
    rows: list[SchemeResult] = []
    chosen: tuple[SchemeResult, bytes, NDArray[np.float64]] | None = None
    folded = fold_batch_norms(recipe, model) if quantizing.fold else model
    # Full int8 of the network as it was trained stays in the table: the reason for folding.
    variants = [(model, False, Scheme.FULL_INT8)] if quantizing.fold else []
    variants += [(folded, quantizing.fold, each) for each in Scheme]
    if not compare:
        variants = [(folded, quantizing.fold, wanted)]
    for network, is_folded, each in variants:
        tflite = convert(network, each, representative, float_convolutions=quantizing.float_convolutions)
        runner = LiteRtNetwork(tflite)
        logits, latency_ms = runner.logits(windows)
        answers = logits.argmax(axis=1)
        row = SchemeResult(
            each,
            is_folded,
            float((answers == labels).mean()),
            float((answers == labels).mean()) - float_accuracy,
            float((answers == float_answers).mean()),
            len(tflite),
            round(latency_ms, 4),
            runner.float_operations(),
        )
        rows.append(row)
        (folder / f"{each}{'' if is_folded == quantizing.fold else '-unfolded'}.tflite").write_bytes(tflite)
        if each is wanted and is_folded == quantizing.fold:
            chosen = row, tflite, logits
        if progress:
            progress(row)
    assert chosen is not None  # noqa: S101 - `wanted` is one of the schemes
    table = QuantizationTable(float_accuracy, len(windows), chosen[0], tuple(rows))
    if chosen[0].accuracy_change < -LARGEST_LOSS and not force:
        raise BuildError(
            f"{wanted} loses {-chosen[0].accuracy_change * 100:.1f} points of accuracy over {len(windows)} validation "
            f"windows, more than {LARGEST_LOSS * 100:.0f}; take another --scheme, or --force"
        )
    save(table, folder / "table.json")
    return Quantized(chosen[1], table, chosen[2])
