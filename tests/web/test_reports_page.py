"""Reports: the page around them, the report with its own policy, the calendar, and their JSON."""

from __future__ import annotations

import base64
import hashlib
import re
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from genred.airplay.store import AirplayStore
from genred.web.known_days import KnownDays
from genred.web.queries import ReportQuery
from genred.web.report_view import read_month_figures, read_report_view
from tests.airplay.made_up import entry, write_log
from tests.outputs.events import NOON
from tests.web.material import DAY, ZONE, error_of, hostile_log, pages_of

if TYPE_CHECKING:
    from pathlib import Path

    from starlette.testclient import TestClient


@pytest.fixture(scope="module")
def log(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return hostile_log(tmp_path_factory.mktemp("log"))


@pytest.fixture
def pages(log: Path) -> TestClient:
    return pages_of(log)


@pytest.mark.parametrize(("kind", "title"), [("day", "Sun 22 Nov 2026"), ("week", "Week 47, 2026"), ("month", "Nov")])
def test_a_report_is_framed_by_its_choice(pages: TestClient, kind: str, title: str) -> None:
    text = pages.get(f"/reports?station=one&kind={kind}&date={DAY}").text
    assert f"<h1>{title}" in text
    assert "Radio one" in text
    (address,) = re.findall(r'<iframe[^>]* src="([^"]*)"', text)
    document = pages.get(address.replace("&amp;", "&"))
    assert document.status_code == 200
    assert "jazz" in document.text


def test_a_report_may_use_its_own_style_and_nothing_else(pages: TestClient) -> None:
    answer = pages.get(f"/reports/document?station=one&kind=day&date={DAY}")
    policy = answer.headers["content-security-policy"]
    (style,) = re.findall(r"<style>(.*?)</style>", answer.text, re.DOTALL)
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    assert f"style-src 'sha256-{digest}';" in policy
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert "script" not in policy
    assert not re.search(r"\sstyle=|\son\w+=|<script", answer.text)
    assert answer.headers["x-content-type-options"] == "nosniff"


def test_hostile_titles_are_text_in_a_report(pages: TestClient) -> None:
    text = pages.get("/reports/document?station=one&kind=day&date=2026-11-23").text
    assert "<script" not in text
    assert "\u202e" not in text


def test_reports_are_json_too(pages: TestClient) -> None:
    day = pages.get(f"/api/v1/reports/one?day={DAY}").json()
    assert day["period"]["kind"] == "day"
    assert day["period"]["time_zone"] == ZONE
    assert [one["station"] for one in day["stations"]] == ["one"]
    assert pages.get("/api/v1/reports/one?week=2026-W47").json()["period"]["since"].startswith("2026-11-15T23:00")
    assert pages.get("/api/v1/reports/pi/one?month=2026-11").json()["period"]["kind"] == "month"


@pytest.mark.parametrize(
    ("query", "days_ago", "kind"),
    [
        ("day=today", 0, "day"),
        ("day=Yesterday", 1, "day"),
        ("week=this%20week", 0, "week"),
        ("month=today", 0, "month"),
    ],
)
def test_a_period_is_called_what_it_is_called_on_the_command_line(
    tmp_path: Path, query: str, days_ago: int, kind: str
) -> None:
    now = datetime.now(UTC)
    path = write_log(tmp_path / "a.sqlite", entry((now - NOON).total_seconds() - 3 * 86_400, 3 * 86_400.0))
    period = pages_of(path).get(f"/api/v1/reports/one?{query}").json()["period"]
    wanted = now - timedelta(days=days_ago)
    assert period["kind"] == kind
    assert period["since"] <= wanted.isoformat() <= period["until"]


@pytest.mark.parametrize(
    "query", ["day=x", "day=2026-11-22&week=2026-W47", "week=0001-01-01", "month=9999-12", f"day={'1' * 300}"]
)
def test_a_wrong_period_is_refused(pages: TestClient, query: str) -> None:
    assert error_of(pages.get(f"/api/v1/reports/one?{query}"), 400)


def test_what_is_not_there_is_not_found(pages: TestClient) -> None:
    assert "no station" in error_of(pages.get("/api/v1/reports/three"), 404)
    assert "no station" in error_of(pages.get("/api/v1/days?station=three"), 404)
    assert "nothing from that time" in error_of(pages.get("/api/v1/reports/one?day=2026-10-01"), 404)
    assert "no airplay log" in error_of(pages_of(None).get("/api/v1/days"), 404)
    assert pages.get("/reports?station=three").status_code == 404
    assert pages.get("/reports?kind=year").status_code == 400
    assert pages.get("/reports/document?station=one&date=2026-10-01").status_code == 404
    assert error_of(pages.get("/api/v1/nothing"), 404)


def test_a_time_without_entries_is_said_so(pages: TestClient) -> None:
    text = pages.get("/reports?station=one&kind=day&date=2026-10-01").text
    assert "The log has no entries for Radio one" in text
    assert "<iframe" not in text
    assert f"{DAY} to 2026-11-23" in text


def test_a_month_has_the_days_that_are_logged(pages: TestClient, log: Path) -> None:
    found = pages.get("/api/v1/days?station=one&month=2026-11").json()
    assert (found["station"], found["month"], found["time_zone"]) == ("one", "2026-11", ZONE)
    assert found["days"][0]["day"] == DAY
    assert found["days"][0]["availability"] == pytest.approx(2_600 / 39_600, abs=0.001)
    assert pages.get("/api/v1/days?station=one&month=2026-10").json()["days"] == []
    assert error_of(pages.get("/api/v1/days?month=x"), 400)
    month = read_month_figures(log, KnownDays(), "one", date(2026, 11, 1), NOON + timedelta(days=2))
    assert [(one.day.day, one.logged_s) for one in month.days] == [(22, 39_599.75), (23, 47_040.25), (24, 0.0)]


def test_days_that_are_over_are_read_once(log: Path) -> None:
    days = KnownDays()
    first = read_month_figures(log, days, "one", date(2026, 11, 1), NOON + timedelta(days=1, minutes=2))
    assert [one.day.day for one in first.days] == [22, 23]
    assert [key[-1].day for key in days._kept] == [22]
    later = read_month_figures(log, days, "one", date(2026, 11, 1), NOON + timedelta(days=1, minutes=30))
    assert later.days[0] is first.days[0]
    assert later.days[1].logged_s > first.days[1].logged_s


def test_days_in_which_the_daemon_did_not_run_are_known_when_it_runs_again(tmp_path: Path) -> None:
    path = write_log(tmp_path / "airplay.sqlite", entry(0, 3_600))
    days, month, now = KnownDays(), date(2026, 11, 1), NOON + timedelta(days=2)
    with AirplayStore(path, "pi") as store:
        store.name_station("one", "One", ZONE)
    before = read_month_figures(path, days, "one", month, now)
    assert [one.logged_s for one in before.days] == [3_600, 0, 0]
    write_log(path, entry(2 * 86_400, 3_600, run="b2"))
    after = read_month_figures(path, days, "one", month, now + timedelta(hours=1))
    assert [one.availability for one in after.days[1:2]] == [0.0]
    assert sum(one.logged_s for one in after.days) == 2 * 86_400 + 3_600


def test_the_calendar_shows_what_is_missing(tmp_path: Path) -> None:
    day_s = 86_400.0
    log = write_log(
        tmp_path / "airplay.sqlite",
        entry(0, 2 * day_s, "jazz"),
        entry(2 * day_s, 1_000, "offline"),
        entry(2 * day_s + 1_000, day_s, "jazz"),
        entry(3 * day_s + 1_000, 0.7 * day_s, "offline"),
    )
    with AirplayStore(log, "pi") as store:
        store.name_station("one", "One", ZONE)
    view = read_report_view(log, KnownDays(), ReportQuery("one", day=NOON.date()), NOON + timedelta(days=9))
    assert view.blanks == 6, "November 2026 begins on a Sunday"
    assert len(view.calendar) == 30
    assert view.calendar[20].query is None
    assert [(one.number, one.share, one.kind, one.is_chosen) for one in view.calendar[21:25]] == [
        (22, "100", "", True),
        (23, "100", "", False),
        (24, "98", "some", False),
        (25, "55", "poor", False),
    ]
    assert view.month_after == "station=one&kind=day&date=2026-12-01"


def test_without_a_date_it_is_the_newest_day_that_is_over(log: Path) -> None:
    def day(now: datetime) -> date | None:
        return read_report_view(log, KnownDays(), ReportQuery("one"), now).query.day

    assert day(NOON + timedelta(minutes=1)) == date(2026, 11, 22)
    assert day(NOON + timedelta(days=1, minutes=1)) == date(2026, 11, 22)
    assert day(NOON + timedelta(days=30)) == date(2026, 11, 23)


def test_a_report_may_be_of_several_stations_or_of_all(pages: TestClient) -> None:
    for names, title in (("one,two", "Radio one and Radio two"), ("all", "all stations")):
        text = pages.get(f"/reports?station={names}&kind=day&date={DAY}").text
        assert f"Report of {title}" in text
        (address,) = re.findall(r'<iframe[^>]* src="([^"]*)"', text)
        document = pages.get(address.replace("&amp;", "&")).text
        assert "Radio one" in document
        assert "Radio two" in document
        figures = pages.get(f"/api/v1/reports/{names}?day={DAY}").json()
        assert [station["station"] for station in figures["stations"]] == ["one", "two"]
    chosen = pages.get(f"/reports?station=two&station=one&date={DAY}").text
    assert re.findall(r'<option value="([^"]*)" selected', chosen) == ["two,one"]
    assert "no station" in error_of(pages.get("/api/v1/reports/one,three"), 404)
