"""The steps as commands: each prints what it does and what came of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from genred_build.cli.progress import StepBar
from genred_build.errors import BuildError
from genred_build.spec.recipe import Recipe, load_recipe
from genred_build.spec.split_name import LEAKY
from genred_build.spec.workspace import Workspace

if TYPE_CHECKING:
    import argparse
    from pathlib import Path

    from genred_build.export.quantize import QuantizationTable, SchemeResult
    from genred_build.spec.split_name import SplitName
    from genred_build.training.checkpoint import Epoch, Progress


def _recipe(options: argparse.Namespace) -> Recipe:
    recipe = load_recipe(options.recipe)
    return recipe if options.seed is None else msgspec.structs.replace(recipe, seed=options.seed)


def _prepare(options: argparse.Namespace) -> None:
    from genred_build.data.original_json import write_original_json
    from genred_build.report.dataset_table import prepare_table
    from genred_build.steps.runs import prepare

    bar = StepBar("prepare")

    def show(done: int, total: int, seconds: float) -> None:
        bar.show(done, total, f"{seconds / max(1e-3, bar.elapsed_s):.0f} x real time")

    features = prepare(
        Workspace(options.out),
        options.dataset,
        _recipe(options).spec,
        manifest=options.manifest,
        lists=options.lists,
        workers=options.workers,
        progress=show,
    )
    print(prepare_table(features))
    if options.json:
        write_original_json(features, options.json)


def _train(options: argparse.Namespace) -> None:
    recipe = _recipe(options)
    for split, folds in options.split or [(recipe.split, None)]:
        for fold in range(folds) if folds else [None]:
            _train_one(options, recipe, split, fold, folds)


def _train_one(
    options: argparse.Namespace, recipe: Recipe, split: SplitName, fold: int | None, folds: int | None
) -> Path:
    from genred_build.steps.runs import train_run

    bar = StepBar("train")
    limit = recipe.schedule.epochs

    def show(epoch: Epoch, state: Progress) -> None:
        tail = (
            f"loss {epoch.loss:.3f}  validation {epoch.val_loss:.3f}, accuracy {epoch.val_accuracy:.3f}"
            f"  best epoch {state.best_epoch + 1}  {epoch.seconds:.1f} s"
        )
        bar.show(limit if state.finished else epoch.epoch + 1, limit, tail)

    folder = train_run(Workspace(options.out), recipe, split, fold=fold, folds=folds, progress=show)
    leak = " (leaky: segments of one song stand on both sides)" if split in LEAKY else ""
    print(f"trained   {folder.name}{leak}")
    return folder


def _quantize(options: argparse.Namespace) -> None:
    workspace = Workspace(options.out)
    _quantize_one(options, workspace, workspace.one_run(options.run))


def _quantize_one(
    options: argparse.Namespace, workspace: Workspace, folder: Path, *, compare: bool = True
) -> QuantizationTable:
    from genred_build.steps.runs import quantize_run

    heading = (
        f"{'scheme':<20}{'folded':>7}{'accuracy':>10}{'change':>9}{'agrees':>8}{'KiB':>7}{'ms':>8}{'float ops':>11}"
    )

    def show(row: SchemeResult) -> None:
        nonlocal heading
        if heading:
            print(heading)
            heading = ""
        print(
            f"{row.scheme:<20}{'yes' if row.folded else 'no':>7}{row.accuracy:>10.4f}{row.accuracy_change:>+9.4f}"
            f"{row.agreement:>8.4f}{row.size_bytes / 1024:>7.0f}{row.latency_ms:>8.3f}{row.float_operations:>11}",
            flush=True,
        )

    table = quantize_run(workspace, folder, scheme=options.scheme, force=options.force, compare=compare, progress=show)
    print(f"quantized {table.chosen.scheme}, over {table.windows} validation windows")
    return table


def _evaluate(options: argparse.Namespace) -> None:
    workspace = Workspace(options.out)
    _evaluate_one(options, workspace, workspace.one_run(options.run), others=True)


def _evaluate_one(options: argparse.Namespace, workspace: Workspace, folder: Path, *, others: bool) -> None:
    from genred_build.report.summary import summary_line
    from genred_build.steps.runs import evaluate_run

    result = evaluate_run(
        workspace,
        folder,
        others=options.others if others else (),
        thorough=others and not options.quick,
        progress=lambda what: print(f"listening {what}", flush=True),
    )
    for line in summary_line(result):
        print(line)


def _report(options: argparse.Namespace) -> None:
    from genred_build.report.report import write_report

    for path in write_report(Workspace(options.out)):
        print(f"report    {path}")


def _bundle(options: argparse.Namespace) -> None:
    workspace = Workspace(options.out)
    _bundle_one(options, workspace, workspace.one_run(options.run))


def _bundle_one(options: argparse.Namespace, workspace: Workspace, folder: Path) -> None:
    from genred_build.data.run_record import RunRecord
    from genred_build.spec.workspace import load
    from genred_build.steps.runs import bundle_run

    name = options.name or load(folder / "run.json", RunRecord, "train").recipe.name
    path = bundle_run(workspace, folder, name, options.to or options.out, data=options.data, licence=options.licence)
    print(f"bundle    {path}; run it with `model: {path}`, or `genred classify --model {path} FILE`")


def _figures(options: argparse.Namespace) -> None:
    from genred_build.report.file_plots import draw_file

    for path in draw_file(options.file, options.out):
        print(f"figure    {path}")


def _extend(options: argparse.Namespace) -> None:
    from genred_build.steps.extend import extend, result_lines

    bar = StepBar("extend")

    def show(done: int, total: int, seconds: float) -> None:
        bar.show(done, total, f"{seconds / max(1e-3, bar.elapsed_s):.0f} x real time")

    bundle, report = extend(
        options.model,
        options.dataset,
        Workspace(options.out),
        options.to or options.out / "extended",
        manifest=options.manifest,
        workers=options.workers,
        progress=show,
    )
    for line in result_lines(report):
        print(line)
    print(f"bundle    {bundle.path}, {report.size_bytes / 1024:.0f} KiB; run it with `model: {bundle.path}`")


def _all(options: argparse.Namespace) -> None:
    from genred_build.report.summary import summary_line
    from genred_build.spec.workspace import load
    from genred_build.steps.runs import pool_folds

    recipe = _recipe(options)
    workspace = Workspace(options.out)
    wanted = options.split or [(recipe.split, None)]
    if all(folds for _, folds in wanted):
        raise BuildError("every --split is given with folds: one without is needed, whose network goes into the bundle")
    _prepare(options)
    shipped: Path | None = None
    for split, folds in wanted:
        folders = []
        for fold in range(folds) if folds else [None]:
            folder = _train_one(options, recipe, split, fold, folds)
            _quantize_one(options, workspace, folder, compare=not folds)
            _evaluate_one(options, workspace, folder, others=not folds)
            folders.append(folder)
        if folds:
            from genred_build.evaluation.evaluate import EvaluationResult

            pooled = load(pool_folds(workspace, folders) / "evaluation.json", EvaluationResult, "all")
            for line in summary_line(pooled):
                print(line)
        else:
            shipped = shipped or folders[0]
    if shipped:
        _bundle_one(options, workspace, shipped)
    _report(options)


COMMANDS = {
    "all": _all,
    "prepare": _prepare,
    "train": _train,
    "quantize": _quantize,
    "evaluate": _evaluate,
    "report": _report,
    "bundle": _bundle,
    "figures": _figures,
    "extend": _extend,
}
