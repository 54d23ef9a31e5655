"""The arguments of the commands that teach the default network."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from genred_build.spec.distillation import DEFAULT_DISTILLATION

if TYPE_CHECKING:
    from collections.abc import Callable


def add_student_commands(add: Callable[..., argparse.ArgumentParser]) -> None:
    """Adds the commands.

    Args:
        add: Called with a command's name, what it does, and its parent parsers; gives its parser.
    """
    corpus = argparse.ArgumentParser(add_help=False)
    corpus.add_argument("--data", type=Path, required=True, metavar="DIR", help="manifest.csv, gtzan/, more/, noisy/")
    training = argparse.ArgumentParser(add_help=False)
    training.add_argument("--soft-labels", type=Path, required=True, metavar="NPZ", help="of the teachers")
    training.add_argument("--start", type=Path, metavar="NPZ", help="weights to go on from (default: from scratch)")
    training.add_argument("--embeddings", type=Path, metavar="NPZ", help="as `genred-build embed` writes them")
    training.add_argument("--unlabelled", type=Path, metavar="DIR", help="music without a genre, for the embeddings")
    training.add_argument("--distillation", type=Path, default=DEFAULT_DISTILLATION, metavar="YAML")

    embed = add("embed", "write the embeddings that musicnn has of a corpus", corpus)
    embed.add_argument("--unlabelled", type=Path, metavar="DIR", help="music without a genre")
    embed.add_argument("--musicnn", type=Path, required=True, metavar="DIR", help="folder `musicnn` of its wheel")
    embed.add_argument("--out", type=Path, required=True, metavar="NPZ")

    pretrain = add("pretrain", "train the student on the embeddings of music without a genre")
    pretrain.add_argument("--unlabelled", type=Path, required=True, metavar="DIR", help="music")
    pretrain.add_argument("--embeddings", type=Path, required=True, metavar="NPZ", help="of it")
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
