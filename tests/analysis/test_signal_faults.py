"""Faults of the channels: what counts as one, and when it begins and ends."""

from __future__ import annotations

import pytest

from genred.analysis.estimate import Signal
from genred.analysis.signal_faults import FaultWatch, Finding, SignalFault, find_faults
from genred.config.schema import AnalysisConfig, SignalConfig

CONFIG = AnalysisConfig()
NONE = dict.fromkeys(SignalFault)
LEVEL = (-20.0, -20.0)
SOUND = Signal(LEVEL, (0.0, 0.0), correlation=0.8)


@pytest.mark.parametrize(
    ("signal", "found"),
    [
        (SOUND, {}),
        (Signal((-20.0,), (0.0,)), {}),
        (Signal((-20.0,), (-0.1,)), {SignalFault.DC_OFFSET: Finding(1, -0.1)}),
        (Signal(LEVEL, (0.001, 0.3)), {SignalFault.DC_OFFSET: Finding(2, 0.3)}),
        (Signal(LEVEL, (0.015, -0.015)), {}),
        (Signal(LEVEL, (0.0, 0.0), -0.9, taken=1), {SignalFault.INVERTED_CHANNEL: Finding(2, -0.9)}),
        (Signal((-20.0, -40.0), (0.0, 0.0)), {SignalFault.IMBALANCE: Finding(2, 20.0)}),
        (Signal((-35.0, -20.0), (0.0, 0.0)), {SignalFault.IMBALANCE: Finding(1, 15.0)}),
        (Signal((-20.0, -28.0), (0.0, 0.0)), {}),
        (Signal((-120.0, -20.0), (0.0, 0.0)), {SignalFault.DEAD_CHANNEL: Finding(1, -120.0)}),
        (Signal((-58.0, -62.0), (0.0, 0.0)), {}),
        (Signal((-20.0, -20.0, -18.0, -120.0, -70.0, -120.0), (0.0,) * 6), {}),
        (
            Signal((-20.0, -120.0), (0.0, 0.1)),
            {SignalFault.DEAD_CHANNEL: Finding(2, -120.0), SignalFault.DC_OFFSET: Finding(2, 0.1)},
        ),
    ],
)
def test_each_fault_is_found_for_itself(signal: Signal, found: dict[SignalFault, Finding]) -> None:
    assert find_faults(signal, CONFIG) == NONE | found


def test_silence_says_nothing_of_balance_and_phase() -> None:
    found = find_faults(Signal((-70.0, -120.0), (0.2, 0.0), -1.0, taken=0), CONFIG)
    assert found == {SignalFault.DC_OFFSET: Finding(1, 0.2)}


def test_thresholds_are_the_configured_ones() -> None:
    config = AnalysisConfig(signal=SignalConfig(imbalance_db=30.0, dc_offset=0.5))
    assert find_faults(Signal((-20.0, -40.0), (0.3, 0.0)), config) == NONE


def test_a_fault_begins_and_ends_after_its_time() -> None:
    watch = FaultWatch(AnalysisConfig(signal=SignalConfig(start_s=5.0, end_s=2.0)))
    dead = Signal((-20.0, -120.0), (0.0, 0.0))
    assert [change for _ in range(4) for change in watch.update(dead, 1.0)] == []
    (began,) = watch.update(dead, 1.0)
    assert (began.fault, began.finding, began.lasted_s) == (SignalFault.DEAD_CHANNEL, Finding(2, -120.0), 5.0)
    assert watch.faults == (SignalFault.DEAD_CHANNEL,)
    assert watch.update(SOUND, 1.0) == []
    (ended,) = watch.update(SOUND, 1.0)
    assert (ended.fault, ended.finding, ended.lasted_s) == (SignalFault.DEAD_CHANNEL, None, 2.0)
    assert not watch.faults


def test_dead_air_does_not_end_a_fault_of_the_balance() -> None:
    watch = FaultWatch(AnalysisConfig(signal=SignalConfig(start_s=1.0, end_s=1.0)))
    watch.update(Signal((-20.0, -120.0), (0.0, 0.0)), 1.0)
    for _ in range(10):
        assert watch.update(Signal((-120.0, -120.0), (0.0, 0.0)), 1.0) == []
    assert watch.faults == (SignalFault.DEAD_CHANNEL,)


def test_a_reset_forgets_all() -> None:
    watch = FaultWatch(AnalysisConfig(signal=SignalConfig(start_s=2.0)))
    offset = Signal((-20.0,), (0.3,))
    watch.update(offset, 1.0)
    watch.reset()
    assert watch.update(offset, 1.0) == []
    watch.update(offset, 1.0)
    watch.reset()
    assert watch.faults == ()
