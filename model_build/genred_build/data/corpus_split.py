"""Which files train the student and which judge it: the held-out slice, or folds that each judge once."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from genred_build.data.corpus import Corpus
    from genred_build.data.targets import SoftLabels

ROOM_FOLDS = 3
"""Of the clips that were recorded in rooms, each third one judges."""


@dataclass(frozen=True, slots=True)
class CorpusSplit:
    """Indices into the corpus.

    Attributes:
        training: Clean files and recordings in rooms.
        validation: Clean files of the held-out slice of which no copy, song or artist is among the other files.
        excluded: Held-out files that have one there: neither trained on nor counted.
        rooms: Recordings in rooms of clips whose recordings are not trained on.
    """

    training: NDArray[np.int64]
    validation: NDArray[np.int64]
    excluded: NDArray[np.int64]
    rooms: NDArray[np.int64]


def split_corpus(corpus: Corpus, soft: SoftLabels) -> CorpusSplit:
    """Divides a corpus by the held-out slice that came with the soft labels, and by what a manifest holds out.

    The clean twin of a held-out recording in a room may train, as it trained the starting weights; no recording of
    it in a room does.
    """
    files, group = corpus.files, corpus.groups()
    held = {
        index for index, file in enumerate(files) if not file.room and (file.held_out or file.name in soft.held_out)
    }
    held_groups = {int(group[index]) for index in held}
    other_groups = {int(group[i]) for i, file in enumerate(files) if not file.room and i not in held}
    clips = sorted({file.clip_id for file in files if file.room})
    held_clips = {*clips[::ROOM_FOLDS], *(files[index].clip_id for index in held)}
    rooms = {index for index, file in enumerate(files) if file.room and file.clip_id in held_clips}
    excluded = {index for index in held if int(group[index]) in other_groups}
    training = [index for index in range(len(files)) if int(group[index]) not in held_groups and index not in rooms]
    return CorpusSplit(*(np.array(sorted(part), np.int64) for part in (training, held - excluded, excluded, rooms)))


def split_into_folds(corpus: Corpus, folds: int = 5) -> tuple[CorpusSplit, ...]:
    """Divides a corpus so that each file judges once; what shares an artist, song or sample stays in one fold.

    Of several hundred random groupings the one is taken that gives each fold the most even share of every label. A
    recording in a room follows its clip. Files without a label train in every fold.
    """
    from sklearn.model_selection import StratifiedGroupKFold

    files, group = corpus.files, corpus.groups()
    labels = np.array([file.label for file in files])
    clean = np.array([index for index, file in enumerate(files) if not file.room and file.label >= 0], np.int64)
    least, chosen = np.inf, np.full(len(files), -1, np.int64)
    for seed in range(_GROUPINGS):
        fold = np.full(len(files), -1, np.int64)
        grouping = StratifiedGroupKFold(folds, shuffle=True, random_state=seed)
        for number, (_, judging) in enumerate(grouping.split(clean, labels[clean], group[clean])):
            fold[clean[judging]] = number
        shares = [np.bincount(fold[clean[labels[clean] == label]], minlength=folds) for label in set(labels[clean])]
        uneven = float(sum(((share / share.sum() - 1 / folds) ** 2).sum() for share in shares))
        if uneven < least:
            least, chosen = uneven, fold
    fold_of_group = {int(group[index]): int(chosen[index]) for index in clean}
    fold_of_file = np.array([fold_of_group.get(int(group[index]), -1) for index in range(len(files))])
    room = np.array([file.room for file in files])
    nothing = np.array([], np.int64)
    return tuple(
        CorpusSplit(
            training=np.flatnonzero(fold_of_file != number),
            validation=np.flatnonzero((fold_of_file == number) & ~room),
            excluded=nothing,
            rooms=np.flatnonzero((fold_of_file == number) & room),
        )
        for number in range(folds)
    )


_GROUPINGS = 300
