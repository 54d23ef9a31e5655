"""A run's folder: what lies in it, and what of that still belongs to the training that it is named after."""

from __future__ import annotations

import re
import shutil
from typing import TYPE_CHECKING

import msgspec

from genred_build.data.run_record import RunRecord
from genred_build.errors import BuildError
from genred_build.evaluation.calibrate import Calibration
from genred_build.spec.workspace import Workspace, load

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

QUANTIZED = "quantized"
"""Folder of the quantized networks."""

DRAFT = "network"
"""Name of the bundle without figures in it."""

EVALUATED = ("evaluation.json", "windows.npz")
"""What an evaluation leaves."""

_FOLD = re.compile(r"-fold\d+of(\d+)$")
_POOLED = re.compile(r"-(\d+)folds$")


def pooled_name(fold: str) -> str:
    """Gives the name of the folder in which the folds' answers are pooled."""
    return _FOLD.sub(r"-\1folds", fold)


def forget(workspace: Workspace, folder: Path) -> None:
    """Removes what was made of an earlier training of the same name: it says nothing of the next one."""
    remove(folder, ("run.json", "calibration.json", *EVALUATED))
    shutil.rmtree(folder / QUANTIZED, ignore_errors=True)
    if _FOLD.search(folder.name):
        remove(workspace.run_folder(pooled_name(folder.name)), EVALUATED)


def remove(folder: Path, names: Iterable[str]) -> None:
    """Removes files that may be missing."""
    for name in names:
        (folder / name).unlink(missing_ok=True)


def is_quantized_so(folder: Path, tflite: bytes, calibration: Calibration) -> bool:
    """Whether the draft that lies there, and was perhaps evaluated, is this network with this calibration."""
    try:
        same = load(folder / "calibration.json", Calibration, "quantize") == calibration
        return same and (folder / QUANTIZED / f"{DRAFT}.tflite").read_bytes() == tflite
    except (BuildError, OSError):
        return False


def is_sibling(folder: Path, run: RunRecord) -> bool:
    """Whether a run, or one of the folds that were pooled in a folder, had this run's recipe and features."""
    record = folder / "run.json"
    if not record.is_file():
        record = folder.with_name(_POOLED.sub(r"-fold1of\1", folder.name)) / "run.json"
    try:
        other = load(record, RunRecord, "train")
    except BuildError:
        return False
    own = run.recipe
    alike = msgspec.structs.replace(other.recipe, split=own.split, seed=own.seed, description=own.description)
    return other.fingerprint == run.fingerprint and alike == own
