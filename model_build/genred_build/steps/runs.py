"""The steps: each reads what the one before left in the workspace, and leaves what the next needs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from genred.analysis.bundle import load_bundle
from genred_build.data.datasets import open_dataset
from genred_build.data.digests import file_digest
from genred_build.data.extract import extract_dataset
from genred_build.data.features import FeatureSet, load_features
from genred_build.data.file_names import path_of, text_of
from genred_build.data.run_record import RunRecord, is_fold, make_run_record
from genred_build.data.splits import Split, make_split
from genred_build.errors import BuildError
from genred_build.evaluation.calibrate import Calibration, calibrate
from genred_build.evaluation.evaluate import EvaluationResult, evaluate, held_out_clips, other_clips, pool, set_scores
from genred_build.export.card import card_evaluations, write_bundle
from genred_build.export.quantize import QuantizationTable, quantize
from genred_build.spec.workspace import (
    DatasetRecord,
    Workspace,
    load,
    run_name,
    save,
)
from genred_build.steps.run_folder import (
    DRAFT,
    EVALUATED,
    QUANTIZED,
    forget,
    is_quantized_so,
    is_sibling,
    pooled_name,
    remove,
)
from genred_build.training.train import train, training_key

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from genred.analysis.frontend import FrontEndSpec
    from genred_build.export.quantize import SchemeResult
    from genred_build.spec.recipe import Recipe, Scheme
    from genred_build.spec.split_name import SplitName
    from genred_build.training.checkpoint import Epoch, Progress

_LIST_PLACES = ("", "splits", "../splits", "..")


def prepare(
    workspace: Workspace,
    root: Path,
    spec: FrontEndSpec,
    *,
    manifest: Path | None = None,
    lists: Path | None = None,
    workers: int | None = None,
    progress: Callable[[int, int, float], None] | None = None,
) -> FeatureSet:
    """Reads a data set and leaves its features."""
    dataset = open_dataset(root, manifest)
    places = [lists] if lists else [root / place for place in _LIST_PLACES]
    found = next((place for place in places if (place / "filtered_train.txt").is_file()), None)
    features = extract_dataset(dataset, spec, workspace.features_folder(spec), workers=workers, progress=progress)
    record = DatasetRecord(
        dataset.name,
        text_of(root.resolve()),
        text_of(manifest.resolve()) if manifest else "",
        text_of(found.resolve()) if found else "",
    )
    save(record, workspace.dataset_file)
    return features


def prepared(workspace: Workspace, recipe: Recipe) -> tuple[FeatureSet, DatasetRecord]:
    """Gives what `prepare` left for this recipe's front end."""
    record = load(workspace.dataset_file, DatasetRecord, "prepare")
    path = workspace.features_folder(recipe.spec) / "features.npz"
    features = load_features(path)
    if features.spec != recipe.spec:
        raise BuildError(
            f"{path}: holds the features of another front end than that of recipe {recipe.name!r}; run `genred-build "
            "prepare` with this recipe first"
        )
    return features, record


def train_run(
    workspace: Workspace,
    recipe: Recipe,
    split_name: SplitName,
    *,
    fold: int | None = None,
    folds: int | None = None,
    progress: Callable[[Epoch, Progress], None] | None = None,
) -> Path:
    """Trains one run and gives its folder; one that is finished already is left as it is."""
    features, record = prepared(workspace, recipe)
    split = make_split(features, split_name, recipe.seed, fold=fold, folds=folds, lists=_lists(record))
    folder = workspace.run_folder(run_name(recipe, split_name, recipe.seed, fold, folds))
    key = training_key(recipe, features, split)
    if _is_finished(folder, key):
        return folder
    forget(workspace, folder)
    trained = train(recipe, features, split, folder, progress=progress)
    state = trained.progress
    trained.model.save(folder / "model.keras")
    save(
        make_run_record(
            recipe,
            features,
            split,
            key=key,
            parameters=int(trained.model.count_params()),
            epochs=len(state.epochs),
            best_epoch=state.best_epoch,
            seconds=round(sum(epoch.seconds for epoch in state.epochs), 1),
        ),
        folder / "run.json",
    )
    return folder


def quantize_run(
    workspace: Workspace,
    folder: Path,
    *,
    scheme: Scheme | None = None,
    force: bool = False,
    compare: bool = True,
    progress: Callable[[SchemeResult], None] | None = None,
) -> QuantizationTable:
    """Quantizes a run's network, calibrates it and leaves a bundle without figures yet."""
    run = load(folder / "run.json", RunRecord, "train")
    features, split = _data_of(workspace, run)
    model = _load_model(folder / "model.keras")
    found = quantize(
        run.recipe,
        model,
        features,
        split,
        folder / QUANTIZED,
        scheme=scheme,
        force=force,
        compare=compare,
        progress=progress,
    )
    calibration = calibrate(found.valid_logits, features.label_of[split.valid], leaky=run.leaky)
    if not is_quantized_so(folder, found.tflite, calibration):
        remove(folder, EVALUATED)
    save(calibration, folder / "calibration.json")
    write_bundle(folder / QUANTIZED, DRAFT, found.tflite, run=run, table=found.table, calibration=calibration)
    return found.table


def evaluate_run(
    workspace: Workspace,
    folder: Path,
    *,
    others: Sequence[tuple[str, Path]] = (),
    thorough: bool = True,
    progress: Callable[[str], None] | None = None,
) -> EvaluationResult:
    """Judges a run's quantized network on its test part and on other data sets."""
    run = load(folder / "run.json", RunRecord, "train")
    features, split = _data_of(workspace, run)
    record = load(workspace.dataset_file, DatasetRecord, "prepare")
    _check_audio(features, split, path_of(record.root))
    bundle = load_bundle(folder / QUANTIZED / f"{DRAFT}.json")
    sets = []
    for name, root in others:
        other = extract_dataset(
            open_dataset(root), run.recipe.spec, workspace.features_folder(run.recipe.spec) / root.resolve().name
        )
        clips, note = other_clips(other, run, root.resolve())
        if progress:
            progress(f"{name}: {len(clips)} clips; {note}")
        if clips:
            sets.append((name, note, clips))
    result = evaluate(
        bundle,
        held_out_clips(features, split, path_of(record.root)),
        split=_split_title(run),
        leaky=run.leaky,
        others=sets,
        folder=folder,
        thorough=thorough,
        progress=progress,
    )
    save(result, folder / "evaluation.json")
    return result


def pool_folds(workspace: Workspace, folders: Sequence[Path]) -> Path:
    """Puts the test answers of all folds together and gives the folder of the pooled evaluation."""
    run = load(folders[0] / "run.json", RunRecord, "train")
    predictions = pool([folder / "windows.npz" for folder in folders])
    split = f"{run.split}, {run.folds} folds"
    folder = workspace.run_folder(pooled_name(folders[0].name))
    result = EvaluationResult(
        split=split,
        leaky=run.leaky,
        labels=run.labels,
        test=set_scores(f"all folds of {run.split}", predictions, run.labels),
    )
    save(result, folder / "evaluation.json")
    return folder


def bundle_run(workspace: Workspace, folder: Path, name: str, to: Path, *, data: str = "", licence: str = "") -> Path:
    """Writes a run's bundle with its own figures and those of the same recipe on other splits."""
    run = load(folder / "run.json", RunRecord, "train")
    table = load(folder / QUANTIZED / "table.json", QuantizationTable, "quantize")
    calibration = load(folder / "calibration.json", Calibration, "quantize")
    own = load(folder / "evaluation.json", EvaluationResult, "evaluate")
    figures = card_evaluations(own, "this network, quantized, through the daemon's analyzer", own=True)
    for path in sorted((workspace.root / "runs").glob("*/evaluation.json")):
        if path.parent == folder or is_fold(path.parent) or not is_sibling(path.parent, run):
            continue
        sibling = load(path, EvaluationResult, "evaluate")
        how = "the same recipe trained and quantized on this split's training part, not this network"
        figures += card_evaluations(sibling, how, own=False)
    tflite = (folder / QUANTIZED / f"{DRAFT}.tflite").read_bytes()
    write_bundle(
        to,
        name,
        tflite,
        run=run,
        table=table,
        calibration=calibration,
        evaluations=figures,
        data=data,
        licence=licence,
    )
    return to / f"{name}.json"


def _check_audio(features: FeatureSet, split: Split, root: Path) -> None:
    """Raises BuildError for a test file that is no longer the one whose features were stored."""
    for clip in sorted(set(features.clip_of[split.test].tolist())):
        path = root / path_of(features.clips[clip].file)
        if file_digest(path) != features.clips[clip].digest:
            raise BuildError(f"{path}: has changed since `genred-build prepare` read it; run that and `train` again")


def _is_finished(folder: Path, key: str) -> bool:
    try:
        run = load(folder / "run.json", RunRecord, "train")
    except BuildError:
        return False
    return run.key == key and (folder / "model.keras").is_file()


def _lists(record: DatasetRecord) -> Path | None:
    return path_of(record.lists) if record.lists else None


def _data_of(workspace: Workspace, run: RunRecord) -> tuple[FeatureSet, Split]:
    features, record = prepared(workspace, run.recipe)
    if features.fingerprint != run.fingerprint:
        raise BuildError(f"{workspace.root}: the features are no longer those that this run trained on; train again")
    split = make_split(features, run.split, run.seed, fold=run.fold, folds=run.folds, lists=_lists(record))
    if training_key(run.recipe, features, split) != run.key:
        raise BuildError(f"{workspace.root}: the split is no longer the one that this run trained on; train again")
    return features, split


def _split_title(run: RunRecord) -> str:
    return str(run.split) if run.fold is None else f"{run.split}, fold {run.fold + 1} of {run.folds}"


def _load_model(path: Path) -> Any:
    from genred_build.training.network import import_keras

    if not path.is_file():
        raise BuildError(f"{path}: not there; run `genred-build train` first")
    keras = import_keras()
    if keras.backend.backend() != "tensorflow":
        raise BuildError(
            f"{path.parent.name}: trained on {keras.backend.backend()}; TFLite is TensorFlow's: "
            "go on with `KERAS_BACKEND=tensorflow genred-build quantize`"
        )
    return keras.models.load_model(path)
