"""Which files train the student and which judge it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from genred_build.student.corpus import Corpus, SoftLabels

ROOM_FOLDS = 3
"""Of the clips that were recorded in rooms, each third one judges."""


@dataclass(frozen=True, slots=True)
class Division:
    """Indices into the corpus.

    Attributes:
        training: Clean files and recordings in rooms.
        validation: Clean files of the held-out slice of which no copy, song or artist is among the other files.
        tied: Held-out files that have one there: neither trained on nor counted.
        rooms: Recordings in rooms of clips whose recordings are not trained on.
    """

    training: NDArray[np.int64]
    validation: NDArray[np.int64]
    tied: NDArray[np.int64]
    rooms: NDArray[np.int64]


def divide(corpus: Corpus, soft: SoftLabels) -> Division:
    """Divides a corpus by the held-out slice that came with the soft labels.

    The clean twin of a held-out recording in a room may train, as it trained the starting weights; no recording of
    it in a room does.
    """
    files, side = corpus.files, corpus.sides()
    held = {index for index, file in enumerate(files) if not file.room and file.name in soft.held_out}
    held_sides = {int(side[index]) for index in held}
    other_sides = {int(side[i]) for i, file in enumerate(files) if not file.room and i not in held}
    clips = sorted({file.clip_id for file in files if file.room})
    held_clips = {*clips[::ROOM_FOLDS], *(files[index].clip_id for index in held)}
    rooms = {index for index, file in enumerate(files) if file.room and file.clip_id in held_clips}
    tied = {index for index in held if int(side[index]) in other_sides}
    training = [index for index in range(len(files)) if int(side[index]) not in held_sides and index not in rooms]
    return Division(*(np.array(sorted(part), np.int64) for part in (training, held - tied, tied, rooms)))
