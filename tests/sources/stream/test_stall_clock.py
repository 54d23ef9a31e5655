from __future__ import annotations

from types import SimpleNamespace

import pytest

from genred.cause import Cause
from genred.errors import SourceError
from genred.sources.stream import stall_clock
from genred.sources.stream.stall_clock import MOST_UNHEARD_BYTES, StallClock


@pytest.fixture
def now(monkeypatch: pytest.MonkeyPatch) -> SimpleNamespace:
    time = SimpleNamespace(s=100.0)
    monkeypatch.setattr(stall_clock, "time", SimpleNamespace(monotonic=lambda: time.s))
    return time


@pytest.fixture
def clock(now: SimpleNamespace) -> StallClock:
    return StallClock("it", 10.0)


def assert_stalled(clock: StallClock, size: int, emptied_at: float) -> None:
    with pytest.raises(SourceError, match="it: no audio for 10 s") as raised:
        clock.read(size, emptied_at)
    assert raised.value.cause is Cause.STALLED


def test_bytes_without_audio_are_a_stall_once_the_time_is_over(clock: StallClock, now: SimpleNamespace) -> None:
    for second in range(10):
        now.s = 100.0 + second
        clock.read(1, now.s)
    now.s = 110.1
    clock.read(1, 110.1)
    now.s = 110.2
    assert_stalled(clock, 1, 110.2)


def test_what_lay_here_while_nobody_looked_is_read_before_it_is_judged(clock: StallClock, now: SimpleNamespace) -> None:
    now.s = 130.0
    for _ in range(5):
        clock.read(16_384, 101.0)
    clock.hear()
    assert clock.deadline() == 140.0
    now.s = 140.1
    clock.read(16_384, 139.0)
    assert_stalled(clock, 16_384, 140.1)


def test_a_server_that_sends_without_end_does_not_have_its_way_for_ever(
    clock: StallClock, now: SimpleNamespace
) -> None:
    now.s = 130.0
    for _ in range(MOST_UNHEARD_BYTES // 65_536):
        clock.read(65_536, 101.0)
    assert_stalled(clock, 1, 101.0)
