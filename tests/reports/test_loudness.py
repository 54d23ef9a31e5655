"""The loudness of a period comes of its histograms, not of the mean of its LUFS."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from genred.reports import period as periods
from genred.reports.html import to_html
from genred.reports.markdown import to_markdown
from genred.reports.report import StationRows, in_order, report_of
from tests.reports.programme import BERLIN
from tests.reports.rows import figures_of, quarter, quarters, tiled

if TYPE_CHECKING:
    from genred.airplay.rows import ReportedRow
    from genred.reports.figures import Report

TODAY = periods.day(date(2026, 11, 10), BERLIN)
SIX = datetime(2026, 11, 10, 6, tzinfo=BERLIN).astimezone(UTC)
WEEK = periods.week(date(2026, 11, 10), BERLIN)


def test_a_loud_quarter_counts_for_more_than_a_quiet_one() -> None:
    rows: list[ReportedRow] = [
        *tiled((86_400, "jazz"), since=TODAY.since),
        quarter(SIX, -35.0),
        quarter(SIX + timedelta(hours=1), -16.0),
    ]
    loudness = figures_of(rows, TODAY).loudness
    assert loudness is not None
    # Of the quiet one, what is 10 LU under the mean of both is gated; the mean of their LUFS would be -25.
    assert loudness.integrated_lufs.value == pytest.approx(-15.7, abs=0.2)
    assert [hour.hour for hour in loudness.hours] == [6, 7]
    assert [hour.integrated_lufs for hour in loudness.hours] == pytest.approx([-34.7, -15.7], abs=0.2)
    assert (loudness.seconds, loudness.true_peak_dbtp.value) == (1_800.0, -1.0)
    assert loudness.range_lu.value is not None
    assert loudness.range_lu.value > 14.0
    assert all(hour.range_lu is not None and 4.0 < hour.range_lu < 6.0 for hour in loudness.hours)


def test_quarters_count_where_they_began() -> None:
    rows: list[ReportedRow] = [
        *tiled((86_400, "jazz"), since=TODAY.since),
        quarter(TODAY.since - timedelta(minutes=15), -10.0),
        quarter(TODAY.since, -20.0),
        quarter(TODAY.until, -10.0),
    ]
    loudness = figures_of(rows, TODAY).loudness
    assert loudness is not None
    assert [hour.hour for hour in loudness.hours] == [0]
    assert loudness.seconds == 900.0


def test_days_have_their_own() -> None:
    rows: list[ReportedRow] = [*tiled((200_000, "jazz"), since=WEEK.since), quarter(WEEK.since, -20.0)]
    first, second, *_ = figures_of(rows, WEEK).days
    assert first.loudness_lufs == pytest.approx(-19.7, abs=0.2)
    assert second.loudness_lufs is None


def test_a_station_whose_loudness_is_not_measured_has_none() -> None:
    report = _report(measured=False)
    assert report.stations[0].loudness is None
    assert "LUFS" not in to_html(report, BERLIN)
    assert "LUFS" not in to_markdown(report, BERLIN)


def test_page_and_markdown_show_it_beside_the_period_before() -> None:
    report = _report(measured=True)
    loudness = report.stations[0].loudness
    assert loudness is not None
    assert loudness.integrated_lufs.change is not None
    for text in (to_html(report, BERLIN), to_markdown(report, BERLIN)):
        for shown in (" LUFS", " LU", " dBTP", f"{abs(loudness.hours[13].integrated_lufs or 0.0):.1f} LUFS"):
            assert shown in text


def _report(*, measured: bool) -> Report:
    before = TODAY.before()
    rows = [
        in_order(
            tiled((86_400, "jazz"), since=of.since),
            quarters(of.since, of.until, seed) if measured else (),
        )
        for seed, of in enumerate((TODAY, before))
    ]
    return report_of([StationRows("one", "One", *rows)], TODAY, TODAY.until)
