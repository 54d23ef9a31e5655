from __future__ import annotations

import pytest

from genred.sources.source import Title
from genred.sources.stream.stream_titles import StreamTitles
from genred.sources.title_encoding import TitleDecoder
from genred.sources.titles import NO_TITLE
from tests.sources.hostile import icy_block


def titles_of(station: str = "", *, wanted: bool = True) -> StreamTitles:
    return StreamTitles(station, TitleDecoder(), wanted=wanted)


def block(text: str) -> bytes:
    return icy_block(text.encode())[1:]


def test_each_title_is_given_once_and_an_emptied_one_too() -> None:
    titles = titles_of()
    given = []
    for text in ("", "One", "One", "", " - ", "Two"):
        titles.take_blocks([block(text)])
        given += [*titles.new(), *titles.new()]
    assert given == [Title("One"), NO_TITLE, Title("Two")]


def test_of_titles_that_come_together_the_last_is_given() -> None:
    titles = titles_of()
    titles.take_blocks([block("One"), block("Two")])
    titles.take_blocks([])
    assert list(titles.new()) == [Title("Two")]


def test_titles_that_nobody_wants_are_not_given() -> None:
    titles = titles_of(wanted=False)
    titles.take_blocks([block("One")])
    titles.take_comments(Title("Two"), is_link=True)
    assert list(titles.new()) == []


def test_a_link_of_a_chain_without_a_title_has_none() -> None:
    titles = titles_of()
    titles.take_comments(Title("One"), is_link=True)
    assert list(titles.new()) == [Title("One")]
    titles.take_comments(None, is_link=True)
    assert list(titles.new()) == [NO_TITLE]
    titles.take_comments(Title("Two"), is_link=False)
    assert list(titles.new()) == [Title("Two")]
    titles.take_comments(None, is_link=False)
    assert list(titles.new()) == []


@pytest.mark.parametrize(
    ("written", "name"),
    [
        ("Test FM", "Test FM"),
        ("  ", None),
        ("Radio &amp; more\x1b[31m", "Radio & more [31m"),
        ("Rádio".encode().decode("latin-1"), "Rádio"),
        ("Rádio", "Rádio"),
        ("Радио Луч".encode("cp1251").decode("latin-1"), "Радио Луч"),
    ],
)
def test_what_a_station_calls_itself_is_clean(written: str, name: str | None) -> None:
    assert titles_of(written).station == name


def test_a_stations_name_has_no_artist() -> None:
    titles = titles_of("The Beat - Number One")
    titles.take_blocks([block("The Beat - Number One")])
    assert list(titles.new()) == [Title("The Beat - Number One")]
