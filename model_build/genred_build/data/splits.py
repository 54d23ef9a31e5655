"""Splits: which segments train, which choose, and which judge.

`random-segment` is what the original project did and leaks: segments of one song stand on both sides. All
others keep a song on one side, and those of artists keep everything by one artist there.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from genred_build.data.groups import artist_groups, clip_groups
from genred_build.data.published import read_published_lists
from genred_build.errors import BuildError
from genred_build.spec.split_name import LEAKY, LEAST_FOLDS, SplitName

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

    from genred_build.data.features import FeatureSet

SHARES = (0.8, 0.1, 0.1)
"""Train, validation and test, as in the original project."""

_TRAIN, _VALID, _TEST = 0, 1, 2
_TRIES = 300
# Where artists have many clips each, one greedy pass may fall far from the shares; the best of some is kept.


@dataclass(frozen=True, slots=True)
class Split:
    """Segments by their part; each array holds indices into the feature set, sorted.

    Attributes:
        fold: Which fold is tested, from 0; None when there is a single split.
        untested: Labels of which there is too little to test: all of it trains.
        notes: What a reader should know.
    """

    name: SplitName
    seed: int
    train: NDArray[np.int64]
    valid: NDArray[np.int64]
    test: NDArray[np.int64]
    fold: int | None = None
    folds: int | None = None
    untested: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def leaky(self) -> bool:
        """Whether segments of one song stand on both sides."""
        return self.name in LEAKY


def make_split(
    features: FeatureSet,
    name: SplitName,
    seed: int,
    *,
    fold: int | None = None,
    folds: int | None = None,
    lists: Path | None = None,
) -> Split:
    """Divides a feature set's segments; the same arguments give the same split.

    Args:
        features: The segments.
        name: Which way.
        seed: Of the shuffling.
        fold: Tests this fold of `folds`, validates on the next and trains on the others.
        folds: Three at least.
        lists: Folder of `filtered_train.txt`, `filtered_valid.txt` and `filtered_test.txt`.

    Raises:
        BuildError: A part would be empty, or the published lists are missing.
    """
    if folds is not None and (folds < LEAST_FOLDS or fold is None or not 0 <= fold < folds):
        raise BuildError(f"fold {fold} of {folds}: needs at least three folds, and a fold number from 0 to one less")
    usable = np.ones(len(features.clip_of), bool)
    notes: list[str] = []
    published: dict[str, int] = {}
    if name in {SplitName.FAULT_FILTERED, SplitName.STRICT_ARTIST}:
        published, list_notes = read_published_lists(features, lists)
        notes += list_notes
        usable = np.array([features.clips[clip].clip_id in published for clip in features.clip_of], bool)
    groups = _groups(features, name)
    if published and folds is None:
        part_of = np.array([published.get(features.clips[clip].clip_id, _TRAIN) for clip in features.clip_of])
        if name is SplitName.STRICT_ARTIST:
            trained = set(groups[usable & (part_of == _TRAIN)].tolist())
            crossing = usable & (part_of != _TRAIN) & np.array([group in trained for group in groups.tolist()], bool)
            tested = {int(clip) for clip in features.clip_of[crossing & (part_of == _TEST)]}
            notes.append(f"{len(tested)} test clips left out because their artist is in the training list")
            usable &= ~crossing
    else:
        shares = SHARES if folds is None else (1.0 / folds,) * folds
        part_of = _assign(features.label_of, groups, usable, shares, seed)
        if folds is not None:
            part_of = np.array([_TEST, _VALID, *[_TRAIN] * (folds - 2)])[(part_of - (fold or 0)) % folds]
    untested: tuple[str, ...] = ()
    if not (published and folds is None):
        part_of, untested = _keep_trainable(features, groups, usable, part_of)
    parts = [np.flatnonzero(usable & (part_of == part)) for part in (_TRAIN, _VALID, _TEST)]
    for part, words in zip(parts, ("training", "validation", "test"), strict=True):
        if not part.size:
            raise BuildError(
                f"split {name}: no {words} segments; the data set is too small for it, or holds none of its clips"
            )
    if untested:
        notes.append(f"not tested, since all of it is tied together and trains: {', '.join(untested)}")
    train, valid, test = parts
    return Split(name, seed, train, valid, test, fold, folds, untested, tuple(notes))


def _groups(features: FeatureSet, name: SplitName) -> NDArray[np.int64]:
    """A number for each segment; segments of equal number stay together."""
    if name is SplitName.RANDOM_SEGMENT:
        # Copies of one recording count as one: the leak is the original's, duplicates on both sides were its fault.
        keys = [
            (features.clips[clip].pcm_md5, int(segment))
            for clip, segment in zip(features.clip_of, features.segment_of, strict=True)
        ]
        numbers = {key: number for number, key in enumerate(dict.fromkeys(keys))}
        return np.array([numbers[key] for key in keys], np.int64)
    by_artist = name in {SplitName.ARTIST, SplitName.STRICT_ARTIST}
    of_clip = artist_groups(features) if by_artist else clip_groups(features)
    return np.asarray(of_clip[features.clip_of])


def _assign(
    labels: NDArray[np.int32],
    groups: NDArray[np.int64],
    usable: NDArray[np.bool_],
    shares: tuple[float, ...],
    seed: int,
) -> NDArray[np.int64]:
    """Stratified: each group goes where its labels are most wanted; the best of some random orders."""
    if not usable.any():
        return np.zeros(len(labels), np.int64)
    label_count = int(labels.max()) + 1
    sizes: dict[int, NDArray[np.float64]] = defaultdict(lambda: np.zeros(label_count))
    for group, label in zip(groups[usable].tolist(), labels[usable].tolist(), strict=True):
        sizes[group][label] += 1
    names = list(sizes)
    counts = np.stack([sizes[name] for name in names])
    totals = counts.sum(axis=0)
    targets = np.outer(shares, totals)
    rng = np.random.default_rng(seed)
    best_cost, best = np.inf, np.zeros(len(names), np.int64)
    for _ in range(_TRIES if len(names) <= _TRIES else 1):
        filled = np.zeros_like(targets)
        chosen = np.zeros(len(names), np.int64)
        order = rng.permutation(len(names))
        # Large groups first: what is left of a part's share still holds them.
        for index in order[np.argsort(-counts[order].sum(axis=1), kind="stable")]:
            wanted = ((targets - filled) * counts[index]).sum(axis=1) / np.maximum(1.0, targets.sum(axis=1))
            chosen[index] = int(np.argmax(wanted + 1e-9 * rng.random(len(shares))))
            filled[chosen[index]] += counts[index]
        present = totals > 0
        cost = (np.abs(filled - targets)[:, present] / totals[present]).sum() + (filled[:, present] == 0).sum()
        if cost < best_cost:
            best_cost, best = cost, chosen
    part_of_group = dict(zip(names, best.tolist(), strict=True))
    return np.array([part_of_group.get(group, 0) for group in groups.tolist()], np.int64)


def _keep_trainable(
    features: FeatureSet, groups: NDArray[np.int64], usable: NDArray[np.bool_], part_of: NDArray[np.int64]
) -> tuple[NDArray[np.int64], tuple[str, ...]]:
    """Every label needs training data: it takes validation's groups first, and test's when there is no other."""
    part_of = part_of.copy()
    labels = features.label_of
    untested = []
    for number, word in enumerate(features.labels):
        of_label = usable & (labels == number)
        for source in (_VALID, _TEST):
            if of_label.any() and not (of_label & (part_of == _TRAIN)).any():
                moved = (
                    groups[of_label & (part_of == source)][:1]
                    if source == _TEST
                    else groups[of_label & (part_of == source)]
                )
                part_of[np.isin(groups, moved)] = _TRAIN
        if of_label.any() and not (of_label & (part_of == _TEST)).any():
            untested.append(word)
    return part_of, tuple(untested)
