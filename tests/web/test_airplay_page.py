"""The page of a day: what it shows, what it refuses, and that it runs nothing of what was on air."""

from __future__ import annotations

import csv
import io
import re
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from genred.airplay.store import AirplayStore
from genred.web.day.view import PAGE_ROWS, read_day
from genred.web.log import RowBudget, TooMuchError
from genred.web.queries import DayQuery
from tests.airplay.made_up import entry, write_log
from tests.outputs.events import NOON
from tests.web.material import DAY, FORMULA, TURNED, ZONE, error_of, hostile_log, pages_of, record

if TYPE_CHECKING:
    from pathlib import Path

    from starlette.testclient import TestClient

NEXT_DAY = (NOON + timedelta(days=1)).date().isoformat()


@pytest.fixture(scope="module")
def log(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return hostile_log(tmp_path_factory.mktemp("log"))


@pytest.fixture
def pages(log: Path) -> TestClient:
    return pages_of(log)


def rows_of(text: str) -> int:
    return text.count('<td class="when">')


def test_a_day_has_strips_shares_and_a_table_in_pages(pages: TestClient) -> None:
    text = pages.get(f"/airplay?station=one&day={DAY}").text
    assert "Radio one" in text
    assert text.count('class="hour-name"') == 24
    assert "13:00: " in text, "noon in London is 13:00 in Berlin"
    assert rows_of(text) == PAGE_ROWS
    assert "254 entries" in text
    assert "Page 1 of 3" in text
    last = pages.get(f"/airplay?station=one&day={DAY}&page=3").text
    assert rows_of(last) == 54
    assert rows_of(pages.get(f"/airplay?station=one&day={DAY}&page=999").text) == 54


def test_a_part_of_the_day_is_looked_at_closely(log: Path, pages: TestClient) -> None:
    text = pages.get(f"/airplay?station=one&day={DAY}&at=2026-11-22T12:00:00Z&minutes=5").text
    assert "13:00 to 13:05" in text
    assert rows_of(text) == 21
    view = read_day(log, DayQuery("one", NOON.date(), NOON - timedelta(days=3), 60))
    assert view.window is not None
    assert view.window.title == "00:00 to 01:00", "kept within the day"
    assert view.window.earlier is None


def test_entries_are_found_by_title_genre_and_state(pages: TestClient) -> None:
    def found(**query: str) -> int:
        text = pages.get("/airplay/entries", params={"station": "one", "day": DAY, **query}).text
        assert "<html" not in text
        return rows_of(text)

    assert found(title="blue") == 1
    assert found(genre="jazz") == 1
    assert found(state="silence") == 1
    assert found(state="offline", genre="jazz") == 0
    assert found(title="song 24") == 11


@pytest.mark.parametrize("day", [DAY, "2026-11-01"])
def test_a_day_before_the_log_is_one_that_the_form_may_send(pages: TestClient, day: str) -> None:
    text = pages.get(f"/airplay?station=one&day={day}").text
    (field,) = re.findall(r'<input type="date"[^>]*>', text)
    value, least, most = (re.findall(rf'{name}="([^"]*)"', field)[0] for name in ("value", "min", "max"))
    assert least <= value <= most, "a browser would send nothing, not even another station"


@pytest.mark.parametrize("path", [f"/airplay?station=one&day={NEXT_DAY}", f"/airplay/entries?day={NEXT_DAY}"])
def test_hostile_titles_are_text(pages: TestClient, path: str) -> None:
    text = pages.get(path).text
    assert "<script>alert" not in text
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in text
    assert "\u202e" not in text
    assert TURNED[-4:] in text
    assert "x" * 201 not in text
    assert "x" * 200 + "…" in text
    assert not re.search(r"<style|\sstyle=|\son\w+=", text)


def test_downloads_have_the_rows_of_the_table_and_no_formula(pages: TestClient) -> None:
    text = pages.get(f"/airplay?station=one&day={NEXT_DAY}&genre=jazz").text
    (address,) = re.findall(r'href="([^"]*format=csv)"', text)
    rows = list(csv.DictReader(io.StringIO(pages.get(address.replace("&amp;", "&")).text)))
    assert [row["genre"] for row in rows] == ["jazz", "jazz"]
    assert rows[1]["title"] == f"'{FORMULA}"
    (address,) = re.findall(r'href="([^"]*limit=5000)"', text)
    entries = pages.get(address.replace("&amp;", "&")).json()["entries"]
    assert [one["id"] for one in entries] == [int(row["id"]) for row in rows]
    assert entries[0]["started_at"].endswith("+01:00")


def test_a_day_without_entries_says_which_days_have_some(pages: TestClient) -> None:
    answer = pages.get("/airplay?station=one&day=2026-10-01")
    assert answer.status_code == 200
    assert "The log has no entries for Radio one" in answer.text
    assert f"{DAY} to {NEXT_DAY}" in answer.text


@pytest.mark.parametrize("path", ["/airplay", "/airplay/entries", "/reports"])
def test_without_a_log_the_pages_say_how_it_begins(path: str, tmp_path: Path) -> None:
    for log in (None, tmp_path / "none.sqlite"):
        answer = pages_of(log).get(path)
        assert answer.status_code == 200
        assert "There is no airplay log yet" in answer.text


def test_an_empty_log_says_that_it_fills(tmp_path: Path) -> None:
    for path in ("/airplay", "/reports"):
        assert "The airplay log is empty" in pages_of(write_log(tmp_path / "airplay.sqlite")).get(path).text


def test_a_damaged_log_is_no_fault_of_the_page(tmp_path: Path) -> None:
    (tmp_path / "airplay.sqlite").write_bytes(b"no log at all" * 500)
    pages = pages_of(tmp_path / "airplay.sqlite")
    assert pages.get("/airplay").status_code == 503
    assert "airplay.sqlite" in error_of(pages.get("/api/v1/airplay"), 503)


@pytest.mark.parametrize(
    "query",
    ["day=x", "day=0001-01-01", "day=9999-12-31", "at=12:00", "at=2026-11-22T12:00", "minutes=-1", "minutes=nan",
     "page=x", "state=loud", f"title={'x' * 300}"],
)  # fmt: skip
def test_a_wrong_question_is_refused_kindly(pages: TestClient, query: str) -> None:
    answer = pages.get(f"/airplay?{query}")
    assert answer.status_code == 400
    assert "<h1>Airplay</h1>" in answer.text


def test_an_unknown_station_is_not_found(pages: TestClient) -> None:
    answer = pages.get("/airplay", params={"station": "<b>three"})
    assert answer.status_code == 404
    assert "There is no station &#39;&lt;b&gt;three&#39; in the log." in answer.text
    assert "no station" in error_of(pages.get("/api/v1/airplay?station=three"), 404)


@pytest.mark.parametrize(
    "query",
    ["day=nonsense", "day=0001-01-01&time_zone=Asia/Tokyo", "day=9999-12-31", "since=today&until=yesterday",
     "limit=-1", "limit=5001", "offset=inf", "state=loud", "time_zone=../../etc/passwd", "min_seconds=x"],
)  # fmt: skip
def test_the_api_refuses_a_wrong_question(pages: TestClient, query: str) -> None:
    assert error_of(pages.get(f"/api/v1/airplay?{query}"), 400)


def test_the_page_is_in_the_station_s_zone_whatever_its_day(log: Path) -> None:
    view = read_day(log, DayQuery("one", NOON.date()), NOON + timedelta(days=40))
    assert view.hours[0].picture.label == "00:00"
    assert view.rows[0].started_at == "2026-11-22T13:00:00+01:00"
    assert ZONE.replace("/", "%2F") in view.export


def test_a_day_on_which_clocks_are_set_back_has_an_hour_more(tmp_path: Path) -> None:
    begins = NOON.replace(month=10, day=25, hour=6)
    path = write_log(tmp_path / "airplay.sqlite", entry((begins - NOON).total_seconds(), 7_200, "jazz"))
    with AirplayStore(path, "pi") as store:
        store.name_station("one", "One", ZONE)
    labels = [(hour.picture.label, hour.picture.note) for hour in read_day(path, DayQuery("one", begins.date())).hours]
    assert len(labels) == 25
    assert labels[2:4] == [("02:00", ""), ("02:00", "again")]


def test_recorded_entries_can_be_played(tmp_path: Path) -> None:
    log = hostile_log(tmp_path)
    record(log)
    text = pages_of(log).get(f"/airplay?station=one&day={DAY}&at=2026-11-22T12:00:00Z").text
    assert text.count('class="quiet play"') == 1
    assert 'data-entry="1"' in text
    assert "nothing was recorded on this day" not in text
    other = pages_of(log).get(f"/airplay?station=one&day={NEXT_DAY}").text
    assert 'class="quiet play"' not in other
    assert "nothing was recorded on this day" in other


def test_no_more_rows_are_read_than_may_be() -> None:
    budget = RowBudget(3)
    assert list(budget.of(range(2))) == [0, 1]
    with pytest.raises(TooMuchError, match="more than 3 rows"):
        list(budget.of(range(2)))


def test_a_search_through_all_of_a_long_log_is_refused(pages: TestClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(RowBudget.__init__, "__defaults__", (100,))
    assert "choose a shorter period" in error_of(pages.get("/api/v1/airplay?title=none"), 400)
    assert len(pages.get("/api/v1/airplay?limit=50").json()["entries"]) == 50


def test_what_began_the_day_before_plays_from_midnight_on(tmp_path: Path) -> None:
    path = write_log(tmp_path / "airplay.sqlite", entry(0, 86_400, "jazz"))
    with AirplayStore(path, "pi") as store:
        store.name_station("one", "One", "UTC")
    (row,) = read_day(path, DayQuery("one", NOON.date() + timedelta(days=1)), NOON + timedelta(days=2)).rows
    assert (row.at, row.from_s, row.to_s) == ("00:00:00", 43_199.75, 86_400.0)
