"""The place in a playlist that moves, over refreshes, sessions, restarts and old copies."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from genred.sources.stream.hls_playlist import ByteRange, MediaPlaylist, Part, Segment
from genred.sources.stream.hls_position import LIVE_SEGMENTS, HlsPosition

if TYPE_CHECKING:
    from collections.abc import Callable

SEGMENT_S = 4.0


def address(number: int) -> str:
    return f"seg{number}.ts"


def playlist(
    first: int, last: int, *, named: Callable[[int], str] = address, ended: bool = False, length_s: float = SEGMENT_S
) -> MediaPlaylist:
    """The segments `first` to `last`."""
    parts = [(number, Part(named(number), "http://host/live.m3u8")) for number in range(first, last + 1)]
    return MediaPlaylist(tuple(Segment(number, length_s, part, None) for number, part in parts), SEGMENT_S, ended)


def play(position: HlsPosition, loaded: MediaPlaylist, now: float) -> list[int]:
    new = position.find_new(loaded, now)
    for segment in new.segments:
        position.pass_over(segment)
    return [segment.number for segment in new.segments]


def following(first: int, last: int) -> HlsPosition:
    """A listener at time 0 that heard the end of a playlist."""
    position = HlsPosition()
    position.begin_session()
    play(position, playlist(first, last), 0.0)
    return position


def test_a_live_playlist_is_begun_near_its_end_and_a_finished_one_at_its_beginning() -> None:
    assert play(HlsPosition(), playlist(0, 9), 0.0) == [7, 8, 9]
    assert play(HlsPosition(), playlist(0, 9, ended=True), 0.0) == list(range(10))


def test_what_follows_is_played_once() -> None:
    position = following(0, 9)
    assert play(position, playlist(0, 9), 2.0) == []
    assert play(position, playlist(2, 11), 6.0) == [10, 11]


def test_what_fell_out_of_the_window_is_known_by_its_length() -> None:
    position = following(0, 9)
    new = position.find_new(playlist(13, 18), 36.0)
    assert [segment.number for segment in new.segments] == list(range(13, 19))
    assert new.lost_s == pytest.approx(3 * SEGMENT_S)


def test_a_jump_that_no_time_allows_is_another_numbering_and_no_loss() -> None:
    position = following(0, 9)
    new = position.find_new(playlist(10**17, 10**17 + 5), 6.0)
    assert [segment.number - 10**17 for segment in new.segments] == [3, 4, 5]
    assert new.lost_s == 0.0


@pytest.mark.parametrize("offset", [-90, 10**9])
def test_another_numbering_of_the_same_files_goes_on_behind_the_last(offset: int) -> None:
    position = following(100, 109)

    def renumbered(first: int, last: int) -> MediaPlaylist:
        def named(number: int) -> str:
            return f"/other/seg{number - offset}.ts?token=x"

        return playlist(first + offset, last + offset, named=named)

    played = [
        *play(position, renumbered(101, 110), 4.0),
        *play(position, renumbered(103, 112), 12.0),
    ]
    assert [number - offset for number in played] == [110, 111, 112]


def test_a_server_that_restarts_its_numbering_is_followed_at_once() -> None:
    position = following(50, 59)
    assert play(position, playlist(0, 0), 6.0) == [0]
    assert play(position, playlist(0, 2), 12.0) == [1, 2]


def timed(first: int, last: int, at_s: float, server: str) -> MediaPlaylist:
    """Segments that say when they were made."""
    parts = [(number, Part(f"{server}{number}.ts", "http://host/live.m3u8")) for number in range(first, last + 1)]
    segments = (
        Segment(number, SEGMENT_S, part, None, at_s=at_s + SEGMENT_S * index)
        for index, (number, part) in enumerate(parts)
    )
    return MediaPlaylist(tuple(segments), SEGMENT_S, False)


def test_between_servers_with_other_numbers_and_names_the_time_of_the_programme_tells_the_place() -> None:
    position = HlsPosition()
    play(position, timed(100, 109, at_s=5_000.0, server="a"), 0.0)
    assert play(position, timed(9_000, 9_009, at_s=5_008.1, server="b"), 8.0) == [9_008, 9_009]
    assert play(position, timed(103, 112, at_s=5_012.0, server="a"), 12.0) == [112]


def test_a_window_that_moves_without_numbers_is_followed_by_its_names() -> None:
    position = following(0, 5)
    for moved in (0, 1, 1, 3):
        loaded = playlist(0, 5, named=lambda number, moved=moved: f"seg{number + moved}.ts")  # type: ignore[misc]
        played = play(position, loaded, 4.0 * moved)
        assert [number + moved for number in played] == {0: [], 1: [6], 3: [7, 8]}[moved] or (moved, played) == (1, [])
    position.begin_session()
    assert play(position, playlist(0, 5, named=lambda number: f"seg{number + 90}.ts"), 300.0) == [3, 4, 5]


def test_names_that_change_with_each_refresh_are_nothing_new() -> None:
    position = following(0, 5)
    for token in "abc":
        assert play(position, playlist(0, 5, named=lambda number, token=token: f"{token}{number}.ts"), 2.0) == []  # type: ignore[misc]
    assert play(position, playlist(1, 6, named=lambda number: f"d{number}.ts"), 4.0) == [6]


def test_a_restart_with_other_names_is_seen_at_once() -> None:
    position = following(0, 5)
    assert play(position, playlist(0, 1, named=lambda number: f"new{number}.ts"), 6.0) == [0, 1]


def test_an_old_copy_of_the_playlist_is_not_played_again() -> None:
    position = following(0, 9)
    for at in range(1, 8):
        assert play(position, playlist(0, 7), 2.0 * at) == []
    assert play(position, playlist(3, 12), 18.0) == [10, 11, 12]


def test_a_new_session_goes_on_where_the_last_one_ended() -> None:
    position = following(0, 9)
    position.begin_session()
    assert play(position, playlist(5, 14), 20.0) == list(range(10, 15))


def test_a_new_session_long_after_the_last_one_begins_near_the_end() -> None:
    position = following(0, 9)
    position.begin_session()
    new = position.find_new(playlist(0, 99), 360.0)
    assert [segment.number for segment in new.segments] == [97, 98, 99]
    assert new.lost_s == 0.0


def test_a_server_that_began_anew_between_two_sessions_is_followed_at_once() -> None:
    position = following(50, 59)
    position.begin_session()
    assert play(position, playlist(0, 4), 600.0) == [2, 3, 4]


def test_a_finished_programme_is_played_again_and_a_live_one_that_ended_is_not() -> None:
    finished = HlsPosition()
    for _ in range(2):
        finished.begin_session()
        assert play(finished, playlist(0, 4, ended=True), 0.0) == list(range(5))
    live = following(0, 9)
    assert play(live, playlist(2, 11, ended=True), 8.0) == [10, 11]
    live.begin_session()
    assert play(live, playlist(2, 11, ended=True), 12.0) == []
    live.begin_session()
    assert play(live, playlist(0, 3, ended=True), 600.0) == list(range(4))


def test_ranges_of_one_file_are_told_apart() -> None:
    def ranges(first: int, last: int) -> MediaPlaylist:
        parts = [Part("all.ts", "http://host/", ByteRange(100 * number, 100)) for number in range(first, last + 1)]
        return MediaPlaylist(tuple(Segment(n, 4.0, part, None) for n, part in enumerate(parts, first)), 4.0, False)

    position = HlsPosition()
    assert play(position, ranges(0, 4), 0.0) == [2, 3, 4]
    assert play(position, ranges(1, 5), 4.0) == [5]


def test_an_empty_playlist_changes_nothing() -> None:
    position = following(0, 9)
    assert play(position, MediaPlaylist((), SEGMENT_S, False), 4.0) == []
    assert play(position, playlist(1, 10), 8.0) == [10]


@settings(max_examples=200, deadline=None)
@given(
    window=st.integers(LIVE_SEGMENTS, 12),
    waits_s=st.lists(st.floats(0.0, 120.0), max_size=20),
    ages=st.lists(st.integers(0, 2), min_size=20, max_size=20),
    sessions=st.sets(st.integers(0, 20)),
)
def test_every_segment_is_heard_once_or_known_to_be_lost(
    window: int, waits_s: list[float], ages: list[int], sessions: set[int]
) -> None:
    """Refreshes at any times, some from a cache, some in a new session."""
    position = HlsPosition()
    position.begin_session()
    heard = play(position, playlist(0, window - 1), 0.0)
    now, lost_s, breaks = 0.0, 0.0, 0
    for index, wait_s in enumerate(waits_s):
        now += wait_s
        newest = window - 1 + int(now / SEGMENT_S) - ages[index]
        before = heard[-1]
        if begins := index in sessions:
            position.begin_session()
        new = position.find_new(playlist(max(0, newest - window + 1), newest), now)
        for segment in new.segments:
            position.pass_over(segment)
        numbers = [segment.number for segment in new.segments]
        heard += numbers
        lost_s += new.lost_s
        if begins and numbers:
            breaks += numbers[0] - before - 1
    assert heard == sorted(set(heard))
    missing = heard[-1] - heard[0] + 1 - len(heard)
    assert missing * SEGMENT_S == pytest.approx(lost_s + breaks * SEGMENT_S)
