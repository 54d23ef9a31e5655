"""Levels in dB under full scale, and the gate that tells dead air from a pause."""

from __future__ import annotations

import numpy as np
import pytest

from genred.analysis.estimate import Level
from genred.analysis.level import FLOOR_DBFS, SilenceGate, measure_level
from genred.config.schema import SilenceConfig

LOUD, LOW = Level(-20, -3, 0), Level(-80, -70, 0)


def test_a_full_scale_square_wave_is_0_dbfs_and_wholly_clipped() -> None:
    level = measure_level(np.tile(np.array([1, -1], np.float32), 500))
    assert level.rms_dbfs == pytest.approx(0)
    assert level.peak_dbfs == pytest.approx(0)
    assert level.clipped_share == 1.0


def test_a_sine_at_a_tenth_is_minus_23_dbfs() -> None:
    level = measure_level((0.1 * np.sin(np.arange(22_050) * 0.1)).astype(np.float32))
    assert level.rms_dbfs == pytest.approx(-23.01, abs=0.05)
    assert level.peak_dbfs == pytest.approx(-20, abs=0.05)
    assert level.clipped_share == 0


def test_digital_silence_has_the_floor_as_its_level() -> None:
    level = measure_level(np.zeros(100, np.float32))
    assert level == Level(FLOOR_DBFS, FLOOR_DBFS, 0.0)


def test_16_bit_full_scale_counts_as_clipped() -> None:
    assert measure_level(np.full(10, 32_767 / 32_768, np.float32)).clipped_share == 1.0


def test_silence_begins_after_its_time_and_ends_after_its_time() -> None:
    gate = SilenceGate(SilenceConfig(level_dbfs=-60, start_s=5, end_s=2))
    assert [gate.update(LOW, 1.0) for _ in range(6)] == [False] * 4 + [True] * 2
    assert [gate.update(LOUD, 1.0) for _ in range(3)] == [True, False, False]


def test_a_pause_between_songs_is_no_dead_air() -> None:
    gate = SilenceGate(SilenceConfig(start_s=5))
    for _ in range(10):
        assert not any(gate.update(LOW, 1.0) for _ in range(4))
        assert not gate.update(LOUD, 1.0)


def test_a_click_does_not_end_dead_air() -> None:
    gate = SilenceGate(SilenceConfig(start_s=2, end_s=3))
    gate.update(LOW, 2.0)
    assert gate.update(LOUD, 1.0)
    assert gate.update(LOW, 1.0)
    assert gate.update(LOUD, 1.0)
    assert gate.update(LOUD, 1.0)
    assert not gate.update(LOUD, 1.0)


def test_steps_of_whole_hops_count_as_the_seconds_they_stand_for() -> None:
    gate = SilenceGate(SilenceConfig(start_s=5))
    assert [gate.update(LOW, 43 * 512 / 22_050) for _ in range(5)] == [False] * 4 + [True]
