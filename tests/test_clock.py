"""The two clocks: instants of one event are as far apart on the one as on the other, also on a busy machine."""

from __future__ import annotations

from datetime import UTC, datetime
from types import SimpleNamespace
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from genred import clock as clock_module
from genred.clock import SystemClock
from tests.stations.virtual import VirtualClock

if TYPE_CHECKING:
    from datetime import tzinfo


class Machine:
    """A machine of one time, on which a thread is held up after a look at the wall clock.

    Args:
        held_up_s: For how long, look by look; 0 after the last.
    """

    def __init__(self, *held_up_s: float) -> None:
        self._held_up_s = [*held_up_s]
        self.now_s = 1000.0

    def look(self, zone: tzinfo) -> datetime:
        seen = datetime.fromtimestamp(self.now_s, zone)
        self.now_s += self._held_up_s.pop(0) if self._held_up_s else 0.0
        return seen


@given(st.floats(0, 1e6), st.floats(0, 1e6))
def test_instants_on_one_clock_are_as_far_apart_as_on_the_monotonic_one(at: float, other: float) -> None:
    now = VirtualClock().moment(at)
    then = now.on_this_clock(other)
    assert (now.utc - then.utc).total_seconds() == pytest.approx(at - other, abs=2e-6)
    assert (then.run, then.monotonic_s) == (now.run, other)


@pytest.mark.parametrize("held_up_s", [(), (0.02,), (5.0, 0.3, 0.02)])
def test_a_thread_that_is_held_up_between_the_clocks_looks_again(
    monkeypatch: pytest.MonkeyPatch, held_up_s: tuple[float, ...]
) -> None:
    machine = Machine(*held_up_s)
    monkeypatch.setattr(clock_module, "time", SimpleNamespace(monotonic=lambda: machine.now_s))
    monkeypatch.setattr(clock_module, "datetime", SimpleNamespace(now=machine.look))
    assert SystemClock().moment(1000.0).utc == datetime.fromtimestamp(1000.0, UTC)
