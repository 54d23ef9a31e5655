from __future__ import annotations

import pytest

from genred.sources.stream.advance import Advance


def test_a_segment_that_is_read_at_once_is_early_and_not_late() -> None:
    advance = Advance(0.0)
    for segment in range(20):
        advance.wait_ended(6.0 * segment + 0.5)
        assert {advance.give(0.2, 6.0 * segment + 0.5 + 0.01 * block) for block in range(30)} == {0.0}


def test_a_server_that_sends_late_makes_no_machine_late() -> None:
    advance = Advance(0.0)
    for segment in range(20):
        advance.wait_ended(9.0 * segment)
        assert advance.give(6.0, 9.0 * segment + 0.1) == 0.0


def test_a_machine_that_is_slower_than_time_is_late_once_what_was_sent_in_advance_is_used_up() -> None:
    advance = Advance(0.0)
    late_s = []
    now = 0.0
    for _ in range(10):
        advance.wait_ended(now)
        now += 9.0
        late_s.append(advance.give(6.0, now))
    assert late_s == pytest.approx([3.0 * number for number in range(1, 11)])
    advance.catch_up()
    advance.wait_ended(now)
    assert advance.give(6.0, now + 6.5) == pytest.approx(0.5)


def test_what_is_read_next_waits_as_time_passes() -> None:
    advance = Advance(0.0)
    advance.give(6.0, 1.0)
    assert [advance.late_s(now) for now in (1.0, 6.0, 7.5)] == pytest.approx([0.0, 0.0, 1.5])


def test_what_is_ahead_is_used_up_before_the_machine_is_late() -> None:
    advance = Advance(0.0)
    assert advance.give(18.0, 0.3) == 0.0
    assert advance.give(6.0, 20.0) == 0.0
    assert advance.give(6.0, 31.0) == pytest.approx(1.0)
