"""Weights that know music but no song of the corpus: learned from a tagger's embeddings of other music alone.

`python -m genred_build.training.pretrain` writes the npz from which folds may start: it heard none of their files.
"""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path

import numpy as np

from genred.errors import GenredError
from genred_build.data.corpus import list_unlabelled, read_corpus
from genred_build.data.targets import SoftLabels, read_embeddings
from genred_build.spec.distillation import DEFAULT_DISTILLATION, load_distillations
from genred_build.training.augmented_batches import AugmentedBatches
from genred_build.training.distill import Step, distill

PRETRAINING = DEFAULT_DISTILLATION.with_name("pretraining.yaml")
"""What the folds of the README started from."""


def main() -> int:
    """Trains and gives the exit code."""
    parser = argparse.ArgumentParser(
        prog="python -m genred_build.training.pretrain", description="Learn to hear from music without a genre."
    )
    parser.add_argument("--unlabelled", type=Path, required=True, metavar="DIR", help="music")
    parser.add_argument("--embeddings", type=Path, required=True, metavar="NPZ", help="of it: see the module musicnn")
    parser.add_argument("--distillation", type=Path, default=PRETRAINING, metavar="YAML")
    parser.add_argument("--out", type=Path, required=True, metavar="DIR", help="cache, checkpoint, student.npz")
    options = parser.parse_args()
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

    def say(step: Step, _model: object) -> None:
        print(f"step {step.step}: loss {step.loss:.4f}, {step.seconds:.0f} s", flush=True)

    try:
        corpus = read_corpus(list_unlabelled(options.unlabelled), options.out / "unlabelled.npz")
        embeddings = read_embeddings(options.embeddings)
        known = [index for index, file in enumerate(corpus.files) if file.name in embeddings.by_name]
        recipe = load_distillations(options.distillation)[0]
        nothing = SoftLabels({}, frozenset())
        batches = AugmentedBatches(corpus, np.array(known, np.int64), nothing, recipe, embeddings=embeddings)
        distill(recipe, batches, options.out, progress=say)
    except GenredError as error:
        sys.stderr.write(f"genred_build.training.pretrain: {error}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
