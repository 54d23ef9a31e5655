"""Where in a file its channels are faulty."""

from __future__ import annotations

from dataclasses import replace

import pytest

from genred.analysis.estimate import Signal
from genred.classification.fault_spans import FaultSpan, FaultSpans
from tests.classification.estimates import estimate

SOUND = Signal((-20.0, -20.0), (0.0, 0.0), correlation=0.8)
DEAD = Signal((-20.0, -120.0), (0.0, 0.0))


def found(dead_until_s: int, length_s: int) -> list[FaultSpan]:
    spans = FaultSpans(1.0)
    for end_s in range(5, length_s + 1):
        signal = DEAD if end_s <= dead_until_s else SOUND
        spans.add(replace(estimate(float(end_s), 0.9), signal=signal))
    return spans.result()


@pytest.mark.parametrize("sound_s", [1, 3, 4])
def test_a_fault_begins_where_it_begins_also_within_the_first_window(sound_s: int) -> None:
    spans = FaultSpans(1.0)
    first = (*[SOUND] * sound_s, *[DEAD] * (4 - sound_s))
    spans.add(replace(estimate(5.0, 0.9), signal=DEAD, earlier_signals=first))
    for end_s in range(6, 61):
        spans.add(replace(estimate(float(end_s), 0.9), signal=DEAD))
    (span,) = spans.result()
    assert (span.start_s, span.end_s) == (float(sound_s), 60.0)


@pytest.mark.parametrize("length_s", [52, 55, 60, 200])
def test_a_fault_ends_where_it_ended_however_soon_the_file_does(length_s: int) -> None:
    (span,) = found(52, length_s)
    assert (span.fault, span.channel) == ("dead_channel", 2)
    assert (span.start_s, span.end_s) == (0.0, 52.0)
