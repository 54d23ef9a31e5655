"""A span of the day begins and ends by the local clock, whatever that does."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from genred.day_span import DaySpan
from genred.time_zones import find_zone, machine_zone, zone_names

BERLIN = ZoneInfo("Europe/Berlin")


def span(text: str) -> DaySpan:
    found = DaySpan.parse(text)
    assert found is not None
    return found


@pytest.mark.parametrize("text", ["06:00-10:00", "22:00-07:00", "00:00-24:00", "18:30-24:00"])
def test_a_span_is_written_as_it_was_read(text: str) -> None:
    assert str(span(text)) == text


@pytest.mark.parametrize("text", ["", "6:00-10:00", "06:00-06:00", "24:00-06:00", "06:00-24:01", "06:60-07:00"])
def test_what_is_no_span_is_none(text: str) -> None:
    assert DaySpan.parse(text) is None


@pytest.mark.parametrize(
    ("text", "day", "minutes"),
    [
        ("06:00-10:00", date(2026, 3, 29), 240),
        ("22:00-07:00", date(2026, 3, 28), 480),
        ("22:00-07:00", date(2026, 10, 24), 600),
        ("02:00-03:00", date(2026, 10, 25), 120),
        ("02:30-03:30", date(2026, 3, 29), 30),
        ("01:30-02:15", date(2026, 3, 29), 30),
        ("00:00-24:00", date(2026, 3, 29), 23 * 60),
        ("00:00-24:00", date(2026, 10, 25), 25 * 60),
        ("00:00-24:00", date(2026, 6, 1), 24 * 60),
    ],
)
def test_a_span_is_as_long_as_the_clock_makes_it(text: str, day: date, minutes: int) -> None:
    noon = datetime(day.year, day.month, day.day, 12, tzinfo=BERLIN).astimezone(UTC)
    moments = [noon + timedelta(minutes=minute) for minute in range(-14 * 60, 24 * 60)]
    inside = [found for moment in moments if (found := span(text).at(moment, BERLIN)) is not None and found.day == day]
    assert len(inside) == minutes
    assert {found.ends_at - found.starts_at for found in inside} == {timedelta(minutes=minutes)}


def test_a_span_that_the_clock_skips_does_not_come() -> None:
    change = datetime(2026, 3, 29, 1, tzinfo=UTC)
    moments = [change + timedelta(minutes=minute) for minute in range(-300, 300)]
    assert not any(span("02:00-03:00").at(moment, BERLIN) for moment in moments)


def test_a_change_of_half_an_hour_is_one() -> None:
    occurrence = span("00:00-06:00").at(datetime(2026, 4, 4, 14, tzinfo=UTC), ZoneInfo("Australia/Lord_Howe"))
    assert occurrence is not None
    assert occurrence.ends_at - occurrence.starts_at == timedelta(hours=6, minutes=30)


@given(
    st.integers(0, 1_439),
    st.integers(1, 1_440),
    st.datetimes(datetime(1990, 1, 1), datetime(2036, 1, 1)),  # noqa: DTZ001 - made aware below
    st.sampled_from(["Europe/Berlin", "America/Havana", "Australia/Lord_Howe", "Asia/Kolkata", "America/Sao_Paulo"]),
)
def test_a_moment_lies_in_the_span_that_is_found_for_it(begin: int, end: int, moment: datetime, zone: str) -> None:
    if begin == end:
        return
    utc = moment.replace(tzinfo=UTC)
    found = DaySpan(begin, end).at(utc, ZoneInfo(zone))
    local = utc.astimezone(ZoneInfo(zone))
    minute = local.hour * 60 + local.minute
    if found is not None:
        assert found.starts_at <= utc < found.ends_at
    else:
        start = DaySpan(begin, end).next_start(utc, ZoneInfo(zone))
        assert utc < start <= utc + timedelta(days=2)
        following = DaySpan(begin, end).at(start, ZoneInfo(zone))
        # A span that the clock skips has no length.
        assert following is None or following.starts_at == start
        assert not (begin <= minute < end if begin < end else minute >= begin or minute < end)


def test_zones_are_found_by_name(monkeypatch: pytest.MonkeyPatch) -> None:
    assert "Europe/Berlin" in zone_names()
    assert find_zone("Europe/Berlin") == BERLIN
    for name in ("Europe/Berln", "../etc/passwd", "x" * 10_000, "/etc/localtime", "europe"):
        assert find_zone(name) is None
    monkeypatch.setenv("TZ", "Asia/Kolkata")
    assert machine_zone() == ZoneInfo("Asia/Kolkata")
    monkeypatch.setenv("TZ", "nonsense")
    assert machine_zone().utcoffset(datetime(2026, 1, 1, tzinfo=UTC)) is not None
