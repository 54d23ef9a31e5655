from __future__ import annotations

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from genred.events import Event, TitleChanged
from genred.sources.source import Title
from genred.sources.titles import NO_TITLE
from genred.stations.station_title import LEAST_S, SONGS_A_MINUTE, StationTitle
from tests.stations.virtual import VirtualClock


class Desk:
    """A title, its clock, and what it published."""

    def __init__(self, least_s: float = LEAST_S) -> None:
        self.clock = VirtualClock()
        self.events: list[tuple[float, TitleChanged]] = []
        self.title = StationTitle("fm", self.clock, self._take, least_s=least_s)

    def _take(self, event: Event) -> None:
        assert isinstance(event, TitleChanged)
        self.events.append((self.clock.now, event))

    def announce(self, text: str, *, after_s: float = 10.0) -> bool:
        self.clock.advance(after_s)
        return self.title.change(self.clock.now, Title(text) if text else NO_TITLE)

    def wait(self, seconds: float) -> bool:
        follows = False
        for _ in range(round(2 * seconds)):
            self.clock.advance(0.5)
            follows = self.title.tick(self.clock.now) or follows
        return follows

    @property
    def published(self) -> list[str | None]:
        return [event.title for _, event in self.events]


def test_each_title_is_published_once_with_the_one_before() -> None:
    desk = Desk()
    assert [desk.announce(text) for text in ("One", "One", "Two")] == [False, False, True]
    assert [(event.title, event.previous) for _, event in desk.events] == [("One", None), ("Two", "One")]
    assert desk.title.text == "Two"


def test_an_emptied_title_is_published_as_none_and_the_same_song_after_it_is_no_other() -> None:
    desk = Desk()
    assert [desk.announce(text) for text in ("", "One", "", "One", "", "Two")] == [False] * 5 + [True]
    assert desk.published == ["One", None, "One", None, "Two"]


def test_of_titles_that_come_too_fast_the_last_is_published_soon() -> None:
    desk = Desk()
    desk.announce("One")
    for number in range(20):
        assert not desk.announce(f"Flood {number}", after_s=0.1)
    assert desk.published == ["One"]
    assert desk.title.text == "One"
    assert desk.wait(LEAST_S)
    assert desk.published == ["One", "Flood 19"]
    assert not desk.wait(60.0)
    assert desk.published == ["One", "Flood 19"]


def test_titles_that_change_all_the_time_are_no_songs() -> None:
    desk = Desk()
    songs = [desk.announce(f"{number} listeners", after_s=5.0) for number in range(120)]
    assert 4 <= sum(songs[:12]) <= SONGS_A_MINUTE
    assert sum(songs) <= 10 * SONGS_A_MINUTE
    assert not any(songs[5:12])


def test_a_jingle_and_an_advert_between_two_songs_are_not_too_much() -> None:
    desk = Desk()
    desk.announce("One")
    assert [desk.announce(text, after_s=4.0) for text in ("Jingle", "Advert", "Two")] == [True] * 3


def test_a_held_title_that_is_taken_back_is_never_published() -> None:
    desk = Desk()
    desk.announce("One")
    desk.announce("Two", after_s=0.1)
    desk.announce("One", after_s=0.1)
    desk.wait(10.0)
    assert desk.published == ["One"]


def test_the_end_of_a_session_forgets_what_was_held_and_not_when_it_was_published() -> None:
    desk = Desk()
    desk.announce("One")
    desk.announce("Two", after_s=0.1)
    desk.title.clear()
    assert desk.title.text is None
    desk.announce("Three", after_s=0.1)
    assert desk.published == ["One"]
    assert not desk.wait(LEAST_S)
    assert desk.published == ["One", "Three"]


def test_what_goes_by_faster_than_it_sounds_is_published_whole() -> None:
    desk = Desk(least_s=0.0)
    for text in ("One", "Two", "Three"):
        desk.announce(text, after_s=0.0)
    assert desk.published == ["One", "Two", "Three"]


@given(st.lists(st.tuples(st.sampled_from(["", "a", "b", "c"]), st.floats(0.0, 5.0)), max_size=30))
def test_there_is_a_while_between_two_events_and_the_last_title_wins(programme: list[tuple[str, float]]) -> None:
    desk = Desk()
    for text, after_s in programme:
        desk.announce(text, after_s=after_s)
    desk.wait(2 * LEAST_S)
    times = [at for at, _ in desk.events]
    assert all(after - before >= LEAST_S for before, after in pairwise(times))
    assert desk.title.text == ((programme[-1][0] or None) if programme else None)
