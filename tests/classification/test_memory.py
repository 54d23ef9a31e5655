"""`genred classify` needs as much memory for hours as for minutes."""

from __future__ import annotations

import os
import subprocess
from typing import TYPE_CHECKING

from tests.classification.endless import write_silence
from tests.cli.run_genred import COMMAND

if TYPE_CHECKING:
    from pathlib import Path

GROWTH_KB = 2_500
"""Three hours are 930,000 KB of samples, and their estimates alone 4,000 KB."""


def test_three_hours_take_no_more_memory_than_three_minutes(tmp_path: Path, tiny_model_path: Path) -> None:
    peaks_kb = [
        peak_kb("classify", "--model", tiny_model_path, write_silence(tmp_path / f"{seconds}.wav", seconds))
        for seconds in (3 * 60, 3 * 3_600)
    ]
    assert peaks_kb[1] - peaks_kb[0] < GROWTH_KB


def peak_kb(*arguments: str | Path) -> int:
    """Runs the command. Gives the most memory that its process held at any time."""
    command = [*COMMAND, *(str(argument) for argument in arguments)]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    assert process.returncode == 0
    return usage.ru_maxrss
