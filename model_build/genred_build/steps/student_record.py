"""What the card of the student says of its training."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

import numpy as np

from genred.analysis.model_card import Training
from genred_build.spec.labels import LABELS, SPEECH
from genred_build.training.weight_averaging import describe_runs

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from genred_build.data.corpus import Corpus
    from genred_build.data.corpus_split import CorpusSplit
    from genred_build.spec.distillation import Distillation

_UNLABELLED_DATA = (
    " Beside them it learned what the musicnn networks hear in {files} pieces of music without a genre here; the first "
    "of its weights learned that of free music of games."
)

_CARD_DATA = (
    "{gtzan} clips of GTZAN, {others} excerpts of other recordings (mostly commercial, without a licence), {speech} of "
    "speech (LibriSpeech, CC BY 4.0, and radio-like talk in several languages) and {rooms} recordings of some of the "
    "clips through loudspeakers in rooms; {teachers}. No audio and no teacher's weights are distributed."
)

_GIVEN_LABELS = "soft labels of the MSD musicnn network (ISC) and of EfficientAT mn04 (MIT)"

_OWN_LABELS = "taught by the two musicnn networks (ISC), their last hidden layers and a linear head on them"

_SECOND_LABELS = ", and by soft labels of EfficientAT mn04 (MIT)"


def _describe_teachers(recipes: Sequence[Distillation]) -> str:
    if not any(run.embedding for run in recipes):
        return _GIVEN_LABELS
    return _OWN_LABELS + (_SECOND_LABELS if any(run.second_teacher for run in recipes) else "")


def training_record(
    corpus: Corpus, split: CorpusSplit, recipes: Sequence[Distillation], start: Path | None
) -> Training:
    """Describes the material, the split, the runs and the versions."""
    import keras
    import tensorflow as tf

    labelled = [index for index in split.training if corpus.files[index].label >= 0]
    names = sorted(corpus.files[index].name.rpartition(".")[0] for index in labelled)
    clean = [corpus.files[index] for index in split.training if not corpus.files[index].room]
    music = [file for file in clean if 0 <= file.label != SPEECH]
    gtzan = sum(file.path.parent.parent.name == "gtzan" for file in music)
    unlabelled = sum(file.label < 0 for file in clean)
    rooms = len(split.training) - len(clean)
    counts = Counter(LABELS[corpus.files[index].label] for index in labelled)
    return Training(
        recipe="student",
        data=_CARD_DATA.format(
            gtzan=gtzan,
            others=len(music) - gtzan,
            speech=sum(file.label == SPEECH for file in clean),
            rooms=rooms,
            teachers=_describe_teachers(recipes),
        )
        + (_UNLABELLED_DATA.format(files=unlabelled) if unlabelled else ""),
        clips=dict(sorted(counts.items())),
        clip_ids=tuple(names),
        split=(
            f"{len(split.validation) + len(split.excluded)} files of artists that were held out, {len(split.excluded)} "
            f"of them not counted since a copy, song or artist of theirs is among the training files; of recordings in "
            f"rooms, those of every third clip"
        ),
        seed=recipes[0].seed,
        versions={"tensorflow": tf.__version__, "keras": keras.__version__, "numpy": np.__version__},
        notes=(
            f"{len(names)} files trained, {rooms} of them recordings in rooms, all of classical music and pop",
            describe_runs(recipes, start),
        ),
    )
