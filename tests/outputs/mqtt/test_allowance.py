"""So many at once, and then so many a second."""

from __future__ import annotations

import pytest

from genred.outputs.mqtt.allowance import Allowance


def test_burst_is_allowed_and_then_the_rate() -> None:
    now_s = 0.0
    allowance = Allowance(3, per_s=2.0, clock=lambda: now_s)
    assert [allowance.take() for _ in range(4)] == [True, True, True, False]
    assert allowance.wait_s() == pytest.approx(0.5)
    now_s = 0.5
    assert allowance.take()
    assert not allowance.take()
    now_s = 1_000.0
    assert [allowance.take() for _ in range(4)] == [True, True, True, False]
