"""A student's last layer fitted anew, and its confidence, judged and tuned on music that its network never heard.

The network stays as it is: what it hears in every labelled file is computed once. In artist-grouped folds the layer is
fitted without a fold and answers for it; only files count of which the network itself has heard no excerpt, no other
song of the artist and no copy. Temperature, smoothing and confidence come from those answers. Last, the layer is
fitted on all folds by the same recipe, and that one is written.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

import msgspec
import numpy as np

from genred.analysis.genre_filter import GenreFilterSettings
from genred.analysis.model_card import Evaluation, Quantization, Smoothing
from genred_build.data.corpus_files import artist_of
from genred_build.data.digests import digest_if_readable
from genred_build.evaluation.assess import FilePredictions, confusion
from genred_build.evaluation.broadcasts import read_playbacks, write_playbacks
from genred_build.evaluation.card_figures import evaluations_of, figure_line
from genred_build.evaluation.comparison import WordComparison, compare, paired_gain
from genred_build.evaluation.confidence import Confidence
from genred_build.evaluation.temperature import best_temperature, weighted_ece
from genred_build.evaluation.tuning import TUNING_NOTE, Tuned, describe_tuning, play_broadcasts, tuned_by_folds
from genred_build.export.hear import CLEAN
from genred_build.export.last_layer import LastLayer, rounding_figures, with_last_layer
from genred_build.export.student import write_bundle_of
from genred_build.softmax import softmax
from genred_build.spec.labels import LABELS
from genred_build.spec.workspace import save
from genred_build.steps.refit_material import RefitMaterial, fit_layer, judges, layer_answers
from genred_build.training.columns import even_weights

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from genred.analysis.bundle import ModelBundle
    from genred_build.spec.refit import Refit

_LAYER_NOTE = "the last layer"
"""What a bundle says of it begins so; one that is refitted says it of the last refit only."""

_KEPT = "artist (the network heard none of these artists)"
_SPLIT = "artist (last layer in {folds} folds; the network heard none of these artists)"


class RefitReport(msgspec.Struct, frozen=True, kw_only=True):
    """OUT/refit.json.

    Attributes:
        before: The given layer's figures on the files that `evaluations` are of.
        gain: Balanced accuracy by clip, after less before, with its 95 % interval by artist.
        words: By word, and by word and era.
        worse: Words that lost more than one clip in ten.
        tuned: Programmes, each fold's with the layer and the smoothing that were fitted without it.
    """

    evaluations: tuple[Evaluation, ...]
    before: tuple[Evaluation, ...]
    gain: tuple[float, float, float]
    words: tuple[WordComparison, ...]
    worse: tuple[str, ...]
    temperature: float
    confusion: list[list[int]]
    tuned: Tuned


@dataclass(frozen=True, slots=True)
class Refitting:
    """All that goes into a refit.

    Attributes:
        base: The student whose network it is.
        material: Of it.
        recipe: The numbers.
        folder: Gets `refit.json` and the programmes that were played; those are not played again.
        say: Told of the progress, a line each.
        keep: Leave the layer as it is: only the confidence is fitted.
    """

    base: ModelBundle
    material: RefitMaterial
    recipe: Refit
    folder: Path
    say: Callable[[str], None]
    keep: bool = False

    def run(self, path: Path) -> tuple[ModelBundle, RefitReport]:
        """Fits, judges, tunes and writes a bundle."""
        material, recipe = self.material, self.recipe
        layers = [self._layer(material.fold != number) for number in range(recipe.folds)]
        after, before = layer_answers(material, layers), layer_answers(material, [material.given] * recipe.folds)
        comparison = compare(before[CLEAN], after[CLEAN])
        gain = paired_gain(before[CLEAN], after[CLEAN])
        worse = tuple(one.word for one in comparison if not one.era and one.before - one.after > one.clips / 10)
        self.say(
            f"balanced accuracy by clip {gain[0]:+.3f} ({gain[1]:+.3f} to {gain[2]:+.3f}) against the given layer; "
            f"words that lose more than one clip in ten: {', '.join(worse) or 'none'}"
        )
        temperature, ece = _temperature(after)
        self.say(f"temperature {temperature}, calibration error of windows {ece:.3f}")
        tuned = self._tune(layers, temperature)
        split = _KEPT if self.keep else _SPLIT.format(folds=recipe.folds)
        report = RefitReport(
            evaluations=evaluations_of(_calibrated(after, temperature), ece, split),
            before=evaluations_of(before, ece, split),
            gain=gain,
            words=comparison,
            worse=worse,
            temperature=temperature,
            confusion=confusion(after[CLEAN]).tolist(),
            tuned=tuned,
        )
        save(report, self.folder / "refit.json")
        return self._bundle(path, report), report

    def _layer(self, chosen: NDArray[np.bool_]) -> LastLayer:
        return self.material.given if self.keep else fit_layer(self.material, self.recipe, chosen)

    def _tune(self, layers: Sequence[LastLayer], temperature: float) -> Tuned:
        """Plays programmes of each fold to its own layer."""
        folds = []
        for number, layer in enumerate(layers):
            views = [index for index in judges(self.material) if self.material.fold[index] == number]
            heard = [self.material.heard[index] for index in views]
            files = [one.file for one in heard if one.view == CLEAN and not one.file.room]
            tflite = self._tflite(layer)
            hours = self.recipe.programmes
            seeds = [self.recipe.seed * 1000 + number * 100 + hour for hour in range(hours)]
            songs = [(file.name, digest_if_readable(file.path)) for file in files]
            key = hashlib.sha256(tflite + str((temperature, seeds, songs)).encode()).hexdigest()
            played = self.folder / f"programmes-{number}-{key[:16]}.npz"
            if not played.is_file():
                path = self.folder / f"fold-{number}.json"
                draft = write_bundle_of(self.base, path, tflite, self._confidence(temperature, 0.5, Smoothing()))
                write_playbacks(played, play_broadcasts(draft, files, seeds))
                self.say(f"fold {number}: {hours} hours of programmes of {len(files)} files played")
            folds.append(read_playbacks(played))
        return tuned_by_folds(folds, self._steady())

    def _steady(self) -> GenreFilterSettings | None:
        """With a kept layer the filter stays as it is, too."""
        card = self.base.card
        given = msgspec.to_builtins(card.smoothing)
        return GenreFilterSettings(announce_threshold=card.reject_threshold, **given) if self.keep else None

    def _confidence(self, temperature: float, threshold: float, smoothing: Smoothing) -> Confidence:
        """A fitted layer has the given temperature and offsets in it; a kept one has them in its card."""
        if not self.keep:
            return Confidence(temperature, threshold, _ZEROS, smoothing)
        card = self.base.card
        offsets = tuple(round(offset / temperature, 4) for offset in card.logit_offsets or _ZEROS)
        return Confidence(round(card.temperature * temperature, 4), threshold, offsets, smoothing)

    def _tflite(self, layer: LastLayer) -> bytes:
        if self.keep:
            return self.base.tflite
        heard = np.concatenate([one.windows for one in self.material.heard if one.windows.size])
        return with_last_layer(self.base.tflite, layer, heard, patches=self.base.card.patches)

    def _bundle(self, path: Path, report: RefitReport) -> ModelBundle:
        layer = self._layer(np.ones(len(self.material.heard), bool))
        tflite = self._tflite(layer)
        settings = report.tuned.settings
        smoothing = msgspec.convert(settings, Smoothing, from_attributes=True)
        judged = sum(self.material.heard[index].view == CLEAN for index in judges(self.material))
        labelled = len({one.file.name for one in self.material.heard})
        fitted = (
            f"{_LAYER_NOTE} is the given one"
            if self.keep
            else f"{_LAYER_NOTE} was fitted anew on {labelled} files, on which its int8 form is compared with it, "
            "and in folds without those that judge it"
        )
        training = msgspec.structs.replace(
            self.base.card.training,
            notes=(
                f"{fitted}; judged on {judged} files of which the network had heard no artist, song or copy",
                describe_tuning(report.tuned, "it, each with what was fitted on the other folds"),
                *(note for note in self.base.card.training.notes if not note.startswith((TUNING_NOTE, _LAYER_NOTE))),
            ),
        )
        confidence = self._confidence(report.temperature, settings.announce_threshold, smoothing)
        return write_bundle_of(
            self.base,
            path,
            tflite,
            confidence,
            training=training,
            evaluations=report.evaluations,
            quantization=None if self.keep else self._quantization(layer, tflite),
        )

    def _quantization(self, layer: LastLayer, tflite: bytes) -> Quantization:
        clean = [one for one in self.material.heard if one.view == CLEAN and one.windows.size]
        heard = np.concatenate([one.windows for one in clean])
        truth = np.repeat([one.file.label for one in clean], [len(one.windows) for one in clean])
        return rounding_figures(self.base.card.quantization, layer, tflite, heard, truth)


def report_lines(report: RefitReport) -> list[str]:
    """Gives the figures as a terminal shows them."""
    lines = [
        f"{one.word}{f', {one.era}' if one.era else ''}: {one.before} -> {one.after} of {one.clips} clips, "
        f"{one.artists} artists"
        for one in report.words
    ]
    lines += [f"before: {figure_line(figure)}" for figure in report.before]
    lines += [figure_line(figure) for figure in report.evaluations]
    tuned = report.tuned
    lines += [
        f"least confidence {row.least_confidence:g}: {row.answered:.0%} answered, {row.wrong:.0%} of it wrong "
        f"({row.low:.0%} to {row.high:.0%}), {row.late:.0%} late"
        for row in tuned.coverage
    ]
    lines += [
        f"confidence {row.above:g} to {row.below:g}: {row.right:.0%} right ({row.low:.0%} to {row.high:.0%}), mean "
        f"confidence {row.confidence:.0%}, {row.time:.0%} of the time"
        for row in tuned.reliability
    ]
    return [*lines, f"error of the published confidence {tuned.confidence_error:.3f}; {tuned.settings}"]


def _calibrated(answers: dict[str, list[FilePredictions]], temperature: float) -> dict[str, list[FilePredictions]]:
    return {
        condition: [
            FilePredictions(one.file, softmax(np.log(np.maximum(one.probabilities, 1e-12)) / temperature))
            for one in every
        ]
        for condition, every in answers.items()
    }


def _temperature(answers: dict[str, list[FilePredictions]]) -> tuple[float, float]:
    """Fits the temperature on clean views, each word counted the same; the answers are cross-fitted already."""
    clean = answers[CLEAN]
    counts = [len(one.probabilities) for one in clean]
    truth = np.repeat([one.file.label for one in clean], counts)
    logits = np.log(np.maximum(np.concatenate([one.probabilities for one in clean]), 1e-12))
    _, artist = np.unique([artist_of(one.file) for one in clean], return_inverse=True)
    weights = even_weights(truth, np.repeat(artist, counts), 0.5)
    temperature = best_temperature(logits, truth, np.zeros(len(LABELS)), weights)
    probabilities = softmax(logits / temperature)
    ece = weighted_ece(probabilities.max(axis=1), probabilities.argmax(axis=1) == truth, weights)
    return temperature, ece


_ZEROS = (0.0,) * len(LABELS)
