"""The output folder: where each step leaves what the next one reads.

OUT/dataset.json                 which data set this is
OUT/features/KIND/features.npz   features, the cache
OUT/runs/NAME/                   one training: run.json, curves.csv, checkpoint.npz, quantized/, evaluation.json
OUT/report.html, OUT/report.md   all runs side by side
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

import msgspec

from genred.whole_file import write_whole
from genred_build.errors import BuildError

if TYPE_CHECKING:
    from pathlib import Path

    from genred.analysis.frontend import FrontEndSpec
    from genred_build.spec.recipe import Recipe
    from genred_build.spec.split_name import SplitName

_T = TypeVar("_T")


class DatasetRecord(msgspec.Struct, frozen=True):
    """OUT/dataset.json: where the audio lies, for the steps that read it again; paths as `text_of` gives them."""

    name: str
    root: str
    manifest: str
    lists: str


@dataclass(frozen=True, slots=True)
class Workspace:
    """Paths under one output folder."""

    root: Path

    def features_folder(self, spec: FrontEndSpec) -> Path:
        """Cache of one front end."""
        return self.root / "features" / f"{spec.kind}-{spec.shape[1]}"

    @property
    def dataset_file(self) -> Path:
        """Which data set this is."""
        return self.root / "dataset.json"

    def run_folder(self, name: str) -> Path:
        """One training's folder."""
        return self.root / "runs" / name

    def runs(self) -> list[Path]:
        """Folders of all finished trainings, sorted by name."""
        return sorted(path.parent for path in (self.root / "runs").glob("*/run.json"))

    def one_run(self, name: str | None) -> Path:
        """Finds a run by its name, or the only one.

        Raises:
            BuildError: No such run, or several and no name.
        """
        found = self.runs()
        if name:
            found = [run for run in found if run.name == name]
        if len(found) == 1:
            return found[0]
        known = ", ".join(run.name for run in self.runs()) or "none"
        wanted = f"no run {name!r}" if name else "several runs: choose one with --run" if found else "no finished run"
        raise BuildError(f"{self.root}: {wanted}; the runs are: {known}")


def run_name(recipe: Recipe, split: SplitName, seed: int, fold: int | None, folds: int | None) -> str:
    """Names a run by what defines it."""
    tail = "" if fold is None else f"-fold{fold + 1}of{folds}"
    return f"{recipe.name}-{split}-seed{seed}{tail}"


def save(value: object, path: Path) -> None:
    """Writes a struct as indented JSON; a kill leaves the old file or the new one."""
    path.parent.mkdir(parents=True, exist_ok=True)
    write_whole(path, msgspec.json.format(msgspec.json.encode(value), indent=2) + b"\n")


def load(path: Path, kind: type[_T], step: str) -> _T:
    """Reads what `save` wrote.

    Raises:
        BuildError: It is missing or unreadable; the message names the step that makes it.
    """
    try:
        return msgspec.json.decode(path.read_bytes(), type=kind)
    except OSError as error:
        raise BuildError(f"{path}: not there; run `genred-build {step}` first") from error
    except msgspec.DecodeError as error:
        raise BuildError(f"{path}: {error}; run `genred-build {step}` again") from error
