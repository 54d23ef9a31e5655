"""Artist-grouped folds: what a recipe is worth on music of artists that it never heard.

`genred-build student cross-validate` trains a recipe once a fold, from scratch or from weights that no file of the
corpus, quantizes each result, plays each fold's files to it through the daemon's own `Analyzer`, and pools the
answers: every file judges once. Folds already done are kept, so that several processes can share the work.
"""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from typing import TYPE_CHECKING

import msgspec
import numpy as np

from genred.analysis.bundle import load_bundle
from genred.analysis.model_card import Evaluation, Smoothing, Training
from genred_build.data.corpus_split import split_into_folds
from genred_build.errors import BuildError
from genred_build.evaluation.assess import CONDITIONS, FilePredictions, confusion, mix_share, window_truth
from genred_build.evaluation.broadcasts import read_playbacks, write_playbacks
from genred_build.evaluation.card_figures import FOLDED, evaluations_of
from genred_build.evaluation.confidence import Confidence
from genred_build.evaluation.temperature import best_temperature, weighted_ece
from genred_build.evaluation.tuning import Tuned, play_broadcasts, tuned_by_folds
from genred_build.export.student import write_student
from genred_build.softmax import softmax
from genred_build.spec.split_name import STUDENT_FOLDS
from genred_build.spec.workspace import save
from genred_build.steps.fold_answers import FoldAnswers, holds_answers, read_answers, write_answers
from genred_build.steps.student import predict_conditions, quantized
from genred_build.training.fingerprint import fingerprint, is_of, key_of
from genred_build.training.training_set import TrainingInputs, TrainingSet, logit_offsets, read_training_set
from genred_build.training.weight_averaging import train_averaged

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from genred_build.data.corpus_split import CorpusSplit
    from genred_build.spec.distillation import Distillation

_BUNDLE = "fold.json"
_BROADCASTS = 2


class CrossValidationReport(msgspec.Struct, frozen=True, kw_only=True):
    """folds-report.json: what the pooled folds showed.

    Attributes:
        agreement: int8 with float, over all windows of the corpus: mean of the folds.
        temperatures: Of each fold, fitted on the others.
        confusion: Clean clips: rows are true labels, columns answers.
        rooms_confusion: The same for recordings in rooms.
        tuned: What the folds' broadcasts showed, each judged with smoothing that was chosen on the other folds' alone;
            None where none were played.
    """

    evaluations: tuple[Evaluation, ...]
    agreement: float
    temperatures: tuple[float, ...]
    confusion: list[list[int]]
    rooms_confusion: list[list[int]]
    tuned: Tuned | None = None


def cross_validate(
    inputs: TrainingInputs,
    recipes: Sequence[Distillation],
    folder: Path,
    *,
    only: Sequence[int] = tuple(range(STUDENT_FOLDS)),
    clean_only: bool = False,
    say: Callable[[str], None],
) -> CrossValidationReport | None:
    """Trains and judges folds, and pools them once all are there.

    Args:
        inputs: Audio, labels, and starting weights that no file of the corpus trained.
        recipes: The runs, whose weights are averaged in each fold.
        folder: Gets caches, checkpoints, answers and `folds-report.json`.
        only: Numbers of the folds to work on.
        clean_only: Whether to leave codecs, noise, telephone and broadcasts out.
        say: Told of the progress, a line each.

    Returns:
        The report, or None while folds are missing.
    """
    training_set = read_training_set(inputs, folder)
    splits = split_into_folds(training_set.corpus, STUDENT_FOLDS)
    for number in only:
        run_fold(
            training_set,
            recipes,
            folder,
            number,
            splits[number],
            start=inputs.start,
            clean_only=clean_only,
            say=say,
        )
    keys = [_fold_key(training_set, recipes, split, inputs.start) for split in splits]
    if not all(is_of(_predictions_file(folder, number), key) for number, key in enumerate(keys)):
        return None
    report = pool(training_set, folder)
    save(report, folder / "folds-report.json")
    return report


def run_fold(
    training_set: TrainingSet,
    recipes: Sequence[Distillation],
    folder: Path,
    number: int,
    split: CorpusSplit,
    *,
    start: Path | None,
    clean_only: bool,
    say: Callable[[str], None],
) -> None:
    """Trains without one fold's files and keeps what the result answers on them.

    `heard-NUMBER.npz` holds the answers on files, `programmes-NUMBER.npz` those on broadcasts of them; what
    is there, of these recipes and files, is not done again.
    """
    own = folder / f"fold-{number}"
    predictions, played = _predictions_file(folder, number), _playbacks_file(folder, number)
    key = _fold_key(training_set, recipes, split, start)
    conditions = ["clean"] if clean_only else list(CONDITIONS)
    if not holds_answers(predictions, key, conditions):
        played.unlink(missing_ok=True)
        batches = training_set.batches(split.training, recipes, folder)
        weights = train_averaged(recipes, batches, own, start=start, say=lambda line: say(f"fold {number}, {line}"))
        network = quantized(weights, training_set.corpus, split, batches[0])
        offsets = logit_offsets(training_set.corpus, split.training, recipes[0])
        neutral = Confidence(1.0, 0.5, tuple(offsets.tolist()), Smoothing())
        training = Training("student", "", {}, (), f"fold {number} of {STUDENT_FOLDS}", recipes[0].seed, {}, ())
        bundle = write_student(own / _BUNDLE, network, neutral, training, ())
        answers = predict_conditions(bundle, training_set.corpus, split, conditions=conditions)
        write_answers(predictions, answers, offsets, network.quantization.agreement, key)
    if not played.is_file() and not clean_only:
        files = [training_set.corpus.files[index] for index in split.validation]
        write_playbacks(played, play_broadcasts(load_bundle(own / _BUNDLE), files, _broadcast_seeds(number)))


def pool(training_set: TrainingSet, folder: Path) -> CrossValidationReport:
    """Joins the folds' answers, each calibrated on the others."""
    folds = [read_answers(_predictions_file(folder, number), training_set) for number in range(STUDENT_FOLDS)]
    mixes = [_mix(fold) for fold in folds]
    temperatures: list[float] = []
    calibrated: list[_Mix] = []
    pooled: dict[str, list[FilePredictions]] = {condition: [] for condition in folds[0].predictions}
    for number, fold in enumerate(folds):
        others = _joined([mix for other, mix in enumerate(mixes) if other != number])
        temperature = best_temperature(others.logits, others.truth, others.offsets, others.weights)
        temperatures.append(temperature)
        calibrated.append(replace(mixes[number], logits=mixes[number].logits / temperature))
        for condition, predictions in fold.predictions.items():
            pooled[condition] += [
                FilePredictions(one.file, fold.calibrated(one.probabilities, temperature)) for one in predictions
            ]
    mix = _joined(calibrated)
    tuned = None
    if all(_playbacks_file(folder, number).is_file() for number in range(STUDENT_FOLDS)):
        playbacks = [
            [
                replace(one, probabilities=fold.calibrated(one.probabilities, temperature))
                for one in read_playbacks(_playbacks_file(folder, number))
            ]
            for number, (fold, temperature) in enumerate(zip(folds, temperatures, strict=True))
        ]
        tuned = tuned_by_folds(playbacks)
    probabilities = softmax(mix.logits + mix.offsets)
    ece = weighted_ece(probabilities.max(axis=1), probabilities.argmax(axis=1) == mix.truth, mix.weights)
    return CrossValidationReport(
        evaluations=evaluations_of(pooled, ece, FOLDED),
        agreement=round(float(np.mean([fold.agreement for fold in folds])), 4),
        temperatures=tuple(temperatures),
        confusion=confusion(pooled["clean"]).tolist(),
        rooms_confusion=confusion(pooled["rooms"]).tolist(),
        tuned=tuned,
    )


def read_cross_validation(path: Path) -> CrossValidationReport:
    """Reads a folds-report.json.

    Raises:
        BuildError: It is missing or something else.
    """
    try:
        return msgspec.json.decode(path.read_bytes(), type=CrossValidationReport)
    except (OSError, msgspec.DecodeError) as error:
        raise BuildError(f"{path}: no report of folds ({error})") from error


@dataclass(frozen=True, slots=True)
class _Mix:
    """Windows of all conditions: half clean, a quarter rooms, a quarter degraded; a row each."""

    logits: NDArray[np.float64]
    truth: NDArray[np.int64]
    offsets: NDArray[np.float64]
    weights: NDArray[np.float64]


def _fold_key(
    training_set: TrainingSet, recipes: Sequence[Distillation], split: CorpusSplit, start: Path | None
) -> NDArray[np.uint8]:
    parts = [
        fingerprint(training_set.corpus, indices, training_set.embeddings)
        for indices in (split.training, split.validation, split.rooms)
    ]
    return key_of((list(recipes), parts), start)


def _predictions_file(folder: Path, number: int) -> Path:
    return folder / f"heard-{number}.npz"


def _playbacks_file(folder: Path, number: int) -> Path:
    return folder / f"programmes-{number}.npz"


def _broadcast_seeds(number: int) -> Sequence[int]:
    return range(_BROADCASTS * number, _BROADCASTS * (number + 1))


def _mix(fold: FoldAnswers) -> _Mix:
    parts = []
    for condition, every in fold.predictions.items():
        predictions = [one for one in every if len(one.probabilities)]
        logits = np.concatenate([fold.logits(one.probabilities) for one in predictions])
        weights = np.full(len(logits), mix_share(condition, len(fold.predictions)) / len(logits))
        parts.append(_Mix(logits, window_truth(predictions)[0], np.broadcast_to(fold.offsets, logits.shape), weights))
    return _joined(parts)


def _joined(parts: Sequence[_Mix]) -> _Mix:
    return _Mix(*(np.concatenate([getattr(part, field.name) for part in parts]) for field in fields(_Mix)))
