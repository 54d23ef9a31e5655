"""Many files on several cores: the same outcomes in the same order, whatever happens to a worker."""

from __future__ import annotations

import hashlib
import logging
import os
import signal
from contextlib import closing
from typing import TYPE_CHECKING, Any

import av
import msgspec
import numpy as np
import pytest

from genred.classification import pool
from genred.classification.batch import classify_files
from genred.classification.pool import WorkerPool
from genred.classification.summary import Classification
from genred.errors import BundleError, GenredError, SourceError
from tests.classification.endless import write_endless
from tests.cli.wav import sound, write_wav
from tests.processes import has_ended, reader_of, watch, workers_of

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from genred.analysis.bundle import ModelBundle


class Watched:
    """Keeps what a watcher is told, and reacts to it as a test wants."""

    def __init__(self, on_advance: Callable[[int], None] = lambda _: None) -> None:
        self.ended: list[int] = []
        self.seconds: dict[int, float] = {}
        self.durations: dict[int, float | None] = {}
        self._on_advance = on_advance

    def advance(self, index: int, done_s: float, duration_s: float | None) -> None:
        self.seconds[index], self.durations[index] = done_s, duration_s
        self._on_advance(index)

    def end(self, index: int) -> None:
        self.ended.append(index)


@pytest.fixture
def files(tmp_path: Path) -> list[Path]:
    lengths = (("jazz", 40.0), ("metal", 6.0), ("speech", 9.5), ("jazz", 1.0), ("metal", 17.0))
    paths = [write_wav(tmp_path / f"{n}.wav", sound(*each, seed=n)) for n, each in enumerate(lengths)]
    return [*paths[:2], tmp_path / "missing.wav", *paths[2:]]


def comparable(outcomes: list[Classification | SourceError]) -> list[object]:
    return [
        (type(each), str(each), *vars(each).values()) if isinstance(each, SourceError) else each for each in outcomes
    ]


@pytest.mark.parametrize("jobs", [2, 9])
def test_several_jobs_give_what_one_gives_in_the_same_order(
    jobs: int, files: list[Path], tiny_bundle: ModelBundle
) -> None:
    alone, together = Watched(), Watched()
    expected = comparable(list(classify_files(files, tiny_bundle, 1, alone)))
    assert [type(each) for each in expected].count(Classification) == 5
    assert comparable(list(classify_files(files, tiny_bundle, jobs, together))) == expected
    assert alone.ended == sorted(together.ended) == list(range(6))
    assert together.seconds == alone.seconds
    assert together.durations == alone.durations


def test_a_single_file_needs_no_other_process(
    files: list[Path], tiny_bundle: ModelBundle, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pool, "WorkerPool", None)
    assert len(list(classify_files(files[:1], tiny_bundle, 8))) == 1


@pytest.mark.parametrize("ending", [signal.SIGKILL, signal.SIGSEGV])
def test_a_worker_that_dies_costs_its_file_only(
    ending: signal.Signals, files: list[Path], tiny_model_path: Path, tmp_path: Path
) -> None:
    # Two, so that the reader of each can be told from that of the other.
    endless = [write_endless(tmp_path / f"endless {n}.wav") for n in range(2)]
    paths = [files[0], endless[0], *files[1:], endless[1]]
    killed: set[int] = set()

    def kill_the_reader_of_an_endless(index: int) -> None:
        # What it has sent before is still in the pipe.
        if paths[index] in endless and index not in killed:
            killed.add(index)
            os.kill(reader_of(paths[index], os.getpid()), ending)

    with WorkerPool(paths, tiny_model_path, 2, Watched(kill_the_reader_of_an_endless)) as workers:
        outcomes = list(workers.outcomes())
    failed = {paths[1], paths[3], paths[7]}
    assert [isinstance(each, SourceError) for each in outcomes] == [path in failed for path in paths]
    for outcome, path in ((outcomes[1], paths[1]), (outcomes[7], paths[7])):
        assert str(path) in str(outcome)
        assert ending.name in str(outcome)


def test_outcomes_that_wait_for_an_earlier_one_are_bounded(
    tiny_bundle: ModelBundle, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pool, "MAX_AHEAD", 3)
    given_out = 0
    farthest: list[int] = []
    paths = [write_wav(tmp_path / f"{n}.wav", sound("jazz", 60.0 if n == 0 else 1.0)) for n in range(9)]
    watched = Watched(lambda index: farthest.append(index - given_out))
    for _ in classify_files(paths, tiny_bundle, 2, watched):
        given_out += 1
    assert given_out == 9
    assert max(farthest) < 3


def test_no_process_is_left_when_the_rest_is_not_wanted(tiny_bundle: ModelBundle, tmp_path: Path) -> None:
    paths = [write_wav(tmp_path / "short.wav", sound("jazz", 1.0)), write_endless(tmp_path / "endless.wav")]
    with closing(classify_files(paths, tiny_bundle, 2)) as outcomes:
        next(outcomes)
        started = [watch(pid) for pid in workers_of(os.getpid())]
    assert len(started) == 2
    for worker in started:
        assert has_ended(worker, within_s=0.0)


def test_a_network_that_does_not_fit_is_no_fault_of_the_files(
    files: list[Path], tiny_bundle: ModelBundle, tmp_path: Path
) -> None:
    network = b"no network" * 100
    card = msgspec.structs.replace(tiny_bundle.card, tflite_sha256=hashlib.sha256(network).hexdigest())
    (tmp_path / "bad.json").write_bytes(msgspec.json.encode(card))
    (tmp_path / "bad.tflite").write_bytes(network)
    with WorkerPool(files, tmp_path / "bad.json", 2) as workers, pytest.raises(BundleError, match=r"bad\.tflite"):
        list(workers.outcomes())


def end_at_once(*_: Any) -> None:
    os._exit(3)


def test_workers_that_cannot_start_are_one_clear_error(
    files: list[Path], tiny_model_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pool, "work", end_at_once)
    with WorkerPool(files, tiny_model_path, 2) as workers, pytest.raises(GenredError, match="exited with code 3"):
        list(workers.outcomes())


def test_what_a_worker_logs_is_logged_here(
    tmp_path: Path, tiny_bundle: ModelBundle, caplog: pytest.LogCaptureFixture
) -> None:
    damaged = tmp_path / "damaged.mp3"
    write_mp3(damaged, 20.0)
    content = bytearray(damaged.read_bytes())
    middle = len(content) // 2
    content[middle : middle + 2_000] = np.random.default_rng(1).bytes(2_000)
    damaged.write_bytes(content)
    with caplog.at_level(logging.WARNING):
        outcomes = list(classify_files([damaged, damaged], tiny_bundle, 2))
    assert all(isinstance(each, Classification) for each in outcomes)
    records = [record for record in caplog.records if record.name == "genred.sources.file"]
    assert len(records) == 2
    assert all("corrupt packets" in record.getMessage() for record in records)


def write_mp3(path: Path, seconds: float) -> None:
    with av.open(str(path), "w") as container:
        stream = container.add_stream("libmp3lame", rate=22_050, layout="mono")
        frame = av.AudioFrame.from_ndarray(sound("jazz", seconds)[np.newaxis], "fltp", "mono")
        frame.sample_rate = 22_050
        container.mux([*stream.encode(frame), *stream.encode(None)])
