"""Windows packed and unpacked are the same, in memory that hardly grows."""

from __future__ import annotations

import numpy as np
import pytest

from genred.analysis.estimate import Estimate, Level, State
from genred.archive.windows import WindowsWriter, unpacked
from tests.memory import peak_bytes

LABELS = 11


def window(index: int) -> Estimate:
    silent = index % 50 > 45
    shares = np.random.default_rng(index).dirichlet(np.ones(LABELS)).astype(np.float32)
    return Estimate(
        position_s=5.0 + index * 22_016 / 22_050,
        state=State.SILENCE if silent else State.UNCERTAIN,
        genre=None,
        confidence=0.0,
        probabilities=(),
        window_probabilities=None if silent else tuple(float(share) for share in shares),
        level=Level(-20.5, -20.5, 0.0),
        is_low=index % 50 > 40,
        changed_steps=index % 5,
        evidence=0.8,
    )


@pytest.mark.parametrize("count", [0, 1, 599, 600, 601, 1_500])
def test_windows_come_out_as_they_went_in(count: int) -> None:
    writer = WindowsWriter(LABELS)
    for index in range(count):
        writer.add(window(index))
    found = list(unpacked(writer.packed(), LABELS))
    assert len(found) == count
    for index, one in enumerate(found):
        expected = window(index)
        assert one.end_s == pytest.approx(expected.position_s, abs=1e-4)
        assert one.estimate.window_probabilities == expected.window_probabilities
        assert (one.estimate.state, one.estimate.is_low, one.estimate.changed_steps, one.estimate.evidence) == (
            (expected.state, expected.is_low, expected.changed_steps, expected.evidence)
        )


def test_windows_of_another_network_are_refused() -> None:
    writer = WindowsWriter(LABELS)
    writer.add(window(0))
    with pytest.raises(ValueError, match="so many labels"):
        list(unpacked(writer.packed(), 3))


def test_hours_take_little_more_memory_than_minutes() -> None:
    same = window(1)

    def peak(count: int) -> int:
        def pack_and_unpack() -> None:
            writer = WindowsWriter(LABELS)
            for _ in range(count):
                writer.add(same)
            for _ in unpacked(writer.packed(), LABELS):
                pass

        return peak_bytes(pack_and_unpack)

    peak(10)
    assert peak(3 * 3_600) - peak(600) < 100_000
