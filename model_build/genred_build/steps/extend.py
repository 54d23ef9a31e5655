"""A finished network learns words of a user's own: from a folder of a few clips to a bundle in minutes.

What the network hears stays as it is, and so do the columns of the words that it has; a column for each new word is
fitted beside them. The clips that a word is judged on are of an artist that it was not fitted on.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

import msgspec
import numpy as np

from genred.analysis.bundle import load_bundle
from genred.analysis.model_card import Evaluation
from genred_build.data.datasets import open_dataset
from genred_build.data.extract import extract_dataset
from genred_build.data.groups import artist_groups
from genred_build.errors import BuildError
from genred_build.evaluation.metrics import wilson
from genred_build.export.heard_words import SHIPPED, HeardWords, read_heard_words, write_heard_words
from genred_build.export.last_layer import (
    LastLayer,
    hearing_digest,
    hearing_network,
    read_last_layer,
    with_last_layer,
)
from genred_build.export.tflite import LiteRtNetwork
from genred_build.softmax import softmax
from genred_build.spec.workspace import Workspace, save
from genred_build.training.columns import Columns, Examples, even_weights, fit_columns

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

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

_BESIDE = ".heard.npz"


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


class ExtensionReport(msgspec.Struct, frozen=True, kw_only=True):
    """OUT/extension.json.

    Attributes:
        old_words_lost: Share of each old word's windows, as they are remembered, that a new word takes away.
        skipped: Files that could not be used, and why.
    """

    words: tuple[WordResult, ...]
    old_words_lost: dict[str, float]
    skipped: dict[str, str]
    size_bytes: int


def extend(
    model: str,
    dataset: Path,
    workspace: Workspace,
    path: Path,
    *,
    manifest: Path | None = None,
    workers: int | None = None,
    progress: Callable[[int, int, float], None] | None = None,
) -> tuple[ModelBundle, ExtensionReport]:
    """Adds a folder's words to a bundle.

    Args:
        model: A shipped model's name or a bundle's path; it stays as it is.
        dataset: A folder for each word; folders of words that the model has are counterexamples.
        workspace: For the cache and `extension.json`.
        path: Of the new bundle, without an ending or with .json.
        manifest: As for `open_dataset`: who plays what.
        workers: Processes.
        progress: As for `extract_dataset`.

    Raises:
        BuildError: No new word, too few clips of one, or a model that cannot be extended; `BundleError` for a model
            that cannot be read.
    """
    base = load_bundle(model)
    spec = base.card.front_end
    features = extract_dataset(
        open_dataset(dataset, manifest, least_labels=1),
        spec,
        workspace.features_folder(spec),
        workers=workers,
        progress=progress,
    )
    material = _Material.of(base, features)
    results, lost = material.judge()
    words = material.fit(np.ones(len(material.truth), bool))
    tflite = with_last_layer(base.tflite, material.layer_with(words), material.heard)
    new = tuple(material.labels[len(base.card.labels) :])
    bundle = _write(base, path, tflite, new, results)
    heard = material.remembered.joined(new, material.means_of_new())
    write_heard_words(bundle.path.with_suffix(_BESIDE), heard)
    report = ExtensionReport(
        words=results, old_words_lost=lost, skipped=material.skipped, size_bytes=len(bundle.tflite)
    )
    save(report, workspace.root / "extension.json")
    return bundle, report


def result_lines(report: ExtensionReport) -> list[str]:
    """Gives the figures as a terminal shows them."""
    lines = []
    for one in report.words:
        called = ", ".join(f"{count} {word}" for word, count in one.called.items())
        tail = f"; the others were called {called}" if called else ""
        lines.append(
            f"{one.word}: {one.right} of {one.clips} clips right when their artist was left out "
            f"({one.low:.0%} to {one.high:.0%}, {one.artists} artists){tail}"
        )
    lost = ", ".join(f"{word} {share:.0%}" for word, share in report.old_words_lost.items() if share >= 0.005)
    lines.append(
        f"windows that the new words take from the old ones, as those are remembered: {lost or 'under 0.5 % of each'}; "
        "of real songs expect several times as many, and add folders of the old words that are near"
    )
    return lines + [f"skipped: {name}: {why}" for name, why in report.skipped.items()]


@dataclass(frozen=True, slots=True)
class _Material:
    """A folder as the network hears it, with what is remembered of the old words.

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
    def of(cls, base: ModelBundle, features: FeatureSet) -> _Material:
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
        heard, _ = LiteRtNetwork(hearing_network(base.tflite)).logits(features.features)
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
    for path in (base.path.with_suffix(_BESIDE), SHIPPED):
        if path.is_file():
            found = read_heard_words(path)
            if found.hearing == digest and found.labels == base.card.labels:
                return found
    raise BuildError(
        f"{base.path}: cannot be extended: what its network hears in its words is known of the shipped student and of "
        "what `genred-build extend` made from it"
    )


def _write(
    base: ModelBundle, path: Path, tflite: bytes, new: tuple[str, ...], results: tuple[WordResult, ...]
) -> ModelBundle:
    card, name = base.card, path.stem
    network = LiteRtNetwork(tflite)
    evaluations = tuple(
        Evaluation(
            "artist (left out one by one)", False, "clip", f"recall of {one.word}", round(one.right / one.clips, 4),
            one.low, one.high, one.clips, f"{one.artists} artists, fitted anew without each",
        )
        for one in results
        if one.clips
    )  # fmt: skip
    note = (
        f"{card.name} with the words {', '.join(new)} added: what the network hears, and what the other words are "
        f"among themselves, is {card.name}'s; the confidence and the smoothing were fitted without the new words"
    )
    extended = msgspec.structs.replace(
        card,
        name=name,
        description=f"{card.name} with {len(new)} word(s) more: {', '.join(new)}",
        labels=(*card.labels, *new),
        output=network.output,
        logit_offsets=(*(card.logit_offsets or (0.0,) * len(card.labels)), *(0.0,) * len(new)),
        evaluations=evaluations,
        training=msgspec.structs.replace(card.training, notes=(note, *card.training.notes)),
        tflite_sha256=hashlib.sha256(tflite).hexdigest(),
    )
    path = path.with_suffix(".json")
    path.parent.mkdir(parents=True, exist_ok=True)
    path.with_suffix(".tflite").write_bytes(tflite)
    path.write_bytes(msgspec.json.format(msgspec.json.encode(extended), indent=2) + b"\n")
    return load_bundle(path)
