"""`genred report`, as a user runs it, on logs as a daemon leaves them."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import pytest

from genred.airplay.moments import MomentError
from genred.cli.command_line import parse
from genred.cli.report import file_name, read_report_period
from genred.reports.period import PeriodKind
from tests.airplay.made_up import entry, write_log
from tests.cli.run_genred import genred
from tests.outputs.events import NOON

if TYPE_CHECKING:
    from argparse import Namespace
    from pathlib import Path

BERLIN = ZoneInfo("Europe/Berlin")
NOW = datetime(2026, 11, 11, 9, tzinfo=UTC)
DAY = NOON.date().isoformat()


@pytest.fixture
def log(tmp_path: Path) -> Path:
    return write_log(
        tmp_path / "airplay.sqlite",
        entry(0, 600, "jazz", title="Ida - Blue"),
        entry(600, 30, "silence"),
        entry(630, 370, "offline"),
        entry(0, 500, "rock", station="two"),
        open_entries=(entry(500, 500, "speech", station="two"),),
    )


def options(*words: str) -> Namespace:
    return parse(["report", *words])


@pytest.mark.parametrize(
    ("words", "kind", "first", "last"),
    [
        ([], PeriodKind.DAY, date(2026, 11, 10), date(2026, 11, 10)),
        (["--day"], PeriodKind.DAY, date(2026, 11, 10), date(2026, 11, 10)),
        (["--day", "2026-10-25"], PeriodKind.DAY, date(2026, 10, 25), date(2026, 10, 25)),
        (["--day", "today"], PeriodKind.DAY, date(2026, 11, 11), date(2026, 11, 11)),
        (["--week"], PeriodKind.WEEK, date(2026, 11, 2), date(2026, 11, 8)),
        (["--week", "2026-01-01"], PeriodKind.WEEK, date(2025, 12, 29), date(2026, 1, 4)),
        (["--month"], PeriodKind.MONTH, date(2026, 10, 1), date(2026, 10, 31)),
        (["--month", "2026-02"], PeriodKind.MONTH, date(2026, 2, 1), date(2026, 2, 28)),
        (["--month", "this month"], PeriodKind.MONTH, date(2026, 11, 1), date(2026, 11, 30)),
        (["--since", "2026-11-01", "--until", "2026-11-05"], PeriodKind.SPAN, date(2026, 11, 1), date(2026, 11, 4)),
        (["--since", "2026-11-10"], PeriodKind.SPAN, date(2026, 11, 10), date(2026, 11, 11)),
    ],
)
def test_periods_are_those_of_the_calendar(words: list[str], kind: PeriodKind, first: date, last: date) -> None:
    period = read_report_period(options(*words), BERLIN, NOW)
    assert (period.kind, period.first_day, period.last_day) == (kind, first, last)


@pytest.mark.parametrize(
    "words",
    [["--day", "2027-01-01"], ["--until", "today"], ["--since", "today", "--until", "yesterday"], ["--day", "moonday"]],
)
def test_a_period_without_time_in_it_is_refused(words: list[str]) -> None:
    with pytest.raises(MomentError):
        read_report_period(options(*words), BERLIN, NOW)


@pytest.mark.parametrize(
    "words",
    [
        ["--day", "0001-01-02"],
        ["--week", "0001-01-03"],
        ["--week", "9999-12-29"],
        ["--month", "0001-02"],
        ["--since", "0001-01-02"],
        ["--since", "2026-01-01", "--until", "9999-12-30"],
    ],
)
def test_a_year_that_no_log_is_of_is_refused_in_words(words: list[str]) -> None:
    with pytest.raises(MomentError, match=f"'{words[-1]}' is (before 1970|in the future)"):
        read_report_period(options(*words), BERLIN, NOW).before()


def test_a_page_is_written_beside_the_reader_and_named_after_station_and_day(log: Path, tmp_path: Path) -> None:
    result = genred("report", "--log", log, "--station", "one", "--day", DAY, "--time-zone", "UTC", cwd=tmp_path)
    assert (result.returncode, result.stderr) == (0, "")
    assert result.stdout == f"wrote genred-one-{DAY}.html\n"
    page = (tmp_path / f"genred-one-{DAY}.html").read_text(encoding="utf-8")
    assert page.startswith("<!DOCTYPE html>")
    assert "Blue" in page


def test_json_goes_to_standard_output_with_all_stations(log: Path) -> None:
    result = genred("report", "--log", log, "--station", "all", "--day", DAY, "--time-zone", "UTC", "--format", "json")
    assert result.returncode == 0, result.stderr
    report = json.loads(result.stdout)
    assert [station["station"] for station in report["stations"]] == ["one", "two"]
    one, two = report["stations"]
    assert {share["on_air"]: share["share"] for share in one["shares"]} == {
        "jazz": 0.6, "speech": 0.0, "uncertain": 0.0, "silence": 0.03, "offline": 0.37
    }  # fmt: skip
    assert one["availability"]["by_cause"] == [{"cause": "dns", "count": 1, "seconds": 370.0}]
    assert two["logged_s"] == 1_000
    assert one["titles"]["most_played"][0]["title"] == "Ida - Blue"


def test_a_folder_is_made_for_what_is_to_lie_in_it(log: Path, tmp_path: Path) -> None:
    folder = tmp_path / "reports" / "2026"
    result = genred("report", "--log", log, "--month", DAY, "--time-zone", "UTC", "--format", "md", "--out", folder)
    assert result.returncode == 0, result.stderr
    (written,) = folder.iterdir()
    assert written.name == f"genred-all-{DAY[:7]}.md"
    assert written.read_text(encoding="utf-8").startswith("# Airplay, ")
    assert str(written) in result.stdout


def test_a_time_of_which_nothing_was_logged_says_when_the_log_begins(log: Path) -> None:
    result = genred("report", "--log", log, "--station", "one", "--day", "2020-02-29", "--time-zone", "UTC")
    assert result.returncode == 66
    assert "nothing of one from 2020-02-29" in result.stderr
    assert f"the log begins at {DAY}T12:00:00" in result.stderr


def test_a_station_that_is_not_in_the_log_is_named_with_those_that_are(log: Path) -> None:
    result = genred("report", "--log", log, "--station", "three", "--day", DAY)
    assert result.returncode != 0
    assert "'three'" in result.stderr
    assert "one, two" in result.stderr


def test_a_span_of_several_days_has_both_in_its_name() -> None:
    from genred.reports.report import StationRows, report_of
    from tests.reports.rows import tiled

    period = read_report_period(options("--since", "2026-11-01", "--until", "2026-11-05"), BERLIN, NOW)
    report = report_of([StationRows("pi/one", "One", tiled((60, "jazz"), since=period.since), [])], period, NOW)
    assert file_name(report, period, "html") == "genred-pi-one-2026-11-01_2026-11-04.html"
