"""The report: every run of a workspace, the leaky and the artist-safe figures side by side."""

from __future__ import annotations

import csv
from typing import TYPE_CHECKING

import msgspec

from genred.duration_text import units_text
from genred_build.data.run_record import RunRecord, is_fold
from genred_build.errors import BuildError
from genred_build.evaluation.calibrate import Calibration
from genred_build.evaluation.evaluate import EvaluationResult
from genred_build.export.quantize import QuantizationTable
from genred_build.report.document import Block, Heading, Paragraph, Picture, Table, write_html, write_markdown
from genred_build.report.plots import (
    draw_bars,
    draw_confusion,
    draw_coverage,
    draw_curves,
    draw_reliability,
    draw_robustness,
)
from genred_build.report.summary import percent
from genred_build.spec.workspace import Workspace, load
from genred_build.training.checkpoint import Epoch

if TYPE_CHECKING:
    from pathlib import Path

    from genred_build.evaluation.evaluate import SetScores

WHY_THEY_DIFFER = (
    "The leaky figure is higher because segments of the same songs, by the same artists, in the same recordings, stand "
    "in training and in test: the network recognises what it has heard, while the artist-safe figure says what it does "
    "with music that it has never heard."
)

BANDWIDTH = (
    "Where some genres come from recordings that end at 8 kHz and others do not, a network learns the end of the band "
    "instead of the genre. The row that goes through 16 kHz shows it: what is lost there was not heard in the music."
)


def write_report(workspace: Workspace) -> tuple[Path, Path]:
    """Writes `report.html` and `report.md` over all evaluated runs.

    Raises:
        BuildError: Nothing has been evaluated.
    """
    found = {
        path.parent: load(path, EvaluationResult, "evaluate")
        for path in sorted((workspace.root / "runs").glob("*/evaluation.json"))
    }
    if not found:
        raise BuildError(f"{workspace.root}: no run has been evaluated; run `genred-build evaluate` first")
    title = "What this model is, and how good it really is"
    blocks: list[Block] = [Heading(1, title), *_comparison(found)]
    for folder, result in found.items():
        blocks += _run_section(folder, result)
    page, text = workspace.root / "report.html", workspace.root / "report.md"
    write_html(blocks, title, page)
    write_markdown(blocks, text, workspace.root / "report_figures")
    return page, text


def _comparison(found: dict[Path, EvaluationResult]) -> list[Block]:
    shown = {folder: result for folder, result in found.items() if not is_fold(folder)}
    rows, bars = [], []
    for folder, result in shown.items():
        for scores in (result.test, *result.others):
            leaky = result.leaky and scores is result.test
            name = f"{folder.name}: {scores.what}"
            rows.append(
                (
                    name,
                    "LEAKY" if leaky else "no",
                    percent(scores.windows.accuracy),
                    percent(scores.clips.accuracy),
                    percent(scores.clips.balanced_accuracy),
                    str(scores.clips.accuracy.count),
                    ", ".join(scores.clips.untested) or "none",
                )
            )
            bars.append((name, scores.clips.balanced_accuracy, leaky))
    header = ("test set", "leaky", "windows right", "clips right", "balanced, by clip", "clips", "labels not tested")
    blocks: list[Block] = [
        Heading(2, "Leaky and artist-safe, side by side"),
        Paragraph(WHY_THEY_DIFFER),
        Table("Accuracy with 95 % intervals", header, tuple(rows)),
        Picture(
            "comparison",
            "Balanced accuracy by clip, 95 % intervals; hatched: leaky",
            draw_bars(bars, "balanced accuracy"),
        ),
    ]
    kinds = {result.leaky for result in shown.values()}
    if kinds != {True, False}:
        missing = "artist-safe" if kinds == {True} else "leaky"
        blocks.append(Paragraph(f"No {missing} split has been run here; give --split again for it.", warning=True))
    return blocks


def _run_section(folder: Path, result: EvaluationResult) -> list[Block]:
    blocks: list[Block] = [Heading(2, folder.name)]
    if result.leaky:
        blocks.append(Paragraph("This split leaks: segments of one song stand on both sides.", warning=True))
    if (folder / "run.json").is_file():
        blocks += _training(folder)
        blocks += _quantization(folder)
    for number, scores in enumerate((result.test, *result.others)):
        blocks += _set(folder.name, number, scores, result.labels)
    if result.calibration is not None and (folder / "calibration.json").is_file():
        blocks += _calibration(folder, result)
    blocks += _robustness(folder, result)
    blocks += _programmes(result)
    return blocks


def _training(folder: Path) -> list[Block]:
    run = load(folder / "run.json", RunRecord, "train")
    with (folder / "curves.csv").open(newline="") as lines:
        epochs = [msgspec.convert(row, Epoch, strict=False) for row in csv.DictReader(lines)]
    facts = (
        ("recipe", run.recipe.name),
        ("data", f"{run.dataset}, fingerprint {run.fingerprint}"),
        (
            "split",
            f"{run.split}, seed {run.seed}" + ("" if run.fold is None else f", fold {run.fold + 1} of {run.folds}"),
        ),
        ("windows: train, validation, test", ", ".join(str(part) for part in run.parts)),
        ("clips with a window in each", ", ".join(str(part) for part in run.clips)),
        ("parameters", f"{run.parameters:,}"),
        ("epochs", f"{run.epochs}, weights of epoch {run.best_epoch + 1} kept; {units_text(run.seconds, 2)}"),
        ("versions", ", ".join(f"{name} {version}" for name, version in run.versions.items())),
        *(("note", note) for note in run.notes),
    )
    picture = Picture(
        f"{folder.name}-curves", "Training and validation over epochs", draw_curves(epochs, run.best_epoch)
    )
    return [Heading(3, "Training"), Table("What was trained", ("", "value"), facts), picture]


def _quantization(folder: Path) -> list[Block]:
    table = load(folder / "quantized" / "table.json", QuantizationTable, "quantize")
    rows = tuple(
        (
            f"{row.scheme}{' (taken)' if row == table.chosen else ''}",
            "yes" if row.folded else "no",
            f"{row.accuracy:.2%}",
            f"{row.accuracy_change * 100:+.2f}",
            f"{row.agreement:.2%}",
            f"{row.size_bytes / 1024:.0f}",
            f"{row.latency_ms:.3f}",
        )
        for row in table.rows
    )
    header = ("scheme", "batch norms folded", "accuracy", "change (points)", "agrees with float", "KiB", "ms a window")
    caption = f"Each scheme over {table.windows} validation windows; float in Keras has {table.float_accuracy:.2%}"
    return [Heading(3, "Quantization"), Table(caption, header, rows)]


def _set(run: str, number: int, scores: SetScores, labels: tuple[str, ...]) -> list[Block]:
    blocks: list[Block] = [Heading(3, scores.what[0].upper() + scores.what[1:])]
    for unit, of_unit in (("windows", scores.windows), ("clips", scores.clips)):
        rows = [
            (line.label, f"{line.precision:.3f}", f"{line.recall:.3f}", f"{line.f1:.3f}", str(line.support))
            for line in of_unit.report
        ]
        caption = (
            f"{of_unit.accuracy.count} {unit}: accuracy {percent(of_unit.accuracy)}, "
            f"balanced {percent(of_unit.balanced_accuracy)}, macro-F1 {of_unit.macro_f1:.3f}"
        )
        blocks.append(Table(caption, ("label", "precision", "recall", "F1", "count"), tuple(rows)))
        title = f"{scores.what}, {unit}"
        png = draw_confusion(of_unit, labels, title)
        blocks.append(Picture(f"{run}-confusion-{number}-{unit}", f"Confusion matrix: {title}", png))
    if scores.clips.untested:
        blocks.append(Paragraph(f"Not tested for want of clips: {', '.join(scores.clips.untested)}.", warning=True))
    return blocks


def _calibration(folder: Path, result: EvaluationResult) -> list[Block]:
    assert result.calibration is not None  # noqa: S101 - asked by the caller
    card = load(folder / "calibration.json", Calibration, "quantize")
    rows = tuple(
        (f"{point.threshold:.2f}", f"{point.coverage:.1%}", f"{point.accuracy:.1%}" if point.coverage else "none")
        for point in result.calibration.coverage
    )
    name = folder.name
    return [
        Heading(3, "What its confidence is worth"),
        Picture(
            f"{name}-reliability", "Reliability diagram over the test windows", draw_reliability(result.calibration)
        ),
        Picture(f"{name}-coverage", "Coverage and accuracy", draw_coverage(result.calibration, card.reject_threshold)),
        Table("Coverage against accuracy, test windows", ("threshold", "answered", "right among them"), rows),
    ]


def _robustness(folder: Path, result: EvaluationResult) -> list[Block]:
    if not result.robustness:
        return []
    rows = tuple(
        (row.degradation, percent(row.accuracy), percent(row.balanced_accuracy), percent(row.clip_accuracy))
        for row in result.robustness
    )
    header = ("degradation", "windows right", "balanced", "clips right")
    picture = Picture(f"{folder.name}-robustness", "Window accuracy when damaged", draw_robustness(result.robustness))
    return [
        Heading(3, "Robustness"),
        Table("The same test windows, damaged", header, rows),
        picture,
        Paragraph(BANDWIDTH),
    ]


def _programmes(result: EvaluationResult) -> list[Block]:
    if not result.programmes:
        return []
    rows = tuple(
        (
            row.smoothing,
            f"{row.accuracy:.1%}",
            f"{row.answered:.1%}",
            f"{row.flips_an_hour:.1f}",
            "never" if row.switch_s is None else f"{row.switch_s:.0f}",
            f"{row.missed:.1%}",
        )
        for row in result.programmes
    )
    first = result.programmes[0]
    header = ("smoothing", "right", "answered", "wrong switches an hour", "seconds to switch", "blocks missed")
    caption = f"Test clips played in a row: {first.hours:.2f} hours, {first.blocks} blocks of one genre"
    return [Heading(3, "Programmes"), Table(caption, header, rows)]
