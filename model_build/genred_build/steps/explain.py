"""How much of a teacher's hearing a student has: on the music that trained it, and on other music."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from genred.analysis.frontend import LOGMEL, shared_front_end
from genred_build.data.corpus_files import group_files
from genred_build.errors import BuildError
from genred_build.evaluation.variance import Variance, variance_explained
from genred_build.export.hear import CLEAN, CLEAN_STEP_FRAMES, hear_files
from genred_build.spec.labels import SPEECH
from genred_build.steps.refit_material import trained_groups
from genred_build.teachers.embedding_store import read_store

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from genred.analysis.bundle import ModelBundle
    from genred_build.data.corpus_files import CorpusFile

_NEAREST_S = 0.5
_HOP_S = LOGMEL.hop_samples / LOGMEL.sample_rate_hz


def explain(
    base: ModelBundle, files: Sequence[CorpusFile], store: Path, folder: Path, *, workers: int | None = None
) -> dict[str, Variance]:
    """Compares what a bundle's network and the teacher hear in the same seconds of music.

    Args:
        base: The student.
        files: Of the corpus; speech, recordings in rooms and what the store lacks are passed over.
        store: The teacher's embeddings.
        folder: Gets the cache of what the student hears.
        workers: As for `hear_files`.

    Raises:
        BuildError: The store has nothing of these files.
    """
    embeddings = read_store(store)
    known = [file for file in files if not file.room and file.label != SPEECH and file.name in embeddings.by_name]
    group = group_files(known, [""] * len(known))
    trained = trained_groups(base, known, group)
    patches = base.card.patches
    middle = LOGMEL.frames / 2 if patches is None else shared_front_end(LOGMEL).inner_end - patches.span_frames / 2
    pairs = []
    for one, own in zip(
        hear_files(base.tflite, known, folder / "heard", patches=patches, views=(CLEAN,), workers=workers),
        group,
        strict=True,
    ):
        seconds, values = embeddings.by_name[one.file.name]
        middles = (np.arange(len(one.windows)) * CLEAN_STEP_FRAMES + middle) * _HOP_S
        for second, value in zip(seconds, values, strict=True):
            if len(middles) and abs(middles - second).min() < _NEAREST_S:
                pairs.append((one.windows[abs(middles - second).argmin()], value, int(own)))
    if not pairs:
        raise BuildError(f"{store}: has no embeddings of music of this corpus")
    heard, wanted, groups = (np.array(each) for each in zip(*pairs, strict=True))
    old = np.array([each in trained for each in groups])
    kinds = {"music that trained it": old, "music of artists that it never heard": ~old}
    return {
        what: variance_explained(heard, wanted, groups, judged=chosen)
        for what, chosen in kinds.items()
        if len(np.unique(groups[chosen])) > 1
    }
