from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from genred.cause import Cause
from genred.stations.playout import Playout, Span, joined

LOST, LATE, OVERRUN = Cause.LOST, Cause.LATE, Cause.OVERRUN


def spans(playout: Playout) -> list[tuple[float, float, Cause | None]]:
    return [(span.started_at, span.ended_at, span.cause) for span in playout.take(1_000.0)]


@pytest.fixture
def playout() -> Playout:
    """Audio from 0 to 4, a hole of 2, audio to 10."""
    playout = Playout(0.0)
    for seconds, cause in ((3.0, None), (1.0, None), (2.0, LOST), (4.0, None)):
        playout.append(seconds, cause)
    return playout


def test_spans_of_one_kind_are_one(playout: Playout) -> None:
    assert spans(playout) == [(0, 4, None), (4, 6, LOST), (6, 10, None)]


def test_what_is_inserted_moves_what_follows(playout: Playout) -> None:
    playout.insert(2.0, 5.0, LATE)
    assert playout.ended_at == 15.0
    assert spans(playout) == [
        (0.0, 2.0, None),
        (2.0, 7.0, LATE),
        (7.0, 9.0, None),
        (9.0, 11.0, LOST),
        (11.0, 15.0, None),
    ]


def test_audio_is_marked_and_what_is_missing_keeps_its_cause(playout: Playout) -> None:
    playout.mark(3.0, 7.0, OVERRUN)
    assert spans(playout) == [
        (0.0, 3.0, None),
        (3.0, 4.0, OVERRUN),
        (4.0, 6.0, LOST),
        (6.0, 7.0, OVERRUN),
        (7.0, 10.0, None),
    ]


def test_a_cut_gives_the_audio_behind_it(playout: Playout) -> None:
    assert playout.cut(3.0) == [Span(3.0, 4.0), Span(6.0, 10.0)]
    assert playout.cut(5.0) == []
    assert playout.ended_at == 3.0


def test_what_is_missing_is_taken_as_a_whole_only(playout: Playout) -> None:
    assert list(playout.take(1.0)) == [Span(0.0, 1.0)]
    assert list(playout.take(5.0)) == [Span(1.0, 4.0)]
    assert list(playout.take(7.0)) == [Span(4.0, 6.0, LOST), Span(6.0, 7.0)]


def test_audio_is_measured_over_what_is_missing(playout: Playout) -> None:
    assert playout.audio_s(3.0, 8.0) == 3.0
    assert playout.audio_before_end(4.0) == 6.0
    assert playout.audio_before_end(5.0) == 3.0
    assert playout.audio_before_end(0.0) == playout.ended_at
    assert playout.audio_after(3.0, 1.0) == 4.0
    assert playout.audio_after(3.0, 3.0) == 8.0
    assert playout.audio_after(4.0, 0.0) == 6.0


def test_a_span_without_others_is_what_they_leave_of_it() -> None:
    others = [Span(-1.0, 1.0), Span(2.0, 3.0), Span(9.0, 12.0)]
    assert list(Span(0.0, 10.0, LOST).without(others)) == [Span(1.0, 2.0, LOST), Span(3.0, 9.0, LOST)]
    assert list(Span(2.0, 3.0, LOST).without(others)) == []
    assert list(Span(4.0, 5.0, LOST).without([])) == [Span(4.0, 5.0, LOST)]


@given(st.integers(0, 20), st.integers(1, 20), st.lists(st.tuples(st.integers(0, 40), st.integers(1, 10)), max_size=5))
def test_a_span_and_what_others_leave_of_it_are_the_same_seconds(
    started_at: int, seconds: int, others: list[tuple[int, int]]
) -> None:
    spans = joined(Span(start, start + length) for start, length in others)
    left = list(Span(started_at, started_at + seconds, LOST).without(spans))
    covered = {second for span in spans for second in range(int(span.started_at), int(span.ended_at))}
    assert [second for span in left for second in range(int(span.started_at), int(span.ended_at))] == [
        second for second in range(started_at, started_at + seconds) if second not in covered
    ]


def test_spans_that_overlap_are_joined() -> None:
    assert joined([Span(4.0, 6.0), Span(0.0, 2.0), Span(2.0, 3.0), Span(5.0, 5.5)]) == [Span(0.0, 3.0), Span(4.0, 6.0)]


times = st.floats(0.0, 50.0)
lengths = st.floats(0.01, 10.0)
changes = st.one_of(
    st.tuples(st.just("append"), lengths, st.sampled_from([None, LOST])),
    st.tuples(st.just("insert"), times, lengths),
    st.tuples(st.just("mark"), times, lengths),
    st.tuples(st.just("cut"), times, st.none()),
    st.tuples(st.just("take"), times, st.none()),
)


@given(st.lists(changes, max_size=30))
def test_spans_follow_each_other_without_a_hole(programme: list[tuple[str, float, object]]) -> None:
    playout, taken = Playout(0.0), list[Span]()
    for change, number, more in programme:
        settled_until = taken[-1].ended_at if taken else 0.0
        at = min(max(number, settled_until), playout.ended_at)
        match change, more:
            case "append", (Cause() | None) as cause:
                playout.append(number, cause)
            case "insert", float() as seconds:
                playout.insert(at, seconds, LATE)
            case "mark", float() as seconds:
                playout.mark(at, at + seconds, OVERRUN)
            case "cut", _:
                playout.cut(at)
            case _:
                taken += playout.take(number)
    taken += playout.take(10_000.0)
    assert all(one.ended_at == pytest.approx(two.started_at) for one, two in pairwise(taken))
    assert all(span.seconds >= 0 for span in taken)
    assert (taken[-1].ended_at if taken else 0.0) == pytest.approx(playout.ended_at)
