from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from genred.analysis.model_card import Quantization
from genred_build.cli.main import main
from genred_build.data.corpus import Corpus
from genred_build.data.corpus_files import CorpusFile
from genred_build.data.corpus_split import CorpusSplit
from genred_build.data.targets import SoftLabels
from genred_build.evaluation.assess import FilePredictions
from genred_build.evaluation.broadcasts import Playback, read_playbacks, write_playbacks
from genred_build.export.student import Int8Student
from genred_build.spec.distillation import Distillation
from genred_build.spec.labels import LABELS, SPEECH
from genred_build.spec.split_name import STUDENT_FOLDS
from genred_build.steps import cross_validation
from genred_build.steps.cross_validation import pool, run_fold
from genred_build.training.training_set import TrainingSet

WINDOWS = 3


def training_set() -> TrainingSet:
    """Two clips of each label a fold, and two recordings in rooms of classical music."""
    files = [
        CorpusFile(f"{label}/{label}.{n}.opus", Path("x"), index, "", f"{label}.{n}", room=False)
        for index, label in enumerate(LABELS)
        for n in range(2 * STUDENT_FOLDS)
    ]
    files += [
        CorpusFile(f"classical/room.{n}.opus", Path("x"), 1, "", f"classical.{n}", room=True)
        for n in range(2 * STUDENT_FOLDS)
    ]
    nothing = Corpus(
        tuple(files), np.zeros((0, 96), np.float16), np.zeros(len(files) + 1, np.int64), ("",) * len(files)
    )
    return TrainingSet(nothing, SoftLabels({}, frozenset()), None)


def write_folds(made: TrainingSet, folder: Path, *, wrong: set[str], sureness: float) -> None:
    """Each fold answers for its own two clips a label; `wrong` ones are called metal."""
    for number in range(STUDENT_FOLDS):
        arrays: dict[str, Any] = {"offsets": np.zeros(len(LABELS)), "agreement": np.array(0.99)}
        for condition, room in (("clean", False), ("rooms", True)):
            own = [
                file for file in made.corpus.files if file.room is room and int(file.name.split(".")[1]) // 2 == number
            ]
            rows = np.full((len(own), len(LABELS)), (1 - sureness) / (len(LABELS) - 1))
            for row, file in zip(rows, own, strict=True):
                row[LABELS.index("metal") if file.name in wrong else file.label] = sureness
            arrays[f"{condition}/probabilities"] = np.repeat(rows, WINDOWS, axis=0)
            arrays[f"{condition}/windows"] = np.full(len(own), WINDOWS)
            arrays[f"{condition}/names"] = np.array([file.name for file in own])
        np.savez(folder / f"heard-{number}.npz", **arrays)


def test_every_file_judges_once_and_recalls_are_of_all_folds(tmp_path: Path) -> None:
    made = training_set()
    wrong = {f"blues/blues.{n}.opus" for n in range(5)} | {"classical/room.0.opus"}
    write_folds(made, tmp_path, wrong=wrong, sureness=0.9)
    report = pool(made, tmp_path)
    clean = report.evaluations[0]
    assert clean.count == 2 * STUDENT_FOLDS * 10
    assert clean.value == pytest.approx(0.95)
    assert clean.low < clean.value < clean.high
    assert clean.by_label["blues"] == 0.5
    assert report.confusion[0][LABELS.index("metal")] == 5
    assert report.rooms_confusion[1][1] == 9
    assert report.confusion[SPEECH][SPEECH] == 2 * STUDENT_FOLDS


def test_a_fold_that_is_too_sure_is_calibrated_by_the_others(tmp_path: Path) -> None:
    made = training_set()
    half = {f"{label}/{label}.{n}.opus" for label in LABELS if label != "metal" for n in range(0, 2 * STUDENT_FOLDS, 2)}
    write_folds(made, tmp_path, wrong=half | {f"classical/room.{n}.opus" for n in range(0, 10, 2)}, sureness=0.99)
    report = pool(made, tmp_path)
    assert len(report.temperatures) == STUDENT_FOLDS
    assert min(report.temperatures) > 1.5
    calibration = next(each for each in report.evaluations if each.metric == "expected calibration error")
    assert calibration.value < 0.1


def test_fold_of_another_recipe_or_of_fewer_conditions_is_done_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = training_set()
    recipe = Distillation(steps=10)
    everything = np.arange(len(made.corpus.files))
    split = CorpusSplit(everything, everything[:0], everything[:0], everything[:0])
    trained: list[Distillation] = []

    def train(recipes: list[Distillation], *_: object, **__: object) -> Path:
        trained.append(recipes[0])
        return tmp_path

    def predict(*_: object, conditions: list[str], **__: object) -> dict[str, list[FilePredictions]]:
        answers = [FilePredictions(made.corpus.files[0], np.full((1, len(LABELS)), 1 / len(LABELS)))]
        return dict.fromkeys((*conditions, "rooms"), answers)

    def network(*_: object) -> Int8Student:
        return Int8Student(b"", Quantization("", 1.0, 1, 0.0), np.zeros((1, 11)), 1.0)

    monkeypatch.setattr(TrainingSet, "batches", lambda *_: [None])
    monkeypatch.setattr(cross_validation, "train_averaged", train)
    monkeypatch.setattr(cross_validation, "quantized", network)
    monkeypatch.setattr(cross_validation, "write_student", lambda *_: None)
    monkeypatch.setattr(cross_validation, "load_bundle", lambda *_: None)
    monkeypatch.setattr(cross_validation, "predict_conditions", predict)
    monkeypatch.setattr(cross_validation, "play_broadcasts", lambda *_: [broadcast(1)])

    def run(recipe: Distillation, *, clean_only: bool = False) -> int:
        before = len(trained)
        run_fold(made, [recipe], tmp_path, 0, split, start=None, clean_only=clean_only, say=print)
        return len(trained) - before

    assert [run(recipe, clean_only=True), run(recipe, clean_only=True)] == [1, 0]
    assert [run(recipe), run(recipe), run(recipe, clean_only=True)] == [1, 0, 0]
    (tmp_path / "programmes-0.npz").write_bytes(b"of the recipe before")
    other = Distillation(steps=20)
    assert [run(other), run(other)] == [1, 0]
    assert read_playbacks(tmp_path / "programmes-0.npz")
    (tmp_path / "heard-0.npz").write_bytes(b"half of it")
    assert run(other) == 1


def broadcast(label: int) -> Playback:
    """Two minutes of one genre, the first step silent."""
    probabilities = np.full((120, len(LABELS)), 0.1 / (len(LABELS) - 1))
    probabilities[:, label] = 0.9
    probabilities[0] = np.nan
    silent = np.arange(120) == 0
    artist = np.full(120, f"artist of {label}")
    return Playback(probabilities, np.full(120, label), np.zeros(120, np.int64), silent, 1.0, 5.0, artist)


def test_broadcasts_come_back_as_they_were_played_and_are_pooled(tmp_path: Path) -> None:
    made = training_set()
    write_folds(made, tmp_path, wrong=set(), sureness=0.9)
    assert pool(made, tmp_path).tuned is None
    for number in range(STUDENT_FOLDS):
        write_playbacks(tmp_path / f"programmes-{number}.npz", [broadcast(1), broadcast(6)])
    first, second = read_playbacks(tmp_path / "programmes-0.npz")
    assert np.array_equal(first.probabilities, broadcast(1).probabilities, equal_nan=True)
    assert (second.truth == 6).all()
    assert (second.step_s, second.window_s, second.silent.dtype) == (1.0, 5.0, np.dtype(bool))
    assert set(second.artist.tolist()) == {"artist of 6"}
    tuned = pool(made, tmp_path).tuned
    assert tuned is not None
    assert tuned.programmes[-1].blocks == 2 * STUDENT_FOLDS
    assert tuned.programmes[-1].never_right == 0.0
    assert tuned.programmes[-1].wrong_share == 0.0


def test_a_fold_that_there_is_not_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["student", "cross-validate", "--only", "5", "--out", "x"])
    assert "'5' is not a whole number from 0 to 4" in capsys.readouterr().err
