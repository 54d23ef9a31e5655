from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import pytest

from genred.config.schema import AnalysisConfig
from genred.setup.network_check import try_networks, try_networks_apart

if TYPE_CHECKING:
    from pathlib import Path


def test_another_process_finds_the_same_faults(tmp_path: Path, tiny_model_path: Path) -> None:
    broken = tmp_path / "broken.json"
    broken.write_bytes(tiny_model_path.read_bytes())
    broken.with_suffix(".tflite").write_bytes(b"no network")
    uses = [(str(tiny_model_path), AnalysisConfig(step_s=2.0)), (str(broken), AnalysisConfig())]
    found = try_networks_apart(uses)
    assert found == try_networks(uses)
    assert found[0] is None
    assert "broken" in str(found[1])


@pytest.mark.parametrize(
    ("command", "fault"),
    [
        ([sys.executable, "-c", "import os; os.abort()"], "exited with -6"),
        (["/nowhere/python"], "No such file"),
    ],
)
def test_a_process_that_cannot_try_them_is_a_fault_of_each(command: list[str], fault: str) -> None:
    found = try_networks_apart([("default", AnalysisConfig())] * 2, command)
    assert len(found) == 2
    assert all(fault in str(one) for one in found)
