from __future__ import annotations

import io
import socket
import sys
import threading
import time
from typing import TYPE_CHECKING

import av
import pytest

from genred.engine.engine import Engine
from genred.engine.fiber import current_fiber, give_way
from genred.engine.flag import Flag
from genred.engine.worker import Worker
from tests.patience import PATIENCE_S
from tests.sources import sounds

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture
def worker() -> Iterator[Worker]:
    made = Worker("a worker")
    yield made
    made.close()


def test_hundreds_of_fibers_wait_on_one_thread_and_each_is_woken_by_its_own_flag(worker: Worker) -> None:
    flags, woken, threads = [Flag() for _ in range(300)], [], set()
    done = threading.Event()

    def wait(index: int) -> None:
        threads.add(threading.get_ident())
        if flags[index].wait(PATIENCE_S):
            woken.append(index)
        if len(woken) == len(flags):
            done.set()

    for index in range(300):
        worker.spawn(lambda index=index: wait(index))  # type: ignore[misc]
    for index in reversed(range(300)):
        flags[index].set()
    assert done.wait(PATIENCE_S)
    assert sorted(woken) == list(range(300))
    assert len(threads) == 1


def test_a_flag_that_is_set_at_any_moment_is_never_missed(worker: Worker) -> None:
    for _ in range(300):
        flag, ended = Flag(), threading.Event()

        def wait(flag: Flag = flag, ended: threading.Event = ended) -> None:
            assert flag.wait(PATIENCE_S)
            ended.set()

        worker.spawn(wait)
        flag.set()
        assert ended.wait(PATIENCE_S)


def test_a_flag_waits_in_a_plain_thread_as_an_event_does() -> None:
    flag = Flag()
    assert not flag.wait(0.01)
    threading.Timer(0.05, flag.set).start()
    assert flag.wait(PATIENCE_S)
    flag.clear()
    assert not flag.is_set()


def test_a_wait_ends_when_its_time_is_over(worker: Worker) -> None:
    results: list[bool] = []
    ended = threading.Event()

    def wait() -> None:
        results.append(Flag().wait(0.05))
        ended.set()

    worker.spawn(wait)
    assert ended.wait(PATIENCE_S)
    assert results == [False]


@pytest.mark.parametrize("in_fiber", [True, False])
def test_a_socket_is_awaited_and_a_flag_ends_that(worker: Worker, in_fiber: bool) -> None:
    near, far = socket.socketpair()
    flag, results, ended = Flag(), [], threading.Event()

    def wait() -> None:
        while not flag.is_set():
            if flag.wait_for_io(near.fileno(), 10 * PATIENCE_S):
                results.append(near.recv(100))
        ended.set()

    if in_fiber:
        worker.spawn(wait)
    else:
        threading.Thread(target=wait, daemon=True).start()
    far.send(b"x")
    ends_at = time.monotonic() + PATIENCE_S
    while not results and time.monotonic() < ends_at:
        time.sleep(0.01)
    flag.set()
    assert ended.wait(PATIENCE_S)
    assert results == [b"x"]
    near.close()
    far.close()


class Trickle:
    """A file that waits for each of its bytes, as FFmpeg's callback meets it."""

    def __init__(self, data: bytes, flag: Flag) -> None:
        self._data = io.BytesIO(data)
        self._flag = flag

    def read(self, size: int) -> bytes:
        self._flag.wait(0.001)
        return self._data.read(min(size, 700))


def test_ffmpeg_s_callbacks_of_many_fibers_interleave_and_each_gets_its_own_audio(worker: Worker) -> None:
    encoded = [sounds.encoded(sounds.OGG_VORBIS, 1.0 + index / 10) for index in range(8)]
    lengths: dict[int, float] = {}
    done = threading.Event()

    def decode(index: int) -> None:
        with av.open(Trickle(encoded[index], Flag()), "r") as container:
            samples = sum(frame.samples / frame.sample_rate for frame in container.decode(audio=0))
        lengths[index] = samples
        if len(lengths) == len(encoded):
            done.set()

    for index in range(len(encoded)):
        worker.spawn(lambda index=index: decode(index))  # type: ignore[misc]
    assert done.wait(PATIENCE_S)
    assert [lengths[index] for index in range(8)] == [pytest.approx(1.0 + index / 10, abs=0.05) for index in range(8)]


def test_a_callback_that_fails_is_logged_and_ends_nothing(worker: Worker, caplog: pytest.LogCaptureFixture) -> None:
    ended = threading.Event()
    worker.call(lambda: 1 / 0)
    worker.call(ended.set)
    assert ended.wait(PATIENCE_S)
    assert "ZeroDivisionError" in caplog.text


def test_what_would_end_the_thread_ends_no_other_work_on_it(worker: Worker, caplog: pytest.LogCaptureFixture) -> None:
    flag, ended, called = Flag(), threading.Event(), threading.Event()

    def wait() -> None:
        flag.wait()
        ended.set()

    worker.spawn(wait)
    worker.spawn(sys.exit)
    worker.call(sys.exit)
    worker.call(called.set)
    assert called.wait(PATIENCE_S)
    flag.set()
    assert ended.wait(PATIENCE_S)
    assert caplog.text.count("the worker continues") == 2


def test_a_fiber_that_finds_all_it_needs_at_once_gives_way_to_the_others(worker: Worker) -> None:
    others_turn, ended = threading.Event(), threading.Event()

    def never_wait() -> None:
        while not others_turn.is_set():
            give_way()
        ended.set()

    worker.spawn(never_wait)
    worker.call(others_turn.set)
    assert ended.wait(PATIENCE_S)


def test_there_is_nothing_to_give_way_to_in_a_plain_thread() -> None:
    give_way()


def test_a_closed_worker_takes_no_more_and_closing_twice_is_no_fault(worker: Worker) -> None:
    flag = Flag()

    def wait() -> None:
        flag.wait(PATIENCE_S)

    worker.spawn(wait)
    worker.close()
    worker.call(lambda: 1 / 0)
    flag.set()
    worker.close()


def test_there_is_no_fiber_in_a_plain_thread() -> None:
    assert current_fiber() is None


def test_stations_are_spread_evenly_over_the_workers() -> None:
    engine = Engine(3)
    taken = [engine.take() for _ in range(9)]
    assert all(taken.count(worker) == 3 for worker in taken)
    engine.give_back(taken[4])
    assert engine.take() is taken[4]
    engine.close()
