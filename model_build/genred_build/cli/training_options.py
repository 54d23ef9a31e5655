"""What the commands that train a student have in common on their command lines."""

from __future__ import annotations

import argparse
from pathlib import Path

from genred_build.spec.distillation import DEFAULT_DISTILLATION


def training_options() -> argparse.ArgumentParser:
    """Gives a parent parser: the fields of `TrainingInputs`, and the recipe."""
    parser = argparse.ArgumentParser(add_help=False)
    parser.add_argument("--data", type=Path, required=True, metavar="DIR", help="manifest.csv, gtzan/, more/, noisy/")
    parser.add_argument("--soft-labels", type=Path, required=True, metavar="NPZ", help="of the teachers")
    parser.add_argument("--start", type=Path, metavar="NPZ", help="weights to go on from (default: from scratch)")
    parser.add_argument("--embeddings", type=Path, metavar="NPZ", help="what a tagger hears: see the module musicnn")
    parser.add_argument("--unlabelled", type=Path, metavar="DIR", help="music without a genre, for the embeddings")
    parser.add_argument("--distillation", type=Path, default=DEFAULT_DISTILLATION, metavar="YAML")
    return parser
