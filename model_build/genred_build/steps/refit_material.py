"""Labelled files as a student's network hears them, and the last layer fitted on them in artist-grouped folds."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from genred_build.data.corpus_files import group_files
from genred_build.errors import BuildError
from genred_build.evaluation.assess import FilePredictions
from genred_build.export.hear import CLEAN, hear_files
from genred_build.export.heard_words import measure_heard_words
from genred_build.export.last_layer import LastLayer, hearing_digest, read_last_layer
from genred_build.softmax import softmax
from genred_build.spec.labels import LABELS
from genred_build.training.columns import Examples, even_weights, fit_columns

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from genred.analysis.bundle import ModelBundle
    from genred_build.data.corpus_files import CorpusFile
    from genred_build.export.hear import Heard
    from genred_build.export.heard_words import HeardWords
    from genred_build.spec.refit import Refit

LEAST_S = 5.0
"""Files under a window's length are learned from, and neither judge nor are on air in programmes: repeated to fill a
window they sound like nothing that is ever broadcast."""


@dataclass(frozen=True, slots=True)
class RefitMaterial:
    """Labelled files as a network hears them.

    Attributes:
        heard: A view of a file each.
        group: (views,) numbers of what must not be divided.
        unheard: (views,) whether the network was trained on nothing of the group; of a recording in a room, whether it
            was not trained on that.
        fold: (views,) in which fold the file judges.
        given: What the layer is that is fitted anew, with the card's temperature and offsets in it.
    """

    heard: list[Heard]
    group: NDArray[np.int64]
    unheard: NDArray[np.bool_]
    fold: NDArray[np.int64]
    given: LastLayer


def read_material(
    base: ModelBundle,
    files: Sequence[CorpusFile],
    folder: Path,
    recipe: Refit,
    *,
    unheard_only: bool = False,
    workers: int | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> RefitMaterial:
    """Hears labelled files.

    Args:
        base: A student.
        files: Of the corpus; those without a label are passed over.
        folder: Gets the cache.
        recipe: Folds.
        unheard_only: Passes over what trained the network: enough to judge it, or to fit a confidence.
        workers: As for `hear_files`.
        progress: As for `hear_files`.

    Raises:
        BuildError: The bundle is no student.
    """
    if base.card.labels != LABELS:
        raise BuildError(f"{base.path}: has other words than a student: {', '.join(base.card.labels)}")
    labelled = [file for file in files if file.label >= 0]
    digests = [hashlib.md5(file.path.read_bytes(), usedforsecurity=False).hexdigest() for file in labelled]
    group = group_files(labelled, digests)
    trained = trained_groups(base, labelled, group)
    fold_of = _folds(np.array([file.label for file in labelled]), group, recipe)
    learned = set(base.card.training.clip_ids)
    # The clean clip of a recording in a room may have trained; the recording itself must not have.
    unheard = np.array(
        [
            file.name.rpartition(".")[0] not in learned if file.room else int(each) not in trained
            for each, file in zip(group, labelled, strict=True)
        ]
    )
    number = {file.name: index for index, file in enumerate(labelled)}
    wanted = [file for file, fresh in zip(labelled, unheard, strict=True) if fresh or not unheard_only]
    heard = hear_files(base.tflite, wanted, folder, patches=base.card.patches, workers=workers, progress=progress)
    own = np.array([number[one.file.name] for one in heard])
    card, layer = base.card, read_last_layer(base.tflite)
    offsets = np.asarray(card.logit_offsets or np.zeros(len(card.labels)))
    given = LastLayer(layer.kernel / card.temperature, layer.bias / card.temperature + offsets)
    return RefitMaterial(heard, group[own], unheard[own], fold_of[own], given)


def trained_groups(base: ModelBundle, files: Sequence[CorpusFile], group: NDArray[np.int64]) -> set[int]:
    """Gives the groups of which the bundle's network was trained on some file."""
    learned = set(base.card.training.clip_ids)
    return {int(own) for own, file in zip(group, files, strict=True) if file.name.rpartition(".")[0] in learned}


def fit_layer(material: RefitMaterial, recipe: Refit, chosen: NDArray[np.bool_]) -> LastLayer:
    """Fits the layer on some views, starting from the given one."""
    weight_of = {CLEAN: 1.0, "noise": recipe.noise, "passage": recipe.passage}
    views = [index for index in np.flatnonzero(chosen) if len(material.heard[index].windows)]
    parts = [_spread(material.heard[index].windows, recipe.windows) for index in views]
    counts = [len(part) for part in parts]
    heard = np.concatenate(parts)
    truth = np.repeat([material.heard[index].file.label for index in views], counts)
    group = np.repeat(material.group[views], counts)
    weights = even_weights(truth, group, recipe.artist_power)
    of_view = [
        weight_of[material.heard[index].view] * (1.0 if material.unheard[index] else recipe.learned_by_heart) / count
        for index, count in zip(views, counts, strict=True)
    ]
    weights = weights * np.repeat(np.array(of_view) * np.mean(counts), counts)
    weights /= np.bincount(truth, weights, len(LABELS))[truth]
    given = material.given.logits(heard)
    columns = fit_columns(Examples(heard, given, np.eye(len(LABELS))[truth], weights), len(LABELS), recipe.shrinkage)
    share = recipe.share
    return LastLayer(material.given.kernel + share * columns.kernel, material.given.bias + share * columns.bias)


def heard_words_of(base: ModelBundle, material: RefitMaterial) -> HeardWords:
    """Gives what the network hears in each word, over clean views of what did not train it, artists counted alike.

    What trained it lies closer together than any other music of the word ever will.
    """
    views = [
        index
        for index, one in enumerate(material.heard)
        if one.view == CLEAN and len(one.windows) and material.unheard[index]
    ]
    counts = [len(material.heard[index].windows) for index in views]
    heard = np.concatenate([material.heard[index].windows for index in views]).astype(np.float64)
    truth = np.repeat([material.heard[index].file.label for index in views], counts)
    weights = even_weights(truth, np.repeat(material.group[views], counts))
    return measure_heard_words(LABELS, heard, truth, weights, hearing_digest(base.tflite))


def _spread(windows: NDArray[np.float32], most: int) -> NDArray[np.float32]:
    """Windows of one song say much the same: some of them do."""
    places = np.linspace(0, len(windows) - 1, min(most, len(windows))).round().astype(np.int64)
    return np.asarray(windows[places])


def _folds(labels: NDArray[np.int64], group: NDArray[np.int64], recipe: Refit) -> NDArray[np.int64]:
    from sklearn.model_selection import StratifiedGroupKFold

    fold = np.zeros(len(labels), np.int64)
    grouping = StratifiedGroupKFold(recipe.folds, shuffle=True, random_state=recipe.seed)
    for number, (_, judging) in enumerate(grouping.split(labels, labels, group)):
        fold[judging] = number
    return fold


def judges(material: RefitMaterial) -> NDArray[np.int64]:
    """Views that count: of files that are unheard and long enough."""
    long = [one.file.room or not 0 < one.file.seconds < LEAST_S for one in material.heard]
    return np.flatnonzero(material.unheard & np.array(long))


def layer_answers(material: RefitMaterial, layers: Sequence[LastLayer]) -> dict[str, list[FilePredictions]]:
    """What each fold's layer answers on the fold's views, by condition."""
    found: dict[str, list[FilePredictions]] = {}
    for index in judges(material):
        one = material.heard[index]
        if one.windows.size:
            condition = "rooms" if one.file.room else one.condition
            probabilities = softmax(layers[material.fold[index]].logits(one.windows))
            found.setdefault(condition, []).append(FilePredictions(one.file, probabilities))
    return found
