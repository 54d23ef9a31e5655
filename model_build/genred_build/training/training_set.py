"""What a student can learn from: audio, the teachers' labels and embeddings, and the batches that come of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from genred_build.augment.distortions import distorted_copies
from genred_build.data.corpus import joined, read_corpus
from genred_build.data.corpus_files import list_corpus, list_unlabelled
from genred_build.data.targets import SoftLabels, read_second_teacher, read_soft_labels
from genred_build.errors import BuildError
from genred_build.spec.labels import LABELS, MUSIC, SPEECH
from genred_build.teachers.embedding_store import open_embeddings
from genred_build.teachers.linear_head import blended_labels, fit_head, head_labels, unlabelled_labels
from genred_build.training.augmented_batches import AugmentedBatches

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from genred_build.data.corpus import Corpus
    from genred_build.data.targets import Embeddings
    from genred_build.spec.distillation import Distillation

SPEECH_OFFSET = -2.0
"""Taken from the speech logit: old, band-limited singing is otherwise called speech, and read speech still is."""


@dataclass(frozen=True, slots=True)
class TrainingInputs:
    """What a build starts from.

    Attributes:
        data: Folder of `manifest.csv`, `gtzan/`, `more/`, `noisy/`.
        soft_labels: npz of the teachers' soft labels.
        start: npz of starting weights; None trains from scratch.
        embeddings: Store or npz of what a tagger hears, for runs that learn it.
        unlabelled: Folder of music without a genre, for runs that learn from it.
    """

    data: Path
    soft_labels: Path
    start: Path | None = None
    embeddings: Path | None = None
    unlabelled: Path | None = None


@dataclass(frozen=True, slots=True)
class TrainingSet:
    """All that a student can learn from, before it is divided.

    Attributes:
        soft: Of the given ensemble of teachers.
        second: Of the teacher of it that was trained on none of our words, where the file has that.
    """

    corpus: Corpus
    soft: SoftLabels
    embeddings: Embeddings | None
    second: SoftLabels | None = None

    def batches(
        self, training: NDArray[np.int64], recipes: Sequence[Distillation], folder: Path
    ) -> list[AugmentedBatches]:
        """Gives the training batches of each run; distorted copies are kept in the folder."""
        distorted = (
            distorted_copies(self.corpus, folder / "coded.npz")
            if any(run.degradations.coded for run in recipes)
            else {}
        )
        embeddings, soft, head = self.embeddings, self.soft, None
        taught = [run for run in recipes if embeddings and _learns_from_head(run)]
        if embeddings and taught:
            soft = head_labels(self.corpus, embeddings, training, self.soft)
        if embeddings and any(run.unlabelled_words or run.head_share for run in taught):
            head = fit_head(self.corpus, embeddings, training)
        found = []
        for run in recipes:
            own = soft if run in taught else self.soft
            if run in taught and run.second_teacher:
                if self.second is None:
                    raise BuildError("second_teacher: the soft labels have none by the name `mn04_zs`")
                own = blended_labels(own, self.second, run.second_teacher)
            if embeddings and head and run in taught and run.unlabelled_words:
                words = unlabelled_labels(self.corpus, embeddings, training, head)
                own = SoftLabels({**own.by_name, **words}, own.held_out)
            batches = AugmentedBatches(self.corpus, training, own, run, distorted=distorted, embeddings=embeddings)
            if head and run in taught and run.head_share:
                # The card's offsets take back how often the network saw each genre; the head saw all alike.
                prior = -logit_offsets(self.corpus, training, run)
                prior[SPEECH] = 0.0
                batches.head = head.leaning(prior)
            found.append(batches)
        return found


def read_training_set(inputs: TrainingInputs, folder: Path) -> TrainingSet:
    """Reads everything; the levels of audio are computed once and kept in the folder."""
    corpus = read_corpus(list_corpus(inputs.data), folder / "corpus.npz")
    if inputs.unlabelled:
        corpus = joined(corpus, read_corpus(list_unlabelled(inputs.unlabelled), folder / "unlabelled.npz"))
    embeddings = open_embeddings(inputs.embeddings) if inputs.embeddings else None
    soft = read_soft_labels(inputs.soft_labels)
    return TrainingSet(corpus, soft, embeddings, read_second_teacher(inputs.soft_labels))


def logit_offsets(corpus: Corpus, training: NDArray[np.int64], recipe: Distillation) -> NDArray[np.float64]:
    """Takes back how often each genre was drawn in training, so that all are equally likely before the first sound.

    Logit adjustment (Menon et al., ICLR 2021) by the known frequencies of drawing, for the mean recall of genres.
    """
    own = [corpus.files[index] for index in training]
    labels = [file.label for file in own if file.label >= 0 and not file.room]
    counts = np.maximum(np.bincount(labels, minlength=len(LABELS)), 1)
    offsets = -recipe.size_power * np.log(counts)
    offsets -= offsets[list(MUSIC)].mean()
    offsets[SPEECH] = SPEECH_OFFSET
    return np.asarray(offsets.round(3))


def _learns_from_head(run: Distillation) -> bool:
    return bool(run.embedding and run.music)
