"""Instructions that `Analyzer.push` takes for a window: a figure that load, clock and steal do not change.

Counted by valgrind's callgrind, switched on only while audio is pushed. The network is left out: LiteRT chooses its
kernels by the processor. What is left is numpy, BLAS and Python, of which valgrind always runs the AVX2 kernels.
"""

from __future__ import annotations

import json
import platform
import re
import subprocess
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import IO, TYPE_CHECKING

import numpy as np

from tests.bench.table import print_table

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tests.bench.trees import Tree

RECORD = Path(__file__).with_name("instructions.json")
MOST_CHANGE = 0.10
FEW_WINDOWS, MANY_WINDOWS = 2, 14
_TIMEOUT_S = 120


@dataclass(frozen=True, slots=True)
class InstructionCount:
    """What a window takes, and with what it was counted.

    Attributes:
        per_window: Instructions of one window after the first, a window a second; the network is left out.
        machine: Architecture; other ones have other instructions.
        python: Version, major and minor.
        numpy: Its version.
        valgrind: Its version.
    """

    per_window: int
    machine: str
    python: str
    numpy: str
    valgrind: str

    @property
    def tools(self) -> str:
        """All versions in one line."""
        return f"Python {self.python}, numpy {self.numpy}, {self.valgrind}, {self.machine}"


def measure(tree: Tree) -> InstructionCount:
    """Counts in a process of its own.

    Args:
        tree: Checkout whose `genred` is counted.

    Raises:
        RuntimeError: valgrind cannot run or be controlled.
    """
    environment = tree.environment | {"PYTHONHASHSEED": "0", "OPENBLAS_CORETYPE": "Haswell"}
    command = ["valgrind", "--tool=callgrind", "--instr-atstart=no", "--callgrind-out-file=/dev/null"]
    command += [tree.python, "-m", "tests.bench.push", str(FEW_WINDOWS), str(MANY_WINDOWS)]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        assert process.stderr is not None
        try:
            few, many = _count_parts(process.pid, process.stdin, process.stdout)
        except RuntimeError as error:
            process.kill()
            raise RuntimeError(f"{error}\n{process.stderr.read()[-2000:]}") from error
    return InstructionCount(
        # What a run costs however long it is, the pipes among it, is in both.
        round((many - few) / (MANY_WINDOWS - FEW_WINDOWS)),
        platform.machine(),
        ".".join(platform.python_version_tuple()[:2]),
        np.__version__,
        subprocess.run(["valgrind", "--version"], capture_output=True, text=True, check=True).stdout.strip(),
    )


def _count_parts(pid: int, stdin: IO[str], stdout: IO[str]) -> tuple[int, int]:
    """Counts the short part, then the long one."""
    _expect_pushed(stdout)
    _control(pid, "--instr=on")
    counts = []
    for _ in (FEW_WINDOWS, MANY_WINDOWS):
        _control(pid, "--zero")
        stdin.write("\n")
        stdin.flush()
        _expect_pushed(stdout)
        found = re.findall(r"^\s*Th \d+\s+([\d,]+)", _control(pid, "-e"), re.MULTILINE)
        if not found:
            raise RuntimeError("callgrind_control gave no totals")
        counts.append(sum(int(total.replace(",", "")) for total in found))
    _control(pid, "--instr=off")
    stdin.close()
    return counts[0], counts[1]


def _expect_pushed(stdout: IO[str]) -> None:
    if stdout.readline() != "pushed\n":
        raise RuntimeError("the process that is counted has ended too early")


def _control(pid: int, option: str) -> str:
    result = subprocess.run(
        ["callgrind_control", option, str(pid)], capture_output=True, text=True, check=False, timeout=_TIMEOUT_S
    )
    if result.returncode:
        raise RuntimeError(f"callgrind_control {option}: {result.stdout}{result.stderr}")
    return result.stdout


def run(trees: Sequence[Tree], *, check: bool, record: bool) -> bool:
    """Counts, prints, and compares with what the repository keeps.

    Args:
        trees: Checkouts, the own one first.
        check: Whether a change beyond `MOST_CHANGE` counts.
        record: Whether to keep the own count instead.

    Returns:
        False where `check` was asked for and the count has changed too much.
    """
    counts = {tree.name: measure(tree) for tree in trees}
    now = next(iter(counts.values()))
    if record:
        RECORD.write_text(json.dumps(asdict(now), indent=2) + "\n")
    kept = InstructionCount(**json.loads(RECORD.read_text()))
    rows = [[name, f"{count.per_window / kept.per_window:.3f}", _millions(count)] for name, count in counts.items()]
    rows.append(["kept in tests/bench/instructions.json", "1.000", _millions(kept)])
    print_table("Instructions of a window in Analyzer.push, without the network", ["what", "ratio", "millions"], rows)
    if not check:
        return True
    if now.machine != kept.machine:
        print(f"  not compared: kept with {kept.tools}, counted with {now.tools}")
        return True
    held = abs(now.per_window / kept.per_window - 1) <= MOST_CHANGE
    print(f"  within {MOST_CHANGE:.0%}: {'held' if held else 'BROKEN'}")
    if now.tools != kept.tools:
        # What a new numpy changes is no fault of the change that is being checked.
        print(f"  kept with {kept.tools}\n  counted with {now.tools}: nothing fails")
        return True
    if not held:
        print("  meant, or new versions? Keep the new count: scripts/bench --instructions --record")
    return held


def _millions(count: InstructionCount) -> str:
    return f"{count.per_window / 1e6:.3f}"
