from __future__ import annotations

import itertools
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from genred.reports import period as periods
from genred.reports.hours import HoursOfPeriod, hours, utc
from genred.reports.period import Period, PeriodKind

BERLIN = ZoneInfo("Europe/Berlin")
NEW_YORK = ZoneInfo("America/New_York")
LORD_HOWE = ZoneInfo("Australia/Lord_Howe")
"""Its clocks are set by half an hour."""
HAVANA = ZoneInfo("America/Havana")
"""Its clocks were set at midnight, until 2026."""
KATHMANDU = ZoneInfo("Asia/Kathmandu")

ZONES = [BERLIN, NEW_YORK, LORD_HOWE, HAVANA, KATHMANDU, ZoneInfo("UTC"), ZoneInfo("America/St_Johns")]


@pytest.mark.parametrize(
    ("zone", "day", "hours_long"),
    [
        (BERLIN, date(2026, 3, 29), 23),
        (BERLIN, date(2026, 10, 25), 25),
        (NEW_YORK, date(2026, 3, 8), 23),
        (NEW_YORK, date(2026, 11, 1), 25),
        (LORD_HOWE, date(2026, 10, 4), 23.5),
        (LORD_HOWE, date(2026, 4, 5), 24.5),
        (HAVANA, date(2024, 3, 10), 23),
        (HAVANA, date(2024, 11, 3), 25),
        (BERLIN, date(2026, 11, 10), 24),
    ],
)
def test_a_day_is_as_long_as_the_clocks_make_it(zone: ZoneInfo, day: date, hours_long: float) -> None:
    period = periods.day(day, zone)
    assert period.seconds == hours_long * 3_600
    assert (period.first_day, period.last_day) == (day, day)
    assert sum(hour.seconds for hour in hours(period)) == period.seconds


def test_the_hour_that_clocks_skip_is_not_there_and_the_one_they_repeat_is_there_twice() -> None:
    spring = [hour.number for hour in hours(periods.day(date(2026, 3, 29), BERLIN))]
    assert spring == [0, 1, *range(3, 24)]
    autumn = [(hour.number, hour.pass_) for hour in hours(periods.day(date(2026, 10, 25), BERLIN))]
    assert autumn == [(0, 0), (1, 0), (2, 0), (2, 1), *((number, 0) for number in range(3, 24))]


def test_clocks_that_are_set_by_half_an_hour_cut_an_hour() -> None:
    spring = {(hour.number, hour.starts_s, hour.seconds) for hour in hours(periods.day(date(2026, 10, 4), LORD_HOWE))}
    assert (2, 2.5 * 3_600, 1_800.0) in spring
    autumn = [
        (hour.number, hour.starts_s / 3_600, hour.pass_) for hour in hours(periods.day(date(2026, 4, 5), LORD_HOWE))
    ]
    assert autumn[:4] == [(0, 0, 0), (1, 1, 0), (1, 1.5, 1), (2, 2, 0)]


def test_midnight_that_clocks_skip_is_one_o_clock() -> None:
    first, *_ = hours(periods.day(date(2024, 3, 10), HAVANA))
    assert (first.day, first.number) == (date(2024, 3, 10), 1)


def test_weeks_begin_on_monday_and_may_begin_in_another_year() -> None:
    week = periods.week(date(2027, 1, 1), BERLIN)
    assert (week.first_day, week.last_day) == (date(2026, 12, 28), date(2027, 1, 3))
    assert week.before().first_day == date(2026, 12, 21)


def test_a_month_is_compared_with_the_whole_month_before() -> None:
    march = periods.month(date(2028, 3, 31), BERLIN)
    february = march.before()
    assert (february.first_day, february.last_day) == (date(2028, 2, 1), date(2028, 2, 29))
    assert february.until == march.since
    january = periods.month(date(2027, 1, 31), BERLIN)
    assert january.before().first_day == date(2026, 12, 1)


def test_any_other_time_is_compared_with_as_much_before_it() -> None:
    period = Period(datetime(2026, 11, 10, 6, tzinfo=UTC), datetime(2026, 11, 10, 18, tzinfo=UTC), BERLIN)
    assert period.kind is PeriodKind.SPAN
    assert (period.before().since, period.before().until) == (period.since - timedelta(hours=12), period.since)


def test_an_empty_time_is_refused() -> None:
    at = datetime(2026, 11, 10, tzinfo=UTC)
    with pytest.raises(ValueError, match="not after its beginning"):
        Period(at, at, BERLIN)


@given(
    st.sampled_from(ZONES),
    st.integers(946_684_800, 2_114_380_800).map(utc),
    st.integers(1, 500_000),
)
def test_hours_tile_any_period_in_any_zone(zone: ZoneInfo, since: datetime, seconds: int) -> None:
    period = Period(since, since + timedelta(seconds=seconds), zone)
    found = list(hours(period))
    assert found[0].started_at == period.since
    assert found[-1].ended_at == period.until
    assert all(one.ended_at == other.started_at for one, other in itertools.pairwise(found))
    for hour in found:
        local = hour.started_at.astimezone(zone)
        assert (hour.day, hour.number) == (local.date(), local.hour)
        assert 0 < hour.seconds <= 3_600
        last = (hour.ended_at - timedelta(microseconds=1)).astimezone(zone)
        assert (last.date(), last.hour, last.utcoffset()) == (local.date(), local.hour, local.utcoffset())


TURNS = {
    BERLIN: datetime(2026, 10, 25, 1, tzinfo=UTC),
    LORD_HOWE: datetime(2026, 10, 3, 15, 30, tzinfo=UTC),
    HAVANA: datetime(1975, 10, 26, 4, tzinfo=UTC),
    ZoneInfo("America/St_Johns"): datetime(1990, 10, 28, 2, 31, tzinfo=UTC),
    ZoneInfo("Pacific/Apia"): datetime(2011, 12, 30, 10, tzinfo=UTC),
    ZoneInfo("Asia/Pyongyang"): datetime(2018, 5, 4, 15, tzinfo=UTC),
}
"""At night (two), from 24:00 to 23:00, from 00:01 to 23:01, over a whole day, and from 23:30 to 24:00."""


@given(st.sampled_from(sorted(TURNS, key=str)), st.floats(0, 400_000), st.floats(1, 400_000), st.booleans())
def test_hours_that_are_made_when_needed_are_the_same(
    zone: ZoneInfo, before_s: float, after_s: float, is_whole: bool
) -> None:
    turn = TURNS[zone]
    period = Period(turn - timedelta(seconds=before_s), turn + timedelta(seconds=after_s), zone)
    if is_whole:
        period = periods.days(period.first_day, period.first_day + timedelta(days=4), zone)
    expected = list(hours(period))
    found = HoursOfPeriod(period)
    assert all(found.at(hour.started_at.timestamp()) == hour for hour in reversed(expected))
    assert list(found) == expected
    begun: list[tuple[date, datetime]] = []
    for hour in expected:
        if not begun or hour.day != begun[-1][0]:
            begun.append((hour.day, hour.started_at))
    assert found.days == begun
