"""Training: killed and gone on with, it ends where it would have ended anyway."""

from __future__ import annotations

import csv
import os
import shutil
import signal
import subprocess
import sys
import time
from typing import TYPE_CHECKING

import numpy as np
import pytest

from genred_build.cli.main import main
from tests.model_build.material import write_recipe, write_three_genres

if TYPE_CHECKING:
    from pathlib import Path

COMMAND = [sys.executable, "-m", "genred_build"]
EPOCHS = 12
# TensorFlow's import alone takes seconds, more on a busy machine.
TIMEOUT_S = 300
pytestmark = pytest.mark.timeout(900)


def build(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    command = [*COMMAND, *(str(argument) for argument in arguments)]
    return subprocess.run(command, capture_output=True, text=True, timeout=TIMEOUT_S, check=False)


def epochs_of(curves: Path) -> list[list[str]]:
    if not curves.is_file():
        return []
    with curves.open(newline="") as lines:
        return [row[:-1] for row in csv.reader(lines)][1:]


@pytest.fixture(scope="module")
def workspace(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("training")
    write_three_genres(folder / "set", seconds=2.0)
    write_recipe(folder / "tiny.yaml", EPOCHS)
    recipe = str(folder / "tiny.yaml")
    assert main(["prepare", "--dataset", str(folder / "set"), "--out", str(folder / "whole"), "--recipe", recipe]) == 0
    shutil.copytree(folder / "whole", folder / "killed")
    whole = build("train", "--recipe", recipe, "--out", folder / "whole")
    assert whole.returncode == 0, whole.stderr
    return folder


def test_training_killed_and_resumed_equals_an_unbroken_one(workspace: Path) -> None:
    train: list[str | Path] = ["train", "--recipe", workspace / "tiny.yaml", "--out"]
    run = "runs/tiny-artist-seed3"
    curves = workspace / "killed" / run / "curves.csv"
    command = [*COMMAND, *(str(argument) for argument in train), str(workspace / "killed")]
    with subprocess.Popen(command, stderr=subprocess.DEVNULL, stdout=subprocess.DEVNULL) as killed:
        deadline = time.monotonic() + TIMEOUT_S
        while len(epochs_of(curves)) < 3:
            assert killed.poll() is None, "training ended before it could be killed"
            assert time.monotonic() < deadline, "training wrote no curves"
            time.sleep(0.02)
        os.kill(killed.pid, signal.SIGKILL)
    seen = len(epochs_of(curves))
    assert 3 <= seen < EPOCHS

    resumed = build(*train, workspace / "killed")
    assert resumed.returncode == 0, resumed.stderr
    assert epochs_of(curves) == epochs_of(workspace / "whole" / run / "curves.csv")
    with (
        np.load(workspace / "whole" / run / "checkpoint.npz") as expected,
        np.load(workspace / "killed" / run / "checkpoint.npz") as found,
    ):
        weights = [name for name in expected.files if name != "progress"]
        assert len(weights) > 20
        for name in weights:
            np.testing.assert_array_equal(found[name], expected[name], err_msg=name)


def test_a_finished_training_is_not_repeated(workspace: Path) -> None:
    record = workspace / "whole" / "runs/tiny-artist-seed3/run.json"
    before = record.stat().st_mtime_ns
    assert main(["train", "--recipe", str(workspace / "tiny.yaml"), "--out", str(workspace / "whole")]) == 0
    assert record.stat().st_mtime_ns == before


def test_steps_out_of_order_say_what_to_run_first(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["train", "--out", str(tmp_path)]) == 1
    assert "run `genred-build prepare` first" in capsys.readouterr().err
    assert main(["quantize", "--out", str(tmp_path)]) == 1
    assert "no finished run" in capsys.readouterr().err
