from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, tzinfo
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from genred.cause import Cause
from genred.reports import dead_air
from genred.reports import period as periods
from genred.reports.daily import daily_figures
from genred.reports.period import Period
from genred.reports.plays import Plays
from genred.reports.report import StationRows, report_of
from genred.reports.summary import PeriodSummary
from genred.time_zones import midnight
from tests.memory import peak_bytes
from tests.reports.programme import BERLIN, CITY_STATION, Programme
from tests.reports.rows import NOON, entry, figures_of, gap, tiled

if TYPE_CHECKING:
    from genred.airplay.rows import Entry, GapRow

TODAY = periods.day(date(2026, 11, 10), BERLIN)
LORD_HOWE = ZoneInfo("Australia/Lord_Howe")


def test_shares_are_of_the_logged_time_and_states_stand_by_themselves() -> None:
    station = figures_of(
        tiled((600, "jazz"), (200, "speech"), (100, "uncertain"), (60, "silence"), (40, "offline")), TODAY
    )
    assert {share.on_air: share.share for share in station.shares} == {
        "jazz": 0.6, "speech": 0.2, "uncertain": 0.1, "silence": 0.06, "offline": 0.04
    }  # fmt: skip
    assert (station.music.value, station.genre, station.logged_s) == (0.6, "jazz", 1_000)
    assert station.shares[0].confidence == 0.8
    assert station.shares[-1].confidence is None


def test_genres_are_in_order_of_their_share_before_the_states() -> None:
    station = figures_of(tiled((10, "blues"), (30, "jazz"), (500, "speech")), TODAY)
    assert [share.on_air for share in station.shares] == ["jazz", "blues", "speech", "uncertain", "silence", "offline"]


def test_what_reaches_over_the_ends_is_cut_in_proportion() -> None:
    rows = [
        entry(TODAY.since - timedelta(minutes=10), 1_200, "jazz"),
        entry(TODAY.until - timedelta(minutes=5), 900, "rock"),
    ]
    station = figures_of(rows, TODAY)
    assert {share.on_air: share.seconds for share in station.shares if share.seconds} == {"jazz": 600, "rock": 300}


def test_durations_are_the_monotonic_clock_s_whatever_the_wall_clock_did() -> None:
    rows = [
        entry(NOON, 100, "jazz", span_s=50),
        entry(NOON + timedelta(seconds=50), 0, "offline", span_s=3_600, cause=Cause.CLOCK_STEP),
        entry(NOON + timedelta(seconds=3_650), 100, "rock"),
    ]
    station = figures_of(rows, TODAY)
    assert station.logged_s == 200
    assert station.availability.share.value == 1
    assert station.availability.longest == []


def test_the_period_before_stands_beside_with_its_differences() -> None:
    before = tiled((500, "jazz"), (500, "blues"), since=NOON - timedelta(days=1))
    station = figures_of(tiled((900, "jazz"), (100, "silence")), TODAY, before)
    shares = {share.on_air: (share.share, share.share_before, share.change) for share in station.shares}
    assert shares["jazz"] == (0.9, 0.5, 0.4)
    assert shares["blues"] == (0.0, 0.5, -0.5)
    assert (station.dead_air.count.before, station.dead_air.count.change) == (0, 1)


def test_without_a_period_before_there_are_no_differences() -> None:
    station = figures_of(tiled((900, "jazz"), (100, "silence")), TODAY)
    assert station.music.change is None
    assert station.dead_air.count.before is None
    assert station.availability.share.before is None


def test_a_period_that_is_not_over_is_compared_with_as_much_of_the_one_before() -> None:
    now = TODAY.since + timedelta(hours=6)
    before = periods.day(date(2026, 11, 9), BERLIN)
    rows = tiled((86_400, "jazz"), since=before.since)
    report = report_of([StationRows("one", "One", tiled((21_600, "jazz"), since=TODAY.since), rows)], TODAY, now)
    assert (report.period.is_over, report.period.seconds, report.before.seconds) == (False, 21_600, 21_600)


def test_a_silence_under_several_titles_is_one() -> None:
    rows = [
        entry(NOON, 10, "silence", level_dbfs=-120.0, title="A"),
        entry(NOON + timedelta(seconds=10), 20, "silence", level_dbfs=-120.0, title="B"),
        entry(NOON + timedelta(seconds=30), 60, "jazz"),
        entry(NOON + timedelta(seconds=90), 5, "silence", level_dbfs=-70.0),
        entry(NOON + timedelta(seconds=95), 5, "rock"),
        entry(NOON + timedelta(seconds=100), 5, "silence", level_dbfs=None),
    ]
    dead = figures_of(rows, TODAY).dead_air
    assert (dead.count.value, dead.seconds.value, dead.longest_s) == (3, 40, 30)
    assert [(one.seconds, one.digital, one.level_dbfs) for one in dead.longest] == [
        (30, True, -120.0), (5, False, -70.0), (5, None, None)
    ]  # fmt: skip


def test_of_many_silences_the_longest_are_listed_and_all_are_counted() -> None:
    pieces = [piece for number in range(200) for piece in ((float(number + 1), "silence"), (30.0, "jazz"))]
    dead = figures_of(tiled(*pieces), TODAY).dead_air
    assert dead.count.value == 200
    assert [one.seconds for one in dead.longest] == [float(number) for number in range(201 - dead_air.LISTED, 201)]


def test_a_run_bridges_short_interruptions_and_no_long_ones() -> None:
    rows = tiled(
        (600, "jazz"), (20, "speech"), (600, "jazz"), (40, "speech"), (300, "jazz"), (100, "uncertain"), (9, "rock")
    )
    runs = figures_of(rows, TODAY).runs
    assert [(run.on_air, run.seconds) for run in runs] == [
        ("jazz", 1_200),
        ("jazz", 300),
        ("speech", 40),
        ("speech", 20),
        ("rock", 9),
    ]
    assert (runs[0].ended_at - runs[0].started_at).total_seconds() == 1_220


def test_gaps_and_offline_entries_that_overlap_are_one_outage() -> None:
    rows: list[Entry | GapRow] = [
        *tiled((100, "jazz"), (50, "offline"), (100, "jazz"), (100, "rock")),
        gap(NOON + timedelta(seconds=95), 55, Cause.RESET),
        gap(NOON + timedelta(seconds=300), 10, Cause.LATE),
    ]
    up = figures_of(rows, TODAY).availability
    assert [(outage.seconds, outage.causes) for outage in up.longest] == [(55, ["reset"]), (10, ["late"])]
    assert up.share.value == pytest.approx(1 - 65 / 350, abs=1e-5)
    assert {cause.cause: (cause.count, cause.seconds) for cause in up.by_cause} == {"reset": (1, 55), "late": (1, 10)}


def test_an_outage_is_as_long_as_the_monotonic_clock_says() -> None:
    rows = [
        entry(NOON, 100, "jazz"),
        # The wall clock was set back and is caught up with, and then it is set by two days.
        entry(NOON + timedelta(seconds=100), 200, "offline", span_s=100),
        entry(NOON + timedelta(seconds=200), 0, "offline", span_s=172_800, cause=Cause.CLOCK_STEP),
        entry(NOON + timedelta(seconds=173_000), 100, "offline"),
        entry(NOON + timedelta(seconds=173_100), 100, "jazz"),
    ]
    week = figures_of(rows, periods.week(date(2026, 11, 10), BERLIN))
    assert (week.logged_s, week.availability.analysed_s, week.availability.share.value) == (500, 200, 0.4)
    assert [one.seconds for one in week.availability.longest] == [200, 100]
    assert [one.availability for one in week.days if one.logged_s] == [0.33333, 0.5]


def test_an_outage_has_all_its_causes_the_longest_first() -> None:
    rows = [
        entry(NOON, 10, "jazz"),
        entry(NOON + timedelta(seconds=10), 5, "offline", cause=Cause.STALLED),
        entry(NOON + timedelta(seconds=15), 60, "offline", cause=Cause("http_503")),
    ]
    up = figures_of(rows, TODAY).availability
    assert [outage.causes for outage in up.longest] == [["http_503", "stalled"]]
    assert up.outages.value == 1


def test_a_title_is_one_play_until_the_next_one_is_announced() -> None:
    rows: list[Entry] = []
    at = NOON
    for on_air, title, artist in (
        ("uncertain", "A - One", "A"), ("jazz", "A - One", "A"), ("speech", None, None),
        ("jazz", "A - One", "A"), ("rock", "B - Two", "B"), ("rock", "a - three", "a"),
    ):  # fmt: skip
        rows.append(entry(at, 60, on_air, title=title, artist=artist))
        at = rows[-1].ended_at
    titles = figures_of(rows, TODAY).titles
    assert (titles.plays, titles.titles, titles.artists) == (4, 3, 2)
    assert next((title.title, title.plays, title.seconds, title.on_air) for title in titles.most_played) == (
        "A - One",
        2,
        180,
        "jazz",
    )
    assert [(artist.artist, artist.plays) for artist in titles.most_played_artists] == [("A", 3), ("B", 1)]


def test_titles_without_end_are_counted_in_bounded_memory() -> None:
    period = periods.day(date(2026, 11, 10), BERLIN)
    summary = PeriodSummary(period)
    summary.plays = Plays(kept=100)
    rows = (
        entry(
            NOON + timedelta(seconds=number), 1, "jazz", title="hit" if number % 3 == 0 else f"{number} " + "x" * 10_000
        )
        for number in range(2_000)
    )
    summary.take(rows)
    found = summary.plays.figures()
    assert not found.is_complete
    assert found.titles <= 100
    assert found.most_played[0].title == "hit"
    assert all(len(title.title) <= 200 for title in found.most_played)


def test_a_day_is_drawn_as_strips_of_an_hour() -> None:
    station = figures_of(tiled((1_800, "jazz"), (3_600, "rock"), since=TODAY.since), TODAY)
    assert (station.strips.each, len(station.strips.strips)) == ("hour", 24)
    first, second, third = station.strips.strips[:3]
    assert [(part.at_s, part.seconds, part.on_air) for part in first.parts] == [
        (0, 1_800, "jazz"),
        (1_800, 1_800, "rock"),
    ]
    assert [(part.at_s, part.seconds, part.on_air) for part in second.parts] == [(0, 1_800, "rock")]
    assert third.parts == []


def test_the_hour_that_clocks_repeat_has_a_strip_of_its_own() -> None:
    period = periods.day(date(2026, 10, 25), BERLIN)
    strips = figures_of(tiled((90_000, "jazz"), since=period.since), period).strips.strips
    assert len(strips) == 25
    assert [(strip.hour, strip.repeats) for strip in strips[2:4]] == [(2, False), (2, True)]


def test_in_a_strip_of_a_day_the_hour_that_clocks_repeat_is_a_second_pass() -> None:
    period = periods.week(date(2026, 10, 25), BERLIN)
    sunday = figures_of(tiled((7 * 86_400 + 3_600, "jazz"), since=period.since), period).strips.strips[-1]
    assert sunday.seconds == 90_000
    assert [(part.at_s, part.seconds, part.pass_) for part in sunday.parts] == [
        (0, 10_800, 0), (7_200, 3_600, 1), (10_800, 75_600, 0)
    ]  # fmt: skip


def test_clocks_that_are_set_by_half_an_hour_leave_a_strip_with_half_an_hour_less() -> None:
    period = periods.day(date(2026, 10, 4), LORD_HOWE)
    strips = figures_of(tiled((period.seconds, "jazz"), since=period.since), period).strips.strips
    assert len(strips) == 24
    (part,) = strips[2].parts
    assert (part.at_s, part.seconds) == (1_800, 1_800)
    assert figures_of(tiled((period.seconds, "jazz"), since=period.since), period).clock[2].seconds == 1_800


def test_more_than_400_days_have_no_strips() -> None:
    period = periods.days(date(2024, 1, 1), date(2026, 1, 1), BERLIN)
    station = figures_of(tiled((3_600, "jazz"), since=period.since), period)
    assert station.strips.strips == []
    assert len(station.days) == 731


def test_days_of_a_month_are_what_each_day_comes_to_by_itself() -> None:
    period = periods.week(date(2026, 10, 25), BERLIN)
    rows = list(Programme("city", CITY_STATION, flaws=20).rows(period.since - timedelta(hours=2), period.until))
    station = figures_of(rows, period)
    for day in station.days:
        ends_at = periods.day(day.day, BERLIN).until - timedelta(microseconds=1)
        alone = daily_figures(rows, ends_at, BERLIN)
        assert alone.genre == day.genre
        assert alone.dead_airs == day.dead_airs
        assert (alone.logged_s, alone.music_s, alone.dead_air_s) == pytest.approx(
            (day.logged_s, day.music_s, day.dead_air_s), abs=0.01
        )
        assert alone.availability == pytest.approx(day.availability, abs=1e-4)


def test_today_so_far_begins_at_the_station_s_midnight() -> None:
    rows = tiled((3_600, "rock"), (7_200, "jazz"), (30, "silence"), since=TODAY.since - timedelta(hours=1))
    today = daily_figures(rows, TODAY.since + timedelta(hours=2, seconds=30), BERLIN)
    assert (today.day, today.music_s, today.genre) == (date(2026, 11, 10), 7_200, "jazz")
    assert (today.dead_air_s, today.dead_airs, today.availability) == (30, 1, 1.0)


def test_a_day_of_which_nothing_was_logged_has_no_availability() -> None:
    today = daily_figures([], NOON, BERLIN)
    assert (today.logged_s, today.genre, today.availability) == (0, None, None)


def test_at_midnight_sharp_a_day_of_nothing_begins() -> None:
    today = daily_figures(tiled((3_600, "rock"), since=TODAY.since - timedelta(hours=1)), TODAY.since, BERLIN)
    assert (today.day, today.logged_s) == (date(2026, 11, 10), 0)


PIECES = st.lists(
    st.tuples(
        st.floats(0.001, 20_000, allow_nan=False),
        st.sampled_from(["jazz", "rock", "schlager", "speech", "uncertain", "silence", "offline"]),
    ),
    min_size=1,
    max_size=60,
)


@settings(max_examples=60)
@given(
    PIECES,
    st.sampled_from([BERLIN, LORD_HOWE]),
    st.sampled_from([date(2026, 3, 29), date(2026, 10, 25), date(2026, 4, 5), date(2026, 10, 4), date(2028, 2, 29)]),
    st.integers(-40_000, 40_000),
)
def test_whatever_was_on_air_the_figures_add_up(
    pieces: list[tuple[float, str]], zone: ZoneInfo, day: date, offset_s: int
) -> None:
    period = periods.week(day, zone)
    rows = tiled(*pieces, since=midnight(day, zone) + timedelta(seconds=offset_s))
    summary = PeriodSummary(period)
    summary.take(rows)
    station = figures_of(rows, period) if summary.logged_since_s is not None else None
    if station is None:
        return
    assert sum(share.share for share in station.shares) == pytest.approx(1, abs=1e-3)
    assert sum(hour.seconds for hour in station.clock) == pytest.approx(station.logged_s, abs=0.1)
    assert sum(one.logged_s for one in station.days) == pytest.approx(station.logged_s, abs=0.1)
    assert sum(one.dead_air_s for one in station.days) == pytest.approx(station.dead_air.seconds.value, abs=0.1)
    assert station.availability.analysed_s <= station.logged_s
    offline_s = sum(share.seconds for share in station.shares if share.on_air == "offline")
    assert station.logged_s - station.availability.analysed_s == pytest.approx(offline_s, abs=0.1)
    for strip in station.strips.strips:
        passes = [
            (part.at_s + (part.pass_ << 20), part.at_s + part.seconds + (part.pass_ << 20)) for part in strip.parts
        ]
        assert all(one[1] <= other[0] for one, other in zip(sorted(passes), sorted(passes)[1:], strict=False))
        assert sum(part.seconds for part in strip.parts) <= strip.seconds + 1


def test_memory_does_not_grow_with_the_rows() -> None:
    def peak(hours: int) -> int:
        period = Period(NOON, NOON + timedelta(hours=5), BERLIN)

        def sum_up() -> None:
            rows = (entry(NOON + timedelta(seconds=second), 1, "jazz", title="A") for second in range(hours * 3_600))
            PeriodSummary(period).take(rows)

        return peak_bytes(sum_up)

    peak(1)
    assert peak(5) < peak(2) + 50_000


def test_the_figures_of_a_report_name_what_they_are_of() -> None:
    now = datetime(2026, 11, 11, 6, tzinfo=UTC)
    report = report_of([StationRows("one", "", tiled((60, "jazz")), ()), StationRows("two", "Two", [], ())], TODAY, now)
    assert [station.station for station in report.stations] == ["one"]
    assert report.stations[0].name == "one"
    assert (report.period.kind, report.period.time_zone, report.created_at) == ("day", "Europe/Berlin", now)


class _CountedZone(tzinfo):
    """Counts how often somebody asks what its clocks show."""

    def __init__(self) -> None:
        self.asked = 0

    def utcoffset(self, at: datetime | None) -> timedelta:
        self.asked += at is not None
        return timedelta(hours=1)

    def dst(self, _at: datetime | None) -> timedelta:
        return timedelta()

    def tzname(self, _at: datetime | None) -> str:
        return "counted"


def test_a_long_period_of_which_little_is_logged_takes_no_longer_than_its_days() -> None:
    zone = _CountedZone()
    rows = list(tiled((7_200, "jazz"), (60, "silence"), since=NOON))
    period = Period(datetime(1970, 1, 1, tzinfo=UTC), NOON + timedelta(days=2), zone)
    stations = [StationRows(str(number), "", rows, []) for number in range(9)]
    station = report_of(stations, period, period.until).stations[8]
    assert [(day.logged_s, day.genre) for day in station.days if day.logged_s] == [(7_260, "jazz")]
    assert len(station.days) > 20_000
    assert zone.asked < 12 * len(station.days)
