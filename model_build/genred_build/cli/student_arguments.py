"""The arguments of the commands that teach the default network."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from genred_build.spec.distillation import DEFAULT_DISTILLATION
from genred_build.spec.refit import DEFAULT_REFIT

Command = Callable[[argparse.Namespace], None]
Commands = Mapping[str, Command]
"""What each command calls, by its name."""


def add_command(
    subparsers: Any, name: str, what: str, function: Command, *parents: argparse.ArgumentParser
) -> argparse.ArgumentParser:
    """Adds a command and gives its parser; parsing leaves the function in `command`."""
    added = subparsers.add_parser(name, help=what, description=what[0].upper() + what[1:] + ".", parents=parents)
    added.set_defaults(command=function)
    return added  # type: ignore[no-any-return]


def add_student_commands(subparsers: Any, commands: Commands) -> None:
    """Adds `student` with its own commands.

    Args:
        subparsers: Of the whole command.
        commands: The functions of the commands under `student`.
    """
    what = "make the default network: teachers' embeddings, training, folds, calibration"
    own = subparsers.add_parser("student", help=what, description=what[0].upper() + what[1:] + ".")
    under = own.add_subparsers(title="commands", required=True, metavar="COMMAND")

    def add(name: str, what: str, *parents: argparse.ArgumentParser) -> argparse.ArgumentParser:
        return add_command(under, name, what, commands[name], *parents)

    corpus = argparse.ArgumentParser(add_help=False)
    corpus.add_argument("--data", type=Path, required=True, metavar="DIR", help="manifest.csv, gtzan/, more/, noisy/")
    training = argparse.ArgumentParser(add_help=False)
    training.add_argument("--soft-labels", type=Path, required=True, metavar="NPZ", help="of the teachers")
    training.add_argument("--start", type=Path, metavar="NPZ", help="weights to go on from (default: from scratch)")
    training.add_argument("--embeddings", type=Path, metavar="DIR", help="the store of `genred-build student embed`")
    training.add_argument("--unlabelled", type=Path, metavar="DIR", help="music without a genre, for the embeddings")
    training.add_argument("--distillation", type=Path, default=DEFAULT_DISTILLATION, metavar="YAML")

    store = argparse.ArgumentParser(add_help=False)
    store.add_argument("--store", type=Path, required=True, metavar="DIR", help="of embeddings, filled by `embed`")
    embed = add("embed", "keep what musicnn hears in a corpus; a run that was killed goes on", corpus, store)
    embed.add_argument("--unlabelled", type=Path, metavar="DIR", help="music without a genre")
    embed.add_argument("--musicnn", type=Path, required=True, metavar="DIR", help="folder `musicnn` of its wheel")
    embed.add_argument("--passes", type=int, default=4, metavar="N", help="windows of each nine seconds (default: 4)")

    pretrain = add("pretrain", "train the student on the embeddings of music without a genre")
    pretrain.add_argument("--unlabelled", type=Path, required=True, metavar="DIR", help="music")
    pretrain.add_argument("--embeddings", type=Path, required=True, metavar="DIR", help="of it")
    pretrain.add_argument("--distillation", type=Path, metavar="YAML", help="(default: pretraining.yaml)")
    pretrain.add_argument("--out", type=Path, required=True, metavar="DIR", help="cache, checkpoint, student.npz")

    folds = add("cross-validate", "judge a distillation on folds; no file may have trained --start", corpus, training)
    folds.add_argument("--only", type=int, nargs="+", metavar="N", help="these folds (default: all)")
    folds.add_argument("--clean-only", action="store_true", help="no codecs, noise, telephone, broadcasts")
    folds.add_argument("--out", type=Path, required=True, metavar="DIR", help="caches, checkpoints, folds-report.json")

    teach = add("teach", "distil, quantize, calibrate, tune and judge the student", corpus, training)
    teach.add_argument("--folds", type=Path, metavar="JSON", help="folds-report.json, for the card and its smoothing")
    teach.add_argument(
        "--out", type=Path, required=True, metavar="DIR", help="caches, checkpoints, student-report.json"
    )
    teach.add_argument("--bundle", type=Path, metavar="PATH", help="default: student in the folder of --out")

    model = argparse.ArgumentParser(add_help=False)
    model.add_argument("--model", default="default", help="a shipped model's name, or a bundle")
    finished = argparse.ArgumentParser(add_help=False, parents=[model])
    finished.add_argument("--out", type=Path, required=True, metavar="DIR", help="cache of what it hears; what is made")
    finished.add_argument("--workers", type=int, metavar="N", help="processes (default: one a core)")

    what = "fit a student's last layer and confidence on music that its network never heard"
    refit = add("refit", what, corpus, finished)
    refit.add_argument("--recipe", type=Path, default=DEFAULT_REFIT, metavar="YAML")
    refit.add_argument("--keep-layer", action="store_true", help="fit the confidence alone")
    refit.add_argument("--bundle", type=Path, metavar="PATH", help="default: student in the folder of --out")

    remember = add(
        "remember", "note what a student hears in its words, so that `extend` can add to them", corpus, finished
    )
    remember.add_argument("--to", type=Path, metavar="NPZ", help="default: that of the shipped student")

    what = "say how much of what musicnn hears a student hears too, on music that trained it and on other music"
    add("explain", what, corpus, store, finished)

    unpack = add("unpack", "write a finished student's weights as a start for training", corpus, model)
    unpack.add_argument("--to", type=Path, required=True, metavar="NPZ", help="for --start")
