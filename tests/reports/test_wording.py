from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest

from genred.cause import Cause
from genred.reports import wording
from genred.reports.figures import PeriodFigures
from tests.reports.programme import BERLIN


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, "–"),
        (0.0, "0 %"),
        (0.00001, "< 0.01 %"),
        (0.0042, "0.42 %"),
        (0.0123, "1.2 %"),
        (0.71234, "71.2 %"),
        (1.0, "100.0 %"),
    ],
)
def test_shares_have_more_digits_the_smaller_they_are(value: float | None, text: str) -> None:
    assert wording.share(value) == text


@pytest.mark.parametrize(("value", "text"), [(1.0, "100 %"), (0.99999, "99.99 %"), (0.9996, "99.96 %"), (0.5, "50 %")])
def test_availability_is_never_rounded_up(value: float, text: str) -> None:
    assert wording.availability(value) == text


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0, "0 s"),
        (6.44, "6.4 s"),
        (59.99, "1 min"),
        (61, "1 min 1 s"),
        (3_599.9, "1 h"),
        (3_600, "1 h"),
        (11_520, "3 h 12 min"),
        (4_000_000, "1\u202f111 h"),
    ],
)
def test_durations_have_their_two_largest_units(seconds: float, text: str) -> None:
    assert wording.duration(seconds) == text


def test_changes_have_an_arrow_beside_their_size() -> None:
    assert [wording.points(change) for change in (0.021, -0.0042, 0.0, None)] == ["▲ 2.1 pt", "▼ 0.42 pt", "±0", "–"]
    assert [wording.count_change(change) for change in (3, -2, 0)] == ["▲ 3", "▼ 2", "±0"]
    assert wording.duration_change(-70.0) == "▼ 1 min 10 s"


def test_every_cause_has_words() -> None:
    assert all(wording.cause(cause.value) for cause in Cause)
    assert wording.cause("http_503") == "HTTP 503"
    assert wording.cause("not_running") == "genred not running"
    assert wording.cause("something_newer") == "something newer"


def test_a_time_that_clocks_show_twice_has_its_zone() -> None:
    first = datetime(2026, 10, 25, 0, 30, tzinfo=UTC)
    assert wording.clock_time(first, BERLIN) == "Sun 25 Oct 02:30:00 CEST"
    assert wording.clock_time(first + timedelta(hours=1), BERLIN) == "Sun 25 Oct 02:30:00 CET"
    assert wording.clock_time(first + timedelta(hours=3), BERLIN) == "Sun 25 Oct 04:30:00"


def test_days_do_not_depend_on_the_locale() -> None:
    assert wording.full_day(date(2028, 2, 29)) == "Tue 29 Feb 2028"


def test_a_period_that_is_not_over_says_so() -> None:
    since = datetime(2026, 10, 31, 23, tzinfo=UTC)
    until = datetime(2026, 11, 10, 12, tzinfo=UTC)
    whole = PeriodFigures(kind="month", since=since, until=until, time_zone="Europe/Berlin", seconds=1, is_over=False)
    assert wording.period(whole, BERLIN) == "November 2026, until Tue 10 Nov 13:00"
