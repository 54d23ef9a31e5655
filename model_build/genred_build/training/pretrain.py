"""Weights that know music but no song of the corpus: learned from a tagger's embeddings of other music alone.

`genred-build student pretrain` writes the npz from which folds may start: none of their files trained it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from genred_build.data.corpus import read_corpus
from genred_build.data.corpus_files import list_unlabelled
from genred_build.data.targets import SoftLabels
from genred_build.spec.distillation import DEFAULT_DISTILLATION
from genred_build.teachers.embedding_store import open_embeddings
from genred_build.training.augmented_batches import AugmentedBatches
from genred_build.training.distill import distill

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from genred_build.spec.distillation import Distillation
    from genred_build.training.distill import TrainingStep

PRETRAINING = DEFAULT_DISTILLATION.with_name("pretraining.yaml")
"""What the folds of docs/accuracy.md started from."""


def pretrain(
    unlabelled: Path,
    embeddings_file: Path,
    recipe: Distillation,
    folder: Path,
    *,
    progress: Callable[[TrainingStep, object], None] | None = None,
) -> None:
    """Trains on music without a genre, or goes on from the folder's checkpoint.

    Args:
        unlabelled: Folder of music.
        embeddings_file: Store or npz of that music's embeddings; files that it lacks are passed over.
        recipe: Steps, batches and degradations.
        folder: Gets the cache, `checkpoint.npz` and `student.npz`.
        progress: Called as by `distill`.

    Raises:
        BuildError: There is no music, or the embeddings cannot be read.
    """
    corpus = read_corpus(list_unlabelled(unlabelled), folder / "unlabelled.npz")
    embeddings = open_embeddings(embeddings_file)
    known = [index for index, file in enumerate(corpus.files) if file.name in embeddings.by_name]
    nothing = SoftLabels({}, frozenset())
    batches = AugmentedBatches(corpus, np.array(known, np.int64), nothing, recipe, embeddings=embeddings)
    distill(recipe, batches, folder, progress=progress)
