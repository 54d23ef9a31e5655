"""The command line's arguments."""

from __future__ import annotations

import argparse
from pathlib import Path

from genred.option_numbers import whole_number
from genred_build.cli.student_arguments import Commands, add_command, add_student_commands
from genred_build.spec.recipe import RECIPES_DIRECTORY, Scheme
from genred_build.spec.split_name import LEAST_FOLDS, SplitName

EXAMPLES = """\
examples:
  genred-build all --dataset ~/gtzan --recipe original --split random-segment
      --split artist:5 --out out/gtzan
  genred-build all --dataset ~/my-genres --recipe original --split artist
      --out out/mine
  genred classify --model out/mine/original.json song.mp3
  genred-build extend --dataset ~/my-words --out out/more --to ~/models/more
  genred-build figures song.mp3 --out pictures
"""


def make_parser(commands: Commands, student_commands: Commands) -> argparse.ArgumentParser:
    """Builds the parser.

    Args:
        commands: The function of each command by its name, but of `student`.
        student_commands: Of the commands under that.
    """
    parser = argparse.ArgumentParser(
        prog="genred-build",
        description="Makes a quantized, evaluated model bundle from a folder of labelled music.",
        epilog=EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    subparsers = parser.add_subparsers(title="commands", required=True, metavar="COMMAND")
    out = _shared("--out", "output folder", required=True)
    data = argparse.ArgumentParser(add_help=False)
    data.add_argument("--dataset", type=Path, required=True, metavar="DIR", help="GTZAN, or any folder of LABEL/files")
    data.add_argument(
        "--manifest", type=Path, metavar="CSV", help="CSV with the columns file or id, and label, artist, album, group"
    )
    data.add_argument(
        "--workers", type=whole_number(1, 1_024), metavar="N", help="number of processes (default: one per core)"
    )
    published = argparse.ArgumentParser(add_help=False)
    published.add_argument(
        "--lists", type=Path, metavar="DIR", help="folder of the published filtered_{train,valid,test}.txt"
    )
    published.add_argument(
        "--json", type=Path, metavar="FILE", help="also write features as the original project's JSON"
    )
    recipe = argparse.ArgumentParser(add_help=False)
    shipped = ", ".join(sorted(path.stem for path in RECIPES_DIRECTORY.glob("*.yaml")))
    recipe.add_argument("--recipe", default="original", help=f"{shipped}, or a .yaml (default: original)")
    recipe.add_argument(
        "--seed",
        type=whole_number(0, 2**32 - 1),
        metavar="N",
        help="seed of split and training (default: the recipe's)",
    )
    splits = argparse.ArgumentParser(add_help=False)
    splits.add_argument(
        "--split",
        type=_split_argument,
        action="append",
        metavar="SPLIT[:FOLDS]",
        help=f"{', '.join(SplitName)}; may be repeated (default: the recipe's)",
    )
    run = _shared("--run", "name of the run, if there are several")
    scheme = argparse.ArgumentParser(add_help=False)
    scheme.add_argument(
        "--scheme", type=Scheme, choices=list(Scheme), help="quantization scheme (default: the recipe's)"
    )
    scheme.add_argument("--force", action="store_true", help="accept a scheme that loses more than a point of accuracy")
    judged = argparse.ArgumentParser(add_help=False)
    judged.add_argument(
        "--others",
        type=_others_argument,
        action="append",
        default=[],
        metavar="NAME=DIR",
        help="also evaluate on this folder",
    )
    judged.add_argument("--quick", action="store_true", help="skip the robustness table and the simulated broadcasts")
    ship = argparse.ArgumentParser(add_help=False)
    ship.add_argument("--name", help="name of the model (default: the recipe's)")
    ship.add_argument("--to", type=Path, metavar="DIR", help="folder for the bundle (default: --out)")
    ship.add_argument("--data", default="", metavar="TEXT", help="origin and licence of the audio, for the model card")
    ship.add_argument("--licence", default="", metavar="TEXT", help="licence of the weights, for the model card")

    def add(name: str, what: str, *parents: argparse.ArgumentParser) -> argparse.ArgumentParser:
        return add_command(subparsers, name, what, commands[name], *parents)

    everything = (data, published, out, recipe, splits, scheme, judged, ship)
    add("all", "prepare, train, quantize, evaluate, report and bundle", *everything)
    add("prepare", "read a data set and store its features", data, published, out, recipe)
    add("train", "train a recipe on a split, or continue training", out, recipe, splits)
    add("quantize", "convert with every quantization scheme, compare them, choose one", out, run, scheme)
    add("evaluate", "evaluate the quantized network on held-out data", out, run, judged)
    add("report", "write report.html and report.md over all runs", out)
    add("bundle", "write NAME.tflite and NAME.json for the daemon", out, run, ship)
    figures = add("figures", "draw a file's waveform, spectrogram, mel spectrogram and MFCC")
    figures.add_argument("file", type=Path, metavar="FILE")
    figures.add_argument("--out", type=Path, default=Path(), metavar="DIR", help="folder for the PNGs (default: here)")
    extend = add("extend", "add your own genres to a finished model, from a few clips each", data, out)
    extend.add_argument(
        "--model",
        default="default",
        help="a shipped model's name, or the path of a bundle (default: the default model)",
    )
    extend.add_argument("--to", type=Path, metavar="PATH", help="path of the new bundle (default: extended in --out)")
    add_student_commands(subparsers, student_commands)
    return parser


def _shared(option: str, what: str, *, required: bool = False) -> argparse.ArgumentParser:
    parent = argparse.ArgumentParser(add_help=False)
    if option == "--out":
        parent.add_argument(option, type=Path, required=required, metavar="DIR", help=what)
    else:
        parent.add_argument(option, required=required, help=what)
    return parent


def _split_argument(text: str) -> tuple[SplitName, int | None]:
    name, colon, folds = text.partition(":")
    try:
        split, count = SplitName(name), int(folds) if colon else None
    except ValueError as error:
        raise argparse.ArgumentTypeError(
            f"{text!r}: must be one of {', '.join(SplitName)}, optionally with :FOLDS"
        ) from error
    if count is not None and count < LEAST_FOLDS:
        raise argparse.ArgumentTypeError(f"{text!r}: needs at least {LEAST_FOLDS} folds")
    return split, count


def _others_argument(text: str) -> tuple[str, Path]:
    name, equals, folder = text.partition("=")
    if not equals or not name or not folder:
        raise argparse.ArgumentTypeError(f"{text!r}: write NAME=DIR")
    return name, Path(folder)
