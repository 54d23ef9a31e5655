"""The arguments of the commands that teach the default network."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from genred.option_numbers import whole_number
from genred_build.spec.distillation import DEFAULT_DISTILLATION
from genred_build.spec.refit import DEFAULT_REFIT
from genred_build.spec.split_name import STUDENT_FOLDS

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
    what = "make the default model: teacher embeddings, training, cross-validation, calibration"
    own = subparsers.add_parser("student", help=what, description=what[0].upper() + what[1:] + ".")
    under = own.add_subparsers(title="commands", required=True, metavar="COMMAND")

    def add(name: str, what: str, *parents: argparse.ArgumentParser) -> argparse.ArgumentParser:
        return add_command(under, name, what, commands[name], *parents)

    corpus = argparse.ArgumentParser(add_help=False)
    corpus.add_argument(
        "--data", type=Path, required=True, metavar="DIR", help="corpus folder with manifest.csv, gtzan/, more/, noisy/"
    )
    training = argparse.ArgumentParser(add_help=False)
    training.add_argument("--soft-labels", type=Path, required=True, metavar="NPZ", help="soft labels of the teachers")
    training.add_argument("--start", type=Path, metavar="NPZ", help="weights to start from (default: from scratch)")
    training.add_argument(
        "--embeddings", type=Path, metavar="DIR", help="embedding store made by `genred-build student embed`"
    )
    training.add_argument("--unlabelled", type=Path, metavar="DIR", help="music without a genre, for the embeddings")
    training.add_argument("--distillation", type=Path, default=DEFAULT_DISTILLATION, metavar="YAML")

    store = argparse.ArgumentParser(add_help=False)
    store.add_argument("--store", type=Path, required=True, metavar="DIR", help="embedding store made by `embed`")
    embed = add("embed", "store musicnn's embeddings of a corpus; an interrupted run continues", corpus, store)
    embed.add_argument("--unlabelled", type=Path, metavar="DIR", help="music without a genre")
    embed.add_argument("--musicnn", type=Path, required=True, metavar="DIR", help="folder `musicnn` of its wheel")
    embed.add_argument(
        "--passes", type=whole_number(1, 100), default=4, metavar="N", help="windows per nine seconds (default: 4)"
    )

    pretrain = add("pretrain", "train the student on the embeddings of music without a genre")
    pretrain.add_argument("--unlabelled", type=Path, required=True, metavar="DIR", help="folder of the music")
    pretrain.add_argument("--embeddings", type=Path, required=True, metavar="DIR", help="its embedding store")
    pretrain.add_argument("--distillation", type=Path, metavar="YAML", help="(default: pretraining.yaml)")
    pretrain.add_argument("--out", type=Path, required=True, metavar="DIR", help="cache, checkpoint, student.npz")

    folds = add(
        "cross-validate", "cross-validate a distillation; no file may have been used to train --start", corpus, training
    )
    folds.add_argument(
        "--only",
        type=whole_number(0, STUDENT_FOLDS - 1),
        nargs="+",
        metavar="N",
        help=f"these folds, from 0 to {STUDENT_FOLDS - 1} (default: all)",
    )
    folds.add_argument("--clean-only", action="store_true", help="skip codecs, noise, telephone and broadcasts")
    folds.add_argument("--out", type=Path, required=True, metavar="DIR", help="caches, checkpoints, folds-report.json")

    teach = add("teach", "distil, quantize, calibrate, tune and evaluate the student", corpus, training)
    teach.add_argument("--folds", type=Path, metavar="JSON", help="folds-report.json, for the card and its smoothing")
    teach.add_argument(
        "--out", type=Path, required=True, metavar="DIR", help="caches, checkpoints, student-report.json"
    )
    teach.add_argument("--bundle", type=Path, metavar="PATH", help="path of the bundle (default: student in --out)")

    model = argparse.ArgumentParser(add_help=False)
    model.add_argument("--model", default="default", help="a shipped model's name, or a bundle")
    finished = argparse.ArgumentParser(add_help=False, parents=[model])
    finished.add_argument("--out", type=Path, required=True, metavar="DIR", help="folder for caches and results")
    finished.add_argument(
        "--workers", type=whole_number(1, 1_024), metavar="N", help="number of processes (default: one per core)"
    )

    what = "fit a student's last layer and confidence on music by artists not in its training data"
    refit = add("refit", what, corpus, finished)
    refit.add_argument("--recipe", type=Path, default=DEFAULT_REFIT, metavar="YAML")
    refit.add_argument("--keep-layer", action="store_true", help="fit only the confidence")
    refit.add_argument("--bundle", type=Path, metavar="PATH", help="path of the bundle (default: student in --out)")

    remember = add("remember", "store statistics of a student's labels, which `extend` needs", corpus, finished)
    remember.add_argument("--to", type=Path, metavar="NPZ", help="output file (default: that of the shipped student)")

    what = "measure how much of musicnn's embeddings a student reproduces, on its training music and on other music"
    add("explain", what, corpus, store, finished)

    unpack = add("unpack", "write a finished student's weights for use with --start", corpus, model)
    unpack.add_argument("--to", type=Path, required=True, metavar="NPZ", help="output file")
