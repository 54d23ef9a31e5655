"""What a command starts is known and ended, against real processes."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from genred.sources.started_processes import StartedProcesses
from tests.patience import PATIENCE_S
from tests.processes import has_ended, watch

if TYPE_CHECKING:
    from pathlib import Path

    import pytest


def started(program: str) -> StartedProcesses:
    return StartedProcesses([sys.executable, "-c", f"import os, signal, subprocess, sys, time\n{program}"])


def said(processes: StartedProcesses) -> list[int]:
    """The numbers in the first line of its output."""
    assert processes.leader.stdout is not None
    line = b""
    while not line.endswith(b"\n"):
        line += processes.leader.stdout.read(1)
    return [int(word) for word in line.split()]


def close(processes: StartedProcesses) -> None:
    processes.end()
    for stream in (processes.leader.stdout, processes.leader.stderr):
        assert stream is not None
        stream.close()


def test_all_generations_end_though_each_has_a_session_of_its_own() -> None:
    processes = started(
        "def descend(depth, pids):\n"
        "    pids = pids + [os.getpid()]\n"
        "    if depth == 0: print(*pids, flush=True)\n"
        "    elif os.fork() == 0:\n"
        "        os.setsid(); descend(depth - 1, pids)\n"
        "    time.sleep(600)\n"
        "descend(4, [])"
    )
    watched = [watch(pid) for pid in said(processes)]
    close(processes)
    assert [has_ended(each) for each in watched] == [True] * 5


def test_what_ignores_sigterm_is_killed_with_what_it_starts_meanwhile() -> None:
    processes = started(
        "def again(*_):\n"
        "    if os.fork() == 0: os.setsid()\n"
        "signal.signal(signal.SIGTERM, again)\n"
        "print(os.getpid(), flush=True)\n"
        "while True: time.sleep(600)"
    )
    said(processes)
    close(processes)
    assert not processes._members()


def test_no_other_process_is_touched() -> None:
    bystander = started("print(os.getpid(), flush=True); time.sleep(600)")
    processes = started("print(os.getpid(), flush=True); time.sleep(600)")
    said(bystander)
    said(processes)
    close(processes)
    assert bystander.leader.poll() is None
    close(bystander)


def test_without_descriptors_the_command_itself_still_ends(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    processes = started("print(os.getpid(), flush=True); time.sleep(600)")
    said(processes)
    monkeypatch.setattr("genred.sources.started_processes._PROC", tmp_path / "gone")
    close(processes)
    assert processes.leader.returncode is not None


def test_the_end_of_a_command_that_has_ended_takes_no_time() -> None:
    processes = started("pass")
    processes.leader.wait(PATIENCE_S)
    close(processes)
    assert processes.leader.returncode == 0
