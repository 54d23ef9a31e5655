"""Worker processes of this machine, and of a cluster: what dies costs its recording at most."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from typing import TYPE_CHECKING

import psutil  # type: ignore[import-untyped]
import pytest

from genred.archive.cluster import ClusterReaders
from genred.archive.readers import LocalReaders
from genred.archive.reading import Reading, ReadingError, ReadTask
from genred.errors import GenredError
from tests.archive.deadly import MARK, ONCE, DeadlyPlugin, read_deadly
from tests.archive.material import NOON, programme, write_recording
from tests.cli.run_genred import COMMAND
from tests.patience import PATIENCE_S

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from genred.analysis.bundle import ModelBundle
    from genred.archive.readers import Outcome, Readers


@pytest.fixture
def tasks(tmp_path: Path) -> list[ReadTask]:
    clip = write_recording(tmp_path, programme(("jazz", 7)), NOON)
    names = ["a", f"b{MARK}", "c", f"d{ONCE}", "e", "f"]
    paths = [clip.with_name(f"{name}.wav") for name in names]
    for path in paths:
        path.write_bytes(clip.read_bytes())
    return [ReadTask(index, str(path)) for index, path in enumerate(paths)]


def outcomes(readers: Readers, tasks: list[ReadTask]) -> dict[str, Outcome]:
    with readers:
        found = list(readers.read(iter(tasks)))
    assert len(found) == len({task.index for task, _ in found})
    return {task.path.rpartition("/")[2].partition(".")[0]: outcome for task, outcome in found}


def check(found: dict[str, Outcome]) -> None:
    """One is set aside and named; all others are read."""
    (aside,) = [outcome for outcome in found.values() if isinstance(outcome, ReadingError)]
    assert found[f"b{MARK}"] is aside
    assert f"b{MARK}.wav: set aside after 2 tries" in aside.message
    assert aside.final
    read = [outcome for outcome in found.values() if isinstance(outcome, Reading)]
    assert len(read) == 5
    assert len({outcome.windows for outcome in read}) == 1


@pytest.mark.parametrize("jobs", [1, 2])
def test_a_recording_that_kills_its_process_twice_is_set_aside(
    jobs: int, tasks: list[ReadTask], tiny_model_path: Path
) -> None:
    check(outcomes(LocalReaders(tiny_model_path, jobs, work=read_deadly), tasks))


def test_processes_end_with_who_started_them(tasks: list[ReadTask], tiny_model_path: Path) -> None:
    with LocalReaders(tiny_model_path, 2) as readers:
        next(readers.read(iter(tasks)))
        started = [worker for worker in psutil.Process().children() if "spawn_main" in " ".join(worker.cmdline())]
        assert started
    assert not psutil.wait_procs(started, timeout=PATIENCE_S)[1]


@pytest.fixture
def scheduler(tmp_path: Path) -> Iterator[str]:
    """A Dask scheduler with two worker processes, in files of its own."""
    address_file = tmp_path / "scheduler.json"
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    log = (tmp_path / "cluster.log").open("wb")
    command = [
        *(sys.executable, "-m", "distributed.cli.dask_scheduler", "--host", "127.0.0.1", "--port", "0"),
        *("--no-dashboard", "--scheduler-file", str(address_file)),
    ]
    processes = [subprocess.Popen(command, stdout=log, stderr=log, env=environment)]
    try:
        address = _address_in(address_file, processes[0])
        processes.append(
            subprocess.Popen([*COMMAND, "archive-worker", address, "-j", "2"], stdout=log, stderr=log, env=environment)
        )
        yield address
    finally:
        for process in reversed(processes):
            process.terminate()
        for process in processes:
            try:
                process.wait(PATIENCE_S)
            except subprocess.TimeoutExpired:
                process.kill()
        log.close()


def _address_in(path: Path, process: subprocess.Popen[bytes]) -> str:
    import json

    until = time.monotonic() + PATIENCE_S
    while time.monotonic() < until and process.poll() is None:
        try:
            return str(json.loads(path.read_text())["address"])
        except (OSError, ValueError):
            time.sleep(0.05)
    raise AssertionError("the scheduler has not started")


def test_a_cluster_goes_on_when_its_workers_die(
    tasks: list[ReadTask], scheduler: str, tiny_bundle: ModelBundle
) -> None:
    check(outcomes(ClusterReaders(scheduler, tiny_bundle, DeadlyPlugin), tasks))


def test_a_scheduler_that_is_not_there_is_named(tiny_bundle: ModelBundle, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("genred.archive.cluster._CONNECT_S", 0.5)
    with pytest.raises(GenredError, match=r"127\.0\.0\.1:9: no Dask scheduler"):
        ClusterReaders("tcp://127.0.0.1:9", tiny_bundle)
