from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import msgspec
import pytest

from genred.reports import wording
from genred.reports.html import to_html
from genred.reports.json import to_json
from genred.reports.report import StationRows, report_of
from tests.reports.material import LONG_DAY, long_day, october
from tests.reports.page import Page
from tests.reports.programme import BERLIN
from tests.reports.rows import entry, tiled

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from genred.reports.figures import Report

HOSTILE = "<script>alert(1)</script>\"'><img src=x onerror=alert(1)>{{ 7*7 }}\x1b[31m\u202e]]>&"
AFTERWARDS = datetime(2026, 12, 1, tzinfo=UTC)


def numbers_of(value: Any) -> Iterator[float]:
    if isinstance(value, dict):
        value = list(value.values())
    if isinstance(value, list):
        for item in value:
            yield from numbers_of(item)
    elif isinstance(value, int | float):
        yield float(value)


def texts_of(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        value = list(value.values())
    if isinstance(value, list):
        for item in value:
            yield from texts_of(item)
    elif isinstance(value, str):
        yield value


@pytest.mark.parametrize("made", [october, long_day])
def test_every_number_and_time_of_the_page_is_one_of_the_json(made: Callable[[], Report]) -> None:
    page = Page(to_html(made(), BERLIN))
    figures = msgspec.json.decode(to_json(made()))
    # The clock's empty places are shares of 0 that JSON leaves out.
    known = {*numbers_of(figures), 0.0}
    assert {value for value, _ in page.values if float(value) not in known} == set()
    times = {datetime.fromisoformat(text) for text in texts_of(figures) if re.fullmatch(r"\d{4}-.*T.*Z", text)}
    assert {at for at in page.times if datetime.fromisoformat(at) not in times} == set()
    assert len(page.values) > 250


def test_every_share_of_the_json_is_in_the_page_as_it_is_written_there() -> None:
    values = Page(to_html(october(), BERLIN)).values
    for station in october().stations:
        for share in station.shares:
            assert (str(share.share), wording.share(share.share)) in values
            assert (str(share.seconds), wording.duration(share.seconds)) in values
        for silence in station.dead_air.longest:
            assert (str(silence.seconds), wording.duration(silence.seconds)) in values
        for title in station.titles.most_played:
            assert (str(title.plays), wording.number(title.plays)) in values


def test_a_page_needs_nothing_else_and_no_script() -> None:
    text = to_html(october(), BERLIN)
    page = Page(text)
    assert not {"script", "link", "iframe", "object", "img"} & set(page.tags)
    assert page.handlers == []
    assert all(reference.startswith("#") for reference in page.references)
    assert re.findall(r"url\((?!#)", text) == []
    assert "@import" not in text


def test_what_comes_from_outside_is_text() -> None:
    at = LONG_DAY.since
    rows = [
        entry(at, 60, "jazz", title=HOSTILE, artist=HOSTILE),
        entry(at + timedelta(seconds=60), 60, f"genre {HOSTILE}", title="x" * 5_000),
    ]
    text = to_html(report_of([StationRows("one", HOSTILE, rows, rows)], LONG_DAY, AFTERWARDS), BERLIN)
    page = Page(text)
    assert not {"script", "img"} & set(page.tags)
    assert page.handlers == []
    assert "<script>alert(1)</script>" in page.text
    assert "{{ 7*7 }}" in page.text
    assert "\x1b" not in text
    assert "\u202e" not in text
    assert "x" * 201 not in text


def test_a_station_of_silence_alone_has_a_page() -> None:
    rows = tiled((3_600, "silence"), since=LONG_DAY.since)
    page = Page(to_html(report_of([StationRows("one", "One", rows, [])], LONG_DAY, AFTERWARDS), BERLIN))
    assert "no music" in page.text
    assert "1 h" in page.text


def test_tables_have_headers_and_pictures_have_words() -> None:
    text = to_html(october(), BERLIN)
    assert text.count("<table") == text.count("<thead>")
    assert 'scope="col"' in text
    assert 'scope="row"' in text
    for picture in re.findall(r'<svg[^>]*role="img"[^>]*>', text):
        assert re.search(r'aria-label="[^"]{5,}"', picture), picture


def test_the_hour_that_clocks_repeat_is_named() -> None:
    page = Page(to_html(long_day(), BERLIN))
    assert "02:00again" in page.text


def test_without_a_period_before_no_change_is_shown() -> None:
    rows = tiled((3_600, "jazz"), (60, "silence"), since=LONG_DAY.since)
    page = Page(to_html(report_of([StationRows("one", "One", rows, [])], LONG_DAY, AFTERWARDS), BERLIN))
    assert "The log has nothing for the previous period, Sat 24 Oct 2026" in page.text
    assert not {"▲", "▼", "±"} & set(page.text)
