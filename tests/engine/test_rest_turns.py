from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from genred.engine.rest_turns import AT_WORK_S, GONE_AFTER_S, RestTurns


def work(turns: RestTurns, stations: range, share: float, seconds: int, begin: int = 0) -> tuple[list[int], list[int]]:
    """Lets seconds pass. Gives how long each has worked, and how many rested at once."""
    worked, at_once = [0] * len(stations), []
    for now in range(begin + 1, begin + 1 + seconds):
        resting = [turns.rests(index, now) for index in stations]
        worked = [count + (not rests) for count, rests in zip(worked, resting, strict=True)]
        at_once.append(sum(resting))
        turns.arrange(share, now)
    return worked, at_once


@settings(deadline=None, max_examples=30)
@given(st.integers(2, 120), st.integers(1, 7))
def test_all_work_for_as_long_as_each_other_and_as_many_at_once(stations: int, eighths: int) -> None:
    worked, at_once = work(RestTurns(0.0), range(stations), eighths / 8, 400)
    assert set(at_once[1:]) == {round(stations * eighths / 8)}
    assert max(worked) - min(worked) <= 2 * AT_WORK_S


@settings(deadline=None, max_examples=20)
@given(st.lists(st.tuples(st.integers(0, 7), st.integers(1, 30)), min_size=5, max_size=60))
def test_that_holds_for_any_shares_that_follow_each_other(shares: list[tuple[int, int]]) -> None:
    turns, now, total = RestTurns(0.0), 0, [0] * 40
    for eighths, seconds in shares:
        worked, _ = work(turns, range(40), eighths / 8, seconds, now)
        total = [before + more for before, more in zip(total, worked, strict=True)]
        now += seconds
    assert max(total) - min(total) <= 2 * AT_WORK_S


def test_each_works_for_a_while_before_it_rests_again() -> None:
    turns = RestTurns(0.0)
    work(turns, range(40), 0.25, 100)
    begun: dict[int, int] = {}
    stints, rested = [], set[int]()
    for now in range(101, 400):
        for index in range(40):
            if turns.rests(index, now):
                if index in begun:
                    stints.append(now - begun.pop(index))
                rested.add(index)
            elif index in rested:
                rested.remove(index)
                begun[index] = now
        turns.arrange(0.25, now)
    assert min(stints) >= AT_WORK_S / 2
    assert sum(stints) / len(stints) >= 0.9 * AT_WORK_S


def test_nobody_rests_when_all_may_work() -> None:
    turns = RestTurns(0.0)
    work(turns, range(10), 0.5, 30)
    _, at_once = work(turns, range(10), 0.0, 10, 30)
    assert at_once[1:] == [0] * 9


def test_who_is_gone_takes_no_turn_and_who_comes_is_not_before_the_others() -> None:
    turns = RestTurns(0.0)
    work(turns, range(10), 0.5, 100)
    later = 100 + round(GONE_AFTER_S) + 1
    worked, at_once = work(turns, range(5, 15), 0.5, 200, later)
    assert set(at_once[1:]) == {5}
    assert max(worked) - min(worked) <= 2 * AT_WORK_S
