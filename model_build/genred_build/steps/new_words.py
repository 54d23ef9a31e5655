"""New words beside those that a network has: columns that are fitted, and judged by leaving artists out."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import msgspec
import numpy as np

from genred_build.data.groups import artist_groups
from genred_build.errors import BuildError
from genred_build.evaluation.metrics import wilson
from genred_build.export.heard_words import SHIPPED, HeardWords, read_heard_words
from genred_build.export.last_layer import LastLayer, hearing_digest, hearing_network, read_last_layer
from genred_build.export.tflite import LiteRtNetwork
from genred_build.export.window_answers import answers_for_features
from genred_build.softmax import softmax
from genred_build.training.columns import Columns, Examples, even_weights, fit_columns

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from genred.analysis.bundle import ModelBundle
    from genred_build.data.features import FeatureSet

LEAST_CLIPS = 3
"""Of a new word: fewer can neither teach it nor judge it."""

_DRAWN = 200
"""Windows of each old word that are drawn to fit against, and as many others to judge by."""

_SHRINKAGE = 0.01

_MOST_REFITS = 30
"""Artists that are left out one by one; of more, several at once."""

BESIDE = ".heard.npz"
"""Ending of what the network heard in its words, beside a bundle."""


class WordResult(msgspec.Struct, frozen=True, kw_only=True):
    """How a new word did on artists that it was not fitted on.

    Attributes:
        artists: Of its clips; a clip of unknown artist counts as one.
        low: Lower end of the 95 % interval of the share of clips that are right, artists counted.
        called: What the others were called, the commonest first.
    """

    word: str
    clips: int
    artists: int
    right: int
    low: float
    high: float
    called: dict[str, int]


@dataclass(frozen=True, slots=True)
class NewWords:
    """New words in a folder as the network hears it, with what is remembered of the old ones.

    Attributes:
        labels: Old words, then new ones.
        heard: (windows, hearing).
        truth: (windows,) indices into `labels`.
        clip: (windows,) numbers of clips.
        group: (windows,) numbers of artists.
        remembered: What the network heard in its old words.
    """

    base: ModelBundle
    layer: LastLayer
    labels: tuple[str, ...]
    heard: NDArray[np.float64]
    truth: NDArray[np.int64]
    clip: NDArray[np.int64]
    group: NDArray[np.int64]
    remembered: HeardWords
    skipped: dict[str, str]

    @classmethod
    def of(cls, base: ModelBundle, features: FeatureSet) -> NewWords:
        """Hears a folder.

        Raises:
            BuildError: There is no new word, too few clips of one, or nothing is remembered of the old ones.
        """
        old = base.card.labels
        remembered = _remembered(base)
        new = tuple(label for label in features.labels if label not in old)
        if not new:
            raise BuildError(
                f"{features.name}: holds no word that {base.card.name} does not have ({', '.join(features.labels)})"
            )
        labels = (*old, *new)
        counts = {word: len({features.clips[clip].clip_id for clip in _clips_of(features, word)}) for word in new}
        few = [f"{word} has {count}" for word, count in counts.items() if count < LEAST_CLIPS]
        if few:
            raise BuildError(
                f"{features.name}: {LEAST_CLIPS} clips of five seconds and more are needed of each word: "
                + ", ".join(few)
            )
        network = LiteRtNetwork(hearing_network(base.tflite))
        heard = answers_for_features(network, features.features, base.card.patches)
        index = np.array([labels.index(label) for label in features.labels])
        clip = features.clip_of.astype(np.int64)
        skipped = {one.file: one.error for one in features.clips if one.error}
        return cls(
            base, read_last_layer(base.tflite), labels, heard, index[features.label_of], clip,
            artist_groups(features)[clip], remembered, skipped,
        )  # fmt: skip

    def given(self, heard: NDArray[np.float64]) -> NDArray[np.float64]:
        """(windows, words) logits as the daemon has them: calibrated, and zero for the new words."""
        card = self.base.card
        offsets = np.asarray(card.logit_offsets or np.zeros(len(card.labels)))
        old = self.layer.logits(heard) / card.temperature + offsets
        return np.pad(old, ((0, 0), (0, len(self.labels) - len(card.labels))))

    def fit(self, learned: NDArray[np.bool_], seed: int = 0) -> Columns:
        """Fits the new words on some windows and on what is drawn of the old words."""
        rng = np.random.default_rng(seed)
        old = len(self.base.card.labels)
        drawn = np.concatenate([self.remembered.draw(word, _DRAWN, rng) for word in range(old)])
        heard = np.concatenate([self.heard[learned], drawn])
        truth = np.concatenate([self.truth[learned], np.repeat(np.arange(old), _DRAWN)])
        group = np.concatenate([self.group[learned], np.full(len(drawn), -1)])
        targets = np.eye(len(self.labels))[truth]
        examples = Examples(heard, self.given(heard), targets, even_weights(truth, group))
        return fit_columns(examples, len(self.labels) - old, _SHRINKAGE)

    def probabilities(self, words: Columns, heard: NDArray[np.float64]) -> NDArray[np.float64]:
        """(windows, words) with the new words' columns."""
        return softmax(words.logits(heard, self.given(heard)))

    def judge(self) -> tuple[tuple[WordResult, ...], dict[str, float]]:
        """Leaves each artist out in turn; what the new words take from the old ones is judged on other draws."""
        old = len(self.base.card.labels)
        of_new = np.unique(self.group[self.truth >= old])
        parts = np.array_split(of_new, min(len(of_new), _MOST_REFITS))
        answers: dict[int, int] = {}
        for number, left_out in enumerate(parts):
            judged = np.isin(self.group, left_out)
            remaining = np.unique(self.truth[~judged])
            if not np.isin(np.arange(old, len(self.labels)), remaining).all():
                # Somebody is all that there is of a word: nothing can be said of it without them.
                continue
            words = self.fit(~judged, number)
            found = self.probabilities(words, self.heard[judged])
            for clip in np.unique(self.clip[judged]):
                answers[int(clip)] = int(found[self.clip[judged] == clip].mean(axis=0).argmax())
        results = tuple(self._result(word, answers) for word in range(old, len(self.labels)))
        whole = self.fit(np.ones(len(self.truth), bool))
        rng = np.random.default_rng(1)
        lost = {}
        for word in range(old):
            drawn = self.remembered.draw(word, _DRAWN, rng)
            before = self.given(drawn)[:, :old].argmax(axis=1) == word
            after = self.probabilities(whole, drawn).argmax(axis=1) == word
            lost[self.labels[word]] = round(float((before & ~after).sum() / max(1, before.sum())), 4)
        return results, lost

    def layer_with(self, words: Columns) -> LastLayer:
        """Gives old and new columns as the card's temperature will read them."""
        temperature = self.base.card.temperature
        return LastLayer(
            np.concatenate([self.layer.kernel, words.kernel * temperature], axis=1),
            np.concatenate([self.layer.bias, words.bias * temperature]),
        )

    def means_of_new(self) -> NDArray[np.float64]:
        """(new words, hearing) what the network hears in each, artists counted alike."""
        weights = even_weights(self.truth, self.group)
        own = [self.truth == word for word in range(len(self.base.card.labels), len(self.labels))]
        return np.stack([np.average(self.heard[each], axis=0, weights=weights[each]) for each in own])

    def _result(self, word: int, answers: dict[int, int]) -> WordResult:
        clips = [int(clip) for clip in np.unique(self.clip[self.truth == word]) if int(clip) in answers]
        artists = len({int(self.group[self.clip == clip][0]) for clip in clips})
        right = sum(answers[clip] == word for clip in clips)
        low, high = wilson(right / max(1, len(clips)) * artists, artists)
        others = [self.labels[answers[clip]] for clip in clips if answers[clip] != word]
        called = {
            each: others.count(each) for each in sorted(set(others), key=lambda each: (-others.count(each), each))
        }
        return WordResult(
            word=self.labels[word], clips=len(clips), artists=artists, right=right, low=round(low, 4),
            high=round(high, 4), called=called,
        )  # fmt: skip


def _clips_of(features: FeatureSet, word: str) -> NDArray[np.int32]:
    return np.unique(features.clip_of[features.label_of == features.labels.index(word)])


def _remembered(base: ModelBundle) -> HeardWords:
    """Finds what the network heard in its words: beside the bundle, or shipped for it."""
    digest = hearing_digest(base.tflite)
    for path in (base.path.with_suffix(BESIDE), SHIPPED):
        if path.is_file():
            found = read_heard_words(path)
            if found.hearing == digest and found.labels == base.card.labels:
                return found
    raise BuildError(
        f"{base.path}: cannot be extended: what its network hears in its words is known of the shipped student and of "
        "what `genred-build extend` made from it"
    )
