"""Bundles: the model card beside the .tflite, with every figure that was measured."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from genred.analysis.model_card import SCHEMA_VERSION, Evaluation, ModelCard, Quantization, Smoothing, Training
from genred_build.export.bundle_files import write_files
from genred_build.export.tflite import MACHINE, LiteRtNetwork
from genred_build.spec.recipe import Scheme

if TYPE_CHECKING:
    from pathlib import Path
    from typing import Literal

    from genred.analysis.bundle import ModelBundle
    from genred_build.data.run_record import RunRecord
    from genred_build.evaluation.calibrate import Calibration
    from genred_build.evaluation.evaluate import EvaluationResult, SetScores
    from genred_build.evaluation.metrics import Figure, Scores
    from genred_build.export.quantize import QuantizationTable

_SCHEME_WORDS = {
    Scheme.FLOAT: "float32",
    Scheme.FLOAT16: "float16 weights",
    Scheme.DYNAMIC: "int8 weights, float activations (dynamic range)",
    Scheme.FULL_INT8: "full int8",
    Scheme.FULL_INT8_FLOAT_IO: "full int8, float input and output",
    Scheme.SELECTIVE_INT8: "selective int8",
}


def write_bundle(
    folder: Path,
    name: str,
    tflite: bytes,
    *,
    run: RunRecord,
    table: QuantizationTable,
    calibration: Calibration,
    evaluations: tuple[Evaluation, ...] = (),
    data: str = "",
    licence: str = "",
) -> ModelBundle:
    """Writes NAME.tflite and NAME.json, and reads them back as the daemon does.

    Args:
        folder: Where to; made if it is missing.
        name: Of the model.
        tflite: The chosen network.
        run: What it was trained on.
        table: How it was quantized.
        calibration: Temperature and threshold.
        evaluations: Figures for the card.
        data: Origin and licence of the audio, in words.
        licence: Of the weights.

    Raises:
        BundleError: The daemon would refuse it.
    """
    network = LiteRtNetwork(tflite)
    chosen = table.chosen
    scheme = _SCHEME_WORDS[chosen.scheme]
    if chosen.scheme is Scheme.SELECTIVE_INT8:
        floats = run.recipe.quantization.float_convolutions
        scheme += " (first convolution float)" if floats == 1 else f" (first {floats} convolutions float)"
    if chosen.folded:
        scheme += ", batch norms folded"
    card = ModelCard(
        schema=SCHEMA_VERSION,
        name=name,
        description=(
            f"{run.recipe.description}: {run.parameters:,} parameters, {chosen.size_bytes / 1024:.0f} KiB, "
            f"{chosen.latency_ms:.2f} ms a window on one {MACHINE} thread"
        ),
        licence=licence or "not stated",
        labels=run.labels,
        front_end=run.recipe.spec,
        input=network.input,
        output=network.output,
        activation="logits",
        temperature=calibration.temperature,
        reject_threshold=calibration.reject_threshold,
        smoothing=Smoothing(release_threshold=calibration.release_threshold),
        training=Training(
            recipe=run.recipe.name,
            data=data or f"the folder {run.dataset}",
            clips=run.train_clips,
            clip_ids=run.clip_ids,
            split=_split_words(run),
            seed=run.seed,
            versions=run.versions,
            notes=_notes(run, calibration),
        ),
        quantization=Quantization(scheme, chosen.agreement, table.windows, round(chosen.accuracy_change, 6)),
        evaluations=evaluations,
        tflite_sha256=hashlib.sha256(tflite).hexdigest(),
    )
    return write_files(folder / f"{name}.json", card, tflite)


def card_evaluations(result: EvaluationResult, how: str, *, own: bool) -> tuple[Evaluation, ...]:
    """Gives an evaluation's main figures as the card holds them.

    Args:
        result: What was measured.
        how: One line on it.
        own: Whether it was measured on the card's own network; other sets are left out where it was not.
    """
    figures = _set_figures(result.split, result.leaky, result.test, how)
    for other in result.others if own else ():
        figures += _set_figures(other.what, False, other, f"recordings of another folder; {other.note}")
    return tuple(figures)


def _notes(run: RunRecord, calibration: Calibration) -> tuple[str, ...]:
    windows = f"{run.parts[0]} windows trained, {run.parts[1]} validated, {run.parts[2]} tested"
    weights = f"{run.epochs} epochs, weights of epoch {run.best_epoch + 1}"
    reach = f"{calibration.coverage:.0%} of its windows reach the threshold, {calibration.wrong:.1%} of those are wrong"
    leak = "; validation holds songs that trained, so expect more wrong ones on other music" if run.leaky else ""
    return (*run.notes, f"{windows}; {weights}", f"temperature and threshold fitted on validation: {reach}{leak}")


def _set_figures(split: str, leaky: bool, scores: SetScores, how: str) -> list[Evaluation]:
    found = []
    units: tuple[tuple[Literal["window", "clip"], Scores], ...] = (("window", scores.windows), ("clip", scores.clips))
    for unit, of_unit in units:
        recall = {line.label: round(line.recall, 4) for line in of_unit.report}
        left_out = f"; no clips to test of {', '.join(of_unit.untested)}" if of_unit.untested else ""
        metrics: tuple[tuple[str, Figure, dict[str, float]], ...] = (
            ("accuracy", of_unit.accuracy, {}),
            ("balanced accuracy", of_unit.balanced_accuracy, recall),
        )
        for metric, figure, by_label in metrics:
            rounded = round(figure.value, 4), round(figure.low, 4), round(figure.high, 4)
            found.append(Evaluation(split, leaky, unit, metric, *rounded, figure.count, how + left_out, by_label))
    return found


def _split_words(run: RunRecord) -> str:
    words = f"{run.split}, seed {run.seed}"
    return words if run.fold is None else f"{words}, fold {run.fold + 1} of {run.folds}"
