"""The record of one training: what defined it, what it was fed, and how it went."""

from __future__ import annotations

import importlib.metadata
import platform
from typing import TYPE_CHECKING

import msgspec

from genred_build.data.artists import artist_key
from genred_build.spec.recipe import Recipe
from genred_build.spec.split_name import SplitName
from genred_build.spec.workspace import load

if TYPE_CHECKING:
    from pathlib import Path

    import numpy as np
    from numpy.typing import NDArray

    from genred_build.data.features import FeatureSet
    from genred_build.data.splits import Split

_LIBRARIES = ("tensorflow", "keras", "numpy", "scikit-learn", "ai-edge-litert", "av", "soxr")


class RunRecord(msgspec.Struct, frozen=True, kw_only=True):
    """run.json: everything that defines one training, and how it went.

    Attributes:
        key: Of what the weights depend on.
        parts: Segments in training, validation and test.
        clips: Clips in these.
        train_clips: Clips of each label of which a segment trained.
        clip_ids: Those clips, sorted.
        artists: Artists in training, as `artist_key` gives them.
        epochs: How many were run.
        best_epoch: Whose weights were kept, from 0.
    """

    key: str
    recipe: Recipe
    dataset: str
    fingerprint: str
    labels: tuple[str, ...]
    split: SplitName
    leaky: bool
    seed: int
    fold: int | None
    folds: int | None
    parts: tuple[int, int, int]
    clips: tuple[int, int, int]
    train_clips: dict[str, int]
    clip_ids: tuple[str, ...]
    pcm_md5s: tuple[str, ...]
    artists: tuple[str, ...]
    untested: tuple[str, ...]
    notes: tuple[str, ...]
    parameters: int
    epochs: int
    best_epoch: int
    seconds: float
    versions: dict[str, str]


def make_run_record(
    recipe: Recipe,
    features: FeatureSet,
    split: Split,
    *,
    key: str,
    parameters: int,
    epochs: int,
    best_epoch: int,
    seconds: float,
) -> RunRecord:
    """Describes a training that has ended; the arguments after the split are as the record's attributes."""
    trained = sorted({int(clip) for clip in features.clip_of[split.train]})
    clips = [features.clips[index] for index in trained]
    labels = [clip.label for clip in clips]
    fitted = msgspec.structs.replace(recipe, split=split.name)
    return RunRecord(
        key=key,
        recipe=fitted,
        dataset=features.name,
        fingerprint=features.fingerprint,
        labels=features.labels,
        split=split.name,
        leaky=split.leaky,
        seed=split.seed,
        fold=split.fold,
        folds=split.folds,
        parts=(len(split.train), len(split.valid), len(split.test)),
        clips=(len(trained), _clip_count(features, split.valid), _clip_count(features, split.test)),
        train_clips={label: labels.count(label) for label in features.labels},
        clip_ids=tuple(sorted(clip.clip_id for clip in clips)),
        pcm_md5s=tuple(sorted({clip.pcm_md5 for clip in clips})),
        artists=tuple(sorted({artist_key(clip.artist) for clip in clips if clip.artist})),
        untested=split.untested,
        notes=split.notes,
        parameters=parameters,
        epochs=epochs,
        best_epoch=best_epoch,
        seconds=seconds,
        versions=library_versions(),
    )


def is_fold(folder: Path) -> bool:
    """Whether a run's folder holds one fold of several."""
    path = folder / "run.json"
    return path.is_file() and load(path, RunRecord, "train").fold is not None


def library_versions() -> dict[str, str]:
    """Versions of what trains and converts."""
    found = {"python": platform.python_version()}
    for name in _LIBRARIES:
        try:
            found[name] = importlib.metadata.version(name)
        except importlib.metadata.PackageNotFoundError:
            continue
    return found


def _clip_count(features: FeatureSet, segments: NDArray[np.int64]) -> int:
    return len(set(features.clip_of[segments].tolist()))
