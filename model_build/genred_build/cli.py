"""The command `genred-build`: each step alone, or all of them.

Exit codes: 0 done, 1 something that is named on standard error, 2 wrong usage, 130 interrupted.
"""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from genred.errors import GenredError
from genred_build.errors import BuildError
from genred_build.progress import ProgressBar
from genred_build.recipe import RECIPES_DIRECTORY, Recipe, Scheme, load_recipe
from genred_build.splits import LEAKY, SplitName
from genred_build.workspace import Workspace

if TYPE_CHECKING:
    from collections.abc import Sequence

    from genred_build.quantize import QuantizationTable, SchemeResult
    from genred_build.train import Epoch, Progress

EXAMPLES = """\
examples:
  genred-build all --dataset ~/gtzan --recipe original --split random-segment --split artist:5 --out out/gtzan
  genred-build all --dataset ~/my-genres --recipe original --split artist --out out/mine
  genred classify --model out/mine/original.json song.mp3
  genred-build figures song.mp3 --out pictures
"""


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs one command and gives its exit code."""
    options = _parser().parse_args(arguments)
    # Before anything imports TensorFlow: its start-up messages are not for users.
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    try:
        options.command(options)
    except GenredError as error:
        sys.stderr.write(f"genred-build: {error}\n")
        return 1
    except KeyboardInterrupt:
        sys.stderr.write("genred-build: interrupted; the same command goes on where it was\n")
        return 130
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="genred-build",
        description="From a folder of labelled music to a quantized, honestly evaluated model bundle.",
        epilog=EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    commands = parser.add_subparsers(title="commands", required=True, metavar="COMMAND")
    out = _shared("--out", "folder for everything that is made", required=True)
    data = argparse.ArgumentParser(add_help=False)
    data.add_argument("--dataset", type=Path, required=True, metavar="DIR", help="GTZAN, or any folder of LABEL/files")
    data.add_argument(
        "--manifest", type=Path, metavar="CSV", help="columns file or id, and label, artist, album, group"
    )
    data.add_argument("--lists", type=Path, metavar="DIR", help="the published filtered_{train,valid,test}.txt")
    data.add_argument("--workers", type=int, metavar="N", help="processes (default: one a core)")
    data.add_argument("--json", type=Path, metavar="FILE", help="also write features as the original project's JSON")
    recipe = argparse.ArgumentParser(add_help=False)
    shipped = ", ".join(sorted(path.stem for path in RECIPES_DIRECTORY.glob("*.yaml")))
    recipe.add_argument("--recipe", default="original", help=f"{shipped}, or a .yaml (default: original)")
    recipe.add_argument("--seed", type=int, metavar="N", help="of split and training (default: the recipe's)")
    splits = argparse.ArgumentParser(add_help=False)
    splits.add_argument(
        "--split",
        type=_split_argument,
        action="append",
        metavar="SPLIT[:FOLDS]",
        help=f"{', '.join(SplitName)}; may be given again (default: the recipe's)",
    )
    run = _shared("--run", "name of the run, when there are several")
    scheme = argparse.ArgumentParser(add_help=False)
    scheme.add_argument("--scheme", type=Scheme, choices=list(Scheme), help="instead of the recipe's")
    scheme.add_argument("--force", action="store_true", help="take a scheme that loses more than a point of accuracy")
    judged = argparse.ArgumentParser(add_help=False)
    judged.add_argument(
        "--others",
        type=_others_argument,
        action="append",
        default=[],
        metavar="NAME=DIR",
        help="judge by this folder too",
    )
    judged.add_argument("--quick", action="store_true", help="without the robustness table and the programmes")
    ship = argparse.ArgumentParser(add_help=False)
    ship.add_argument("--name", help="of the model (default: the recipe's)")
    ship.add_argument("--to", type=Path, metavar="DIR", help="folder for the bundle (default: that of --out)")
    ship.add_argument("--data", default="", metavar="WORDS", help="origin and licence of the audio, for the model card")
    ship.add_argument("--licence", default="", metavar="WORDS", help="of the weights, for the model card")

    def add(name: str, what: str, command: object, *parents: argparse.ArgumentParser) -> argparse.ArgumentParser:
        added = commands.add_parser(name, help=what, description=what[0].upper() + what[1:] + ".", parents=parents)
        added.set_defaults(command=command)
        return added

    add(
        "all",
        "prepare, train, quantize, evaluate, report and bundle",
        _all,
        data,
        out,
        recipe,
        splits,
        scheme,
        judged,
        ship,
    )
    add("prepare", "read a data set and keep its features", _prepare, data, out, recipe)
    add("train", "train a recipe on a split, or go on with it", _train, out, recipe, splits)
    add("quantize", "convert to every scheme, compare them, take one", _quantize, out, run, scheme)
    add("evaluate", "judge the quantized network on what was held out", _evaluate, out, run, judged)
    add("report", "write report.html and report.md over all runs", _report, out)
    add("bundle", "write NAME.tflite and NAME.json for the daemon", _bundle, out, run, ship)
    figures = add("figures", "draw a file's waveform, spectrogram, mel spectrogram and MFCC", _figures)
    figures.add_argument("file", type=Path, metavar="FILE")
    figures.add_argument("--out", type=Path, default=Path(), metavar="DIR", help="folder for the PNGs (default: here)")
    return parser


def _shared(option: str, what: str, *, required: bool = False) -> argparse.ArgumentParser:
    parent = argparse.ArgumentParser(add_help=False)
    if option == "--out":
        parent.add_argument(option, type=Path, required=required, metavar="DIR", help=what)
    else:
        parent.add_argument(option, required=required, help=what)
    return parent


def _split_argument(text: str) -> tuple[SplitName, int | None]:
    name, _, folds = text.partition(":")
    try:
        return SplitName(name), int(folds) if folds else None
    except ValueError as error:
        raise argparse.ArgumentTypeError(f"{text!r}: one of {', '.join(SplitName)}, perhaps with :FOLDS") from error


def _others_argument(text: str) -> tuple[str, Path]:
    name, equals, folder = text.partition("=")
    if not equals or not name or not folder:
        raise argparse.ArgumentTypeError(f"{text!r}: write NAME=DIR")
    return name, Path(folder)


def _recipe(options: argparse.Namespace) -> Recipe:
    recipe = load_recipe(options.recipe)
    return recipe if options.seed is None else msgspec.structs.replace(recipe, seed=options.seed)


def _prepare(options: argparse.Namespace) -> None:
    from genred_build.original_json import write_original_json
    from genred_build.prepare import prepare_table
    from genred_build.steps import prepare

    bar = ProgressBar("prepare")

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
    from genred_build.steps import train_run

    bar = ProgressBar("train")
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


def _quantize_one(options: argparse.Namespace, workspace: Workspace, folder: Path) -> QuantizationTable:
    from genred_build.steps import quantize_run

    print(f"{'scheme':<20}{'folded':>7}{'accuracy':>10}{'change':>9}{'agrees':>8}{'KiB':>7}{'ms':>8}{'float ops':>11}")

    def show(row: SchemeResult) -> None:
        print(
            f"{row.scheme:<20}{'yes' if row.folded else 'no':>7}{row.accuracy:>10.4f}{row.accuracy_change:>+9.4f}"
            f"{row.agreement:>8.4f}{row.size_bytes / 1024:>7.0f}{row.latency_ms:>8.3f}{row.float_operations:>11}",
            flush=True,
        )

    table = quantize_run(workspace, folder, scheme=options.scheme, force=options.force, progress=show)
    print(f"quantized {table.chosen.scheme}, over {table.windows} validation windows")
    return table


def _evaluate(options: argparse.Namespace) -> None:
    workspace = Workspace(options.out)
    _evaluate_one(options, workspace, workspace.one_run(options.run), others=True)


def _evaluate_one(options: argparse.Namespace, workspace: Workspace, folder: Path, *, others: bool) -> None:
    from genred_build.steps import evaluate_run
    from genred_build.summary import summary_line

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
    from genred_build.report import write_report

    for path in write_report(Workspace(options.out)):
        print(f"report    {path}")


def _bundle(options: argparse.Namespace) -> None:
    workspace = Workspace(options.out)
    _bundle_one(options, workspace, workspace.one_run(options.run))


def _bundle_one(options: argparse.Namespace, workspace: Workspace, folder: Path) -> None:
    from genred_build.steps import bundle_run
    from genred_build.workspace import RunRecord, load

    name = options.name or load(folder / "run.json", RunRecord, "train").recipe.name
    path = bundle_run(workspace, folder, name, options.to or options.out, data=options.data, licence=options.licence)
    print(f"bundle    {path}; run it with `model: {path}`, or `genred classify --model {path} FILE`")


def _figures(options: argparse.Namespace) -> None:
    from genred_build.file_figures import draw_file

    for path in draw_file(options.file, options.out):
        print(f"figure    {path}")


def _all(options: argparse.Namespace) -> None:
    from genred_build.steps import pool_folds
    from genred_build.summary import summary_line
    from genred_build.workspace import load

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
            _quantize_one(options, workspace, folder)
            _evaluate_one(options, workspace, folder, others=not folds)
            folders.append(folder)
        if folds:
            from genred_build.evaluate import EvaluationResult

            pooled = load(pool_folds(workspace, folders) / "evaluation.json", EvaluationResult, "all")
            for line in summary_line(pooled):
                print(line)
        else:
            shipped = shipped or folders[0]
    if shipped:
        _bundle_one(options, workspace, shipped)
    _report(options)


if __name__ == "__main__":
    sys.exit(main())
