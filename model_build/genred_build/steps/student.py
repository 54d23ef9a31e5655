"""From audio, soft labels and starting weights to the shipped bundle: `genred-build student teach`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import msgspec
import numpy as np

from genred.analysis.model_card import Evaluation, Smoothing
from genred_build.data.corpus import evaluation_patches
from genred_build.data.corpus_split import split_corpus
from genred_build.evaluation.assess import (
    CONDITIONS,
    FilePredictions,
    confusion,
    logits_of,
    mix_share,
    predict_files,
    recalibrated,
    window_truth,
)
from genred_build.evaluation.card_figures import caveats, evaluations_of
from genred_build.evaluation.confidence import Confidence
from genred_build.evaluation.smoothing import Stability
from genred_build.evaluation.temperature import fit_temperature
from genred_build.evaluation.tuning import Coverage, Tuned, describe_tuning, judged_with, play_broadcasts, tuned_on
from genred_build.export.student import to_int8, write_student
from genred_build.spec.labels import LABELS, SPEECH
from genred_build.spec.patches import STUDENT_PATCHES
from genred_build.spec.workspace import save
from genred_build.steps.student_record import training_record
from genred_build.training.training_set import logit_offsets, read_training_set
from genred_build.training.weight_averaging import train_averaged
from genred_build.training.weights import student_network

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from genred.analysis.bundle import ModelBundle
    from genred.analysis.genre_filter import GenreFilterSettings
    from genred_build.data.corpus import Corpus
    from genred_build.data.corpus_files import CorpusFile
    from genred_build.data.corpus_split import CorpusSplit
    from genred_build.export.student import Int8Student
    from genred_build.spec.distillation import Distillation
    from genred_build.steps.cross_validation import CrossValidationReport
    from genred_build.training.augmented_batches import AugmentedBatches
    from genred_build.training.training_set import TrainingInputs

_REPRESENTATIVE_BATCHES = 8


class StudentReport(msgspec.Struct, frozen=True, kw_only=True):
    """student-report.json: everything that was measured.

    Attributes:
        confusion: Validation clips, clean: rows are true labels, columns answers.
        rooms_confusion: The same for held-out recordings in rooms.
        coverage: Share of broadcasts' time with an answer against its accuracy, at rising `least_confidence`.
        confidence_error: Expected calibration error of the announced confidence on these broadcasts.
    """

    evaluations: tuple[Evaluation, ...]
    confusion: list[list[int]]
    rooms_confusion: list[list[int]]
    ece: float
    temperature: float
    programmes: tuple[Stability, ...]
    coverage: tuple[Coverage, ...]
    confidence_error: float


def build_student(
    inputs: TrainingInputs,
    recipes: Sequence[Distillation],
    folder: Path,
    bundle_path: Path,
    *,
    say: Callable[[str], None],
    folded: CrossValidationReport | None = None,
) -> tuple[ModelBundle, StudentReport]:
    """Trains, quantizes, calibrates, tunes and judges; what is already in the folder is not done again.

    Args:
        inputs: Audio, soft labels, starting weights.
        recipes: The runs; their weights are averaged by their shares with the starting weights.
        folder: For caches, checkpoints and `student-report.json`.
        bundle_path: Where the bundle goes, without an ending or with .json.
        say: Told of the progress, a line each.
        folded: What the recipe showed on folds, for the card; with broadcasts played there, the smoothing is theirs.
    """
    training_set = read_training_set(inputs, folder)
    corpus, soft = training_set.corpus, training_set.soft
    split = split_corpus(corpus, soft)
    say(
        f"{len(split.training)} files train, {len(split.validation)} and {len(split.rooms)} in rooms judge, "
        f"{len(split.excluded)} are excluded"
    )
    batches = training_set.batches(split.training, recipes, folder)
    final = train_averaged(recipes, batches, folder, start=inputs.start, say=say)
    network = quantized(final, corpus, split, batches[0])
    say(f"full int8: {network.quantization.agreement:.2%} agree over {network.quantization.windows} windows")
    training = training_record(corpus, split, recipes, inputs.start)
    offsets = logit_offsets(corpus, split.training, recipes[0])
    neutral = Confidence(1.0, 0.5, tuple(offsets.tolist()), Smoothing())
    neutral_bundle = write_student(folder / "draft.json", network, neutral, training, ())
    predictions = predict_conditions(neutral_bundle, corpus, split)
    fit = fit_mix(neutral_bundle, predictions, offsets)
    say(f"temperature {fit.temperature}, ECE {fit.ece:.3f} (cross-fitted)")
    calibrated = Confidence(fit.temperature, 0.5, tuple(offsets.tolist()), Smoothing())
    draft = write_student(folder / "draft.json", network, calibrated, training, ())
    elsewhere = folded.tuned if folded else None
    tuned = _tuned(draft, corpus, split, elsewhere.settings if elsewhere else None)
    confidence = _confidence(fit.temperature, offsets, tuned.settings)
    say(f"smoothing {confidence.smoothing}, announced at {confidence.reject_threshold}")
    calibrated_predictions = {
        condition: recalibrated(neutral_bundle, files, calibrated) for condition, files in predictions.items()
    }
    evaluations = (*evaluations_of(calibrated_predictions, fit.ece), *(folded.evaluations if folded else ()))
    sureness = (
        describe_tuning(elsewhere, "five networks of the same kind, each of songs that it had not heard")
        if elsewhere
        else describe_tuning(tuned, "it, of held-out songs that its numbers were not chosen on")
    )
    notes = (*training.notes, *caveats(calibrated_predictions), sureness)
    training = msgspec.structs.replace(training, notes=notes)
    bundle = write_student(bundle_path, network, confidence, training, evaluations)
    report = StudentReport(
        evaluations=evaluations,
        confusion=confusion(calibrated_predictions["clean"]).tolist(),
        rooms_confusion=confusion(calibrated_predictions["rooms"]).tolist(),
        ece=round(fit.ece, 4),
        temperature=fit.temperature,
        programmes=tuned.programmes,
        coverage=tuned.coverage,
        confidence_error=tuned.confidence_error,
    )
    save(report, folder / "student-report.json")
    return bundle, report


def predict_conditions(
    bundle: ModelBundle, corpus: Corpus, split: CorpusSplit, *, conditions: Iterable[str] = CONDITIONS
) -> dict[str, list[FilePredictions]]:
    """Plays the validation files under each condition, and the held-out recordings in rooms as `rooms`."""
    files = [corpus.files[index] for index in split.validation]
    music = [file for file in files if file.label != SPEECH]
    predictions = {each: predict_files(bundle, files if each == "clean" else music, each) for each in conditions}
    predictions["rooms"] = predict_files(bundle, [corpus.files[index] for index in split.rooms])
    return predictions


@dataclass(frozen=True, slots=True)
class MixFit:
    """A temperature, and the calibration error that it leaves on the mix."""

    temperature: float
    ece: float


def fit_mix(bundle: ModelBundle, predictions: dict[str, list[FilePredictions]], offsets: NDArray[np.float64]) -> MixFit:
    """Fits the temperature on what a station hears."""
    logits, truth, file_of, weights = [], [], [], []
    number_of: dict[str, int] = {}
    for condition, every in predictions.items():
        files = [one for one in every if len(one.probabilities)]
        own_truth, own_file = window_truth(files)
        # Every copy of a clip lies in the same half of the cross-fit.
        numbers = [number_of.setdefault(one.file.clip_id, len(number_of)) for one in files]
        logits.append(logits_of(bundle, files))
        truth.append(own_truth)
        file_of.append(np.array(numbers)[own_file])
        weights.append(np.full(len(own_truth), mix_share(condition, len(predictions)) / len(own_truth)))
    fit = fit_temperature(
        np.concatenate(logits), np.concatenate(truth), np.concatenate(file_of), offsets, np.concatenate(weights)
    )
    return MixFit(fit.temperature, fit.ece)


def quantized(weights: Path, corpus: Corpus, split: CorpusSplit, augmented: AugmentedBatches) -> Int8Student:
    """Converts weights to int8, and compares over patches of every labelled file."""
    model = student_network(weights, STUDENT_PATCHES.frames)
    degraded = augmented.of_patches()
    batches = [degraded.batch(10**6 + number)[0] for number in range(_REPRESENTATIVE_BATCHES)]
    pairs = [
        (patch, file.label)
        for index, file in enumerate(corpus.files)
        if file.label >= 0
        for patch in evaluation_patches(corpus.of(index), STUDENT_PATCHES)
    ]
    judging = {int(index) for index in (*split.validation, *split.rooms, *split.excluded)}
    learned = [int(index) for index in split.training if index not in judging and len(corpus.of(int(index)))]
    some = learned[:: max(1, len(learned) // 200)]
    clean = [next(evaluation_patches(corpus.of(index), STUDENT_PATCHES)) for index in some]
    representative = np.concatenate([np.concatenate(batches), np.stack(clean)])
    windows, truth = np.stack([window for window, _ in pairs]), np.array([label for _, label in pairs])
    return to_int8(model, representative, windows, truth)


def _tuned(bundle: ModelBundle, corpus: Corpus, split: CorpusSplit, settings: GenreFilterSettings | None) -> Tuned:
    """Judges numbers from the folds' broadcasts, or tunes them on one half of the validation clips' broadcasts.

    The folds' broadcasts hold the validation clips too, heard by other networks: what is judged here was chosen
    without this network, but not without these songs.
    """
    files = [corpus.files[index] for index in split.validation]
    if settings is not None:
        return judged_with(settings, play_broadcasts(bundle, files, range(4)))
    first, second = _halves(files)
    return tuned_on(play_broadcasts(bundle, first, (0, 1)), play_broadcasts(bundle, second, (10, 11)))


def _confidence(temperature: float, offsets: NDArray[np.float64], settings: GenreFilterSettings) -> Confidence:
    smoothing = msgspec.convert(settings, Smoothing, from_attributes=True)
    return Confidence(temperature, settings.announce_threshold, tuple(offsets.tolist()), smoothing)


def _halves(files: Sequence[CorpusFile]) -> list[list[CorpusFile]]:
    """Two halves of each label; a song's excerpts stay together, and a label with one song is in both."""
    halves: list[list[CorpusFile]] = [[], []]
    for label in range(len(LABELS)):
        songs = sorted({file.artist or file.clip_id for file in files if file.label == label})
        for file in files:
            if file.label == label:
                number = songs.index(file.artist or file.clip_id)
                for half in (0, 1):
                    if len(songs) == 1 or number % 2 == half:
                        halves[half].append(file)
    return halves
