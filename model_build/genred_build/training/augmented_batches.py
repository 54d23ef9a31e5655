"""Training windows: crops of the corpus at random speeds, mixed and degraded, with their targets.

Function matching (Beyer et al., "Knowledge distillation: a good teacher is patient and consistent", CVPR 2022):
the target belongs to the very crop, speed and mixture that the student sees; only the degradation is its own.
"""

from __future__ import annotations

from copy import copy
from functools import lru_cache
from typing import TYPE_CHECKING

import msgspec
import numpy as np

from genred.analysis.frontend import LOGMEL, shared_front_end
from genred_build.augment.power import BAND_HZ, Material, degrade, measure_room, white_noise_power
from genred_build.data.artists import artist_key
from genred_build.data.corpus import with_window_edges
from genred_build.data.corpus_files import COLLECTIONS
from genred_build.data.targets import WINDOW_S
from genred_build.spec.labels import LABELS, SPEECH
from genred_build.spec.patches import STUDENT_PATCHES
from genred_build.training.fingerprint import fingerprint

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from genred_build.data.corpus import Corpus
    from genred_build.data.targets import Embeddings, SoftLabels
    from genred_build.spec.distillation import Distillation
    from genred_build.teachers.linear_head import LinearHead

_HOP_S = LOGMEL.hop_samples / LOGMEL.sample_rate_hz
_SPEEDS = 17
_CERTAIN_DB = 3.0
"""At this ratio of music over a talker, in dB either way, a listener still half expects the other answer."""


class AugmentedBatches:
    """Draws batches.

    Args:
        corpus: All files.
        training: Indices of the files that may be seen; recordings in rooms among them.
        soft: Teachers' labels; files without them are learned from their label alone.
        recipe: Sizes, schedule and degradations.
        distorted: Copies of the corpus' levels, after a codec or an overdriven amplifier, by file index.
        embeddings: What a tagger hears; used when the recipe gives them weight.

    Attributes:
        recipe: Sizes, schedule and degradations.
        head: From embeddings to words, to be mixed into the student's at the end.
        fingerprint: Of the files that are learned from.
        embedding_size: Columns that the embedding takes in each target; 0 without.
    """

    def __init__(
        self,
        corpus: Corpus,
        training: NDArray[np.int64],
        soft: SoftLabels,
        recipe: Distillation,
        *,
        distorted: dict[int, NDArray[np.float16]] | None = None,
        embeddings: Embeddings | None = None,
    ) -> None:
        self._corpus, self._soft, self._distorted = corpus, soft, distorted or {}
        self.recipe = recipe
        self.head: LinearHead | None = None
        self._embeddings = embeddings if recipe.embedding else None
        self.fingerprint = fingerprint(corpus, training, self._embeddings)
        self.embedding_size = self._embeddings.size if self._embeddings else 0
        files = corpus.files
        self._rooms = np.array([index for index in training if files[index].room], np.int64)
        clean = np.array([index for index in training if not files[index].room and len(corpus.of(index))], np.int64)
        self._speech = np.array([index for index in clean if files[index].label == SPEECH], np.int64)
        self._music = np.array([index for index in clean if 0 <= files[index].label != SPEECH], np.int64)
        self._unlabelled = np.array([index for index in clean if files[index].label < 0], np.int64)
        self._music_weights = self._drawing_weights(self._music)
        self._speech_weights = self._drawing_weights(self._speech)
        self._twin = {files[index].name.rpartition(".")[0]: int(index) for index in clean}
        self._material = self._make_material()

    def batch(self, step: int) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """Gives a step's windows and targets, equal for equal steps.

        Returns:
            (windows, crop_frames, 96) features, and (windows, 11) targets, or (windows, 11 + embedding_size) with
            embeddings; music without a genre has eleven zeros unless the head's words are learned from it.
        """
        recipe = self.recipe
        rng = np.random.default_rng([recipe.seed, step])
        pairs = []
        if recipe.music:
            music = rng.choice(self._music, recipe.music, p=self._music_weights)
            pairs += [self._mixed(int(index), rng) for index in music]
        if recipe.unlabelled and self._unlabelled.size:
            pairs += [self._mixed(int(index), rng) for index in rng.choice(self._unlabelled, recipe.unlabelled)]
        if recipe.speech and self._speech.size:
            speech = rng.choice(self._speech, recipe.speech, p=self._speech_weights)
            pairs += [self._crop_of(int(index), rng) for index in speech]
        windows = [(degrade(power, recipe.degradations, self._material, rng), target) for power, target in pairs]
        if recipe.rooms and self._rooms.size:
            rooms = rng.choice(self._rooms, recipe.rooms)
            windows += [self._crop_of(int(index), rng) for index in rooms]
        features = np.stack([self._features(power, rng) for power, _ in windows])
        return features, np.stack([target for _, target in windows])

    def of_patches(self) -> AugmentedBatches:
        """Gives the same batches at the length that the network reads in the daemon."""
        patches = copy(self)
        patches.recipe = msgspec.structs.replace(self.recipe, crop_frames=STUDENT_PATCHES.frames, edges=False)
        return patches

    def _drawing_weights(self, indices: NDArray[np.int64]) -> NDArray[np.float64]:
        """Genres by their size to a power, decades within them likewise, artists capped."""
        recipe, files = self.recipe, self._corpus.files
        frames = np.diff(self._corpus.starts)
        by_artist: dict[str, float] = {}
        names = [
            files[index].clip_id if files[index].artist in {"", *COLLECTIONS} else artist_key(files[index].artist)
            for index in indices
        ]
        seconds = frames[indices] * _HOP_S
        for name, length in zip(names, seconds, strict=True):
            by_artist[name] = by_artist.get(name, 0.0) + length
        capped = np.array(
            [
                length * min(1.0, recipe.artist_cap_s / by_artist[name])
                for name, length in zip(names, seconds, strict=True)
            ]
        )
        labels = np.array([files[index].label for index in indices])
        decades = np.array([files[index].decade for index in indices])
        weights = np.zeros(len(indices))
        for label in np.unique(labels):
            own = capped * (labels == label)
            total = own.sum()
            for decade in np.unique(decades[labels == label]):
                part = own * (decades == decade)
                own = np.where(decades == decade, part / part.sum() ** (1 - recipe.era_power), own)
            weights += own / own.sum() * total**recipe.size_power
        return np.asarray(weights / weights.sum())

    def _make_material(self) -> Material:
        corpus = self._corpus
        rooms = []
        for index in self._rooms:
            file = corpus.files[index]
            twin = self._twin.get(f"{LABELS[file.label]}/{file.clip_id}")
            if twin is None:
                continue
            start = round(file.start_s / _HOP_S)
            played = corpus.of(twin)[start : start + len(corpus.of(int(index)))]
            if len(played) > LOGMEL.frames // 2:
                rooms.append(measure_room(_power(corpus.of(int(index))), _power(played)))
        white = white_noise_power(6 * LOGMEL.frames, np.random.default_rng(self.recipe.seed))
        return Material(tuple(rooms), tuple(corpus.of(int(index)) for index in self._speech), white)

    def _mixed(self, index: int, rng: np.random.Generator) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        recipe = self.recipe
        power, target = self._crop_of(index, rng)
        if recipe.mixup and rng.random() < 0.5:
            other, other_target = self._crop_of(self._partner(index, rng), rng)
            share = np.float32(rng.beta(recipe.mixup, recipe.mixup))
            power, target = share * power + (1 - share) * other, share * target + (1 - share) * other_target
        if rng.random() < recipe.talker and self._speech.size:
            talker, spoken = self._crop_of(int(rng.choice(self._speech)), rng)
            ratio_db = rng.uniform(*recipe.talker_snr_db)
            power = power * np.float32(10 ** (ratio_db / 10)) + talker
            share = np.float32(1 / (1 + np.exp(-ratio_db / _CERTAIN_DB)))
            target = share * target + (1 - share) * spoken
        return power, target

    def _partner(self, index: int, rng: np.random.Generator) -> int:
        if self._corpus.files[index].label < 0:
            return int(rng.choice(self._unlabelled))
        return int(rng.choice(self._music, p=self._music_weights))

    def _crop_of(self, index: int, rng: np.random.Generator) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """A crop at some speed, mean power 1, and its target."""
        recipe, file = self.recipe, self._corpus.files[index]
        levels = self._corpus.of(index)
        if index in self._distorted and rng.random() < recipe.degradations.coded:
            levels = self._distorted[index]
        number = int(rng.integers(_SPEEDS))
        speed = float(_speeds(recipe.speed)[number])
        needed = int(np.ceil((recipe.crop_frames - 1) * speed)) + 2
        if len(levels) < needed:
            levels = np.tile(levels, (needed // max(1, len(levels)) + 1, 1))
        start = int(rng.integers(0, len(levels) - needed + 1))
        crop = levels[start : start + needed].astype(np.float32)
        at = np.arange(recipe.crop_frames) * speed
        below = at.astype(np.int64)
        share = (at - below).astype(np.float32)[:, None]
        crop = (crop[below] * (1 - share) + crop[below + 1] * share) @ _band_shift(speed)
        power = np.float32(10) ** (np.maximum(crop, crop.max() - 90.0) / 10)
        middle_s = (start + needed / 2) * _HOP_S
        return power / power.mean(), self._target(index, file.label, middle_s)

    def _target(self, index: int, label: int, middle_s: float) -> NDArray[np.float32]:
        file = self._corpus.files[index]
        name = file.name
        if file.room:
            name, middle_s = f"{LABELS[file.label]}/{file.clip_id}.opus", middle_s + file.start_s
        words = self._words(name, label, middle_s)
        if self._embeddings is None:
            return words
        embedding = self._embeddings.at(name, middle_s)
        # Where nothing is known the mean of all stands.
        return np.concatenate([words, np.zeros(self.embedding_size, np.float32) if embedding is None else embedding])

    def _words(self, name: str, label: int, middle_s: float) -> NDArray[np.float32]:
        hard = np.zeros(len(LABELS), np.float32)
        if label >= 0:
            hard[label] = 1.0
        soft = self._soft.by_name.get(name)
        if label == SPEECH or soft is None or not len(soft):
            return hard
        place = np.clip(middle_s / WINDOW_S - 0.5, 0, len(soft) - 1)
        first = int(place)
        second = min(first + 1, len(soft) - 1)
        blended = soft[first] * (first + 1 - place) + soft[second] * (place - first)
        share = np.float32(self.recipe.hard_share if label >= 0 else 0.0)
        return np.asarray(share * hard + (1 - share) * blended, np.float32)

    def _features(self, power: NDArray[np.float32], rng: np.random.Generator) -> NDArray[np.float32]:
        levels = 10 * np.log10(power + np.float32(1e-20))
        if self.recipe.edges:
            levels = with_window_edges(levels)
        features = shared_front_end(LOGMEL).features(levels)
        if rng.random() < self.recipe.degradations.masks:
            frames, bands = features.shape
            length, height = int(rng.integers(0, frames // 8)), int(rng.integers(0, bands // 8))
            first, lowest = int(rng.integers(0, frames - length)), int(rng.integers(0, bands - height))
            features[first : first + length] = 0.0
            features[:, lowest : lowest + height] = 0.0
        return features


def _power(levels: NDArray[np.float16]) -> NDArray[np.float32]:
    return np.asarray(np.float32(10) ** (levels.astype(np.float32) / 10), np.float32)


def _speeds(most: float) -> NDArray[np.float64]:
    return np.asarray(np.exp(np.linspace(-1, 1, _SPEEDS) * np.log1p(most)))


@lru_cache(maxsize=2 * _SPEEDS)
def _band_shift(speed: float) -> NDArray[np.float32]:
    """(96, 96) interpolation in dB: a sound played `speed` times as fast has its partials that much higher."""
    place = np.interp(BAND_HZ / speed, BAND_HZ, np.arange(len(BAND_HZ)))
    below = np.minimum(place.astype(np.int64), len(BAND_HZ) - 2)
    share = place - below
    matrix = np.zeros((len(BAND_HZ), len(BAND_HZ)), np.float32)
    columns = np.arange(len(BAND_HZ))
    matrix[below, columns] += 1 - share
    matrix[below + 1, columns] += share
    return matrix
