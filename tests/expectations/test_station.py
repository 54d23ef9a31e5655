"""Scripted programmes against what is expected of them."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from genred.events import ExpectationBroken, ExpectationMet, MetReason
from genred.expectations.station import StationExpectations, expectation_profiles
from tests.expectations.programme import programme, station_config

HOUR = 3_600.0
CLASSICAL = "{share: {classical: 0.7}, over: 1h}"
NO_SILENCE = "{silence_at_most: 20s}"
NO_METAL = "{not: [metal], for: 5min}"
MORNING_TALK = '{between: "06:00-10:00", share: {speech: 0.2}}'


def test_a_share_that_falls_is_broken_and_met_again_with_its_figures() -> None:
    played = programme().expect(CLASSICAL).play("classical", HOUR).play("rock", 0.5 * HOUR)
    (broken,) = played.changes
    assert isinstance(broken, ExpectationBroken)
    (figure,) = broken.figures
    assert (figure.of, figure.expected, figure.unit) == ("classical", 0.7, "share")
    assert 0.6 < figure.measured < 0.7
    assert broken.answered_s == pytest.approx(HOUR, abs=61)
    assert broken.description == "at least 70 % classical over 1 h"
    played.play("classical", HOUR)
    assert played.story == ["-share_classical", "+share_classical"]
    met = played.changes[1]
    assert isinstance(met, ExpectationMet)
    assert met.reason is MetReason.MET
    assert met.figures[0].measured >= 0.75
    assert met.started_at == broken.at
    assert met.duration_s == met.at.seconds_since(broken.at) > 0


@pytest.mark.parametrize("word", ["offline", "uncertain"])
def test_time_without_an_answer_breaks_nothing_by_its_genre(word: str) -> None:
    played = programme(step_s=5.0).expect(CLASSICAL, NO_METAL, "{only: [classical], for: 1min}").play("classical", HOUR)
    assert played.play(word, 5 * HOUR).play("classical", 2 * HOUR).story == []


def test_half_of_the_period_must_be_answered() -> None:
    played = programme().expect(CLASSICAL).play("uncertain", 0.52 * HOUR).play("rock", 0.4 * HOUR)
    assert played.story == []
    assert played.play("uncertain", 0.3 * HOUR).play("rock", 0.05 * HOUR).story == []
    assert played.play("rock", 0.2 * HOUR).story == ["-share_classical"]


def test_what_cannot_become_true_any_more_is_broken_before_the_period_has_passed() -> None:
    assert programme().expect(CLASSICAL).play("rock", 0.6 * HOUR).story == ["-share_classical"]
    assert programme().expect(CLASSICAL).play("classical", 0.4 * HOUR).play("rock", 0.2 * HOUR).story == []


def test_a_share_at_its_limit_does_not_flap() -> None:
    played = programme().expect("{share: {classical: 0.5}, over: 10min}")
    for _ in range(200):
        played.play("classical", 31).play("rock", 29).play("rock", 31).play("classical", 29)
    assert len(played.changes) <= 1


def test_at_most_is_the_other_way_round() -> None:
    played = programme().expect("{share_at_most: {speech: 0.3}, over: 30min}").play("rock", HOUR).play("speech", 900)
    assert played.story == ["-share_at_most_speech"]
    assert played.play("rock", HOUR).story == ["-share_at_most_speech", "+share_at_most_speech"]


def test_music_is_any_genre_and_several_shares_are_expected_together() -> None:
    played = programme().expect("{share: {music: 0.5, classical: 0.3}, over: 10min}").play("classical", 700)
    assert played.play("rock", 500).story == ["-share_music_classical"]
    assert {figure.of: round(figure.measured) for figure in played.changes[0].figures} == {"music": 1, "classical": 0}


def test_dead_air_is_measured_from_its_first_second() -> None:
    played = programme().expect(NO_SILENCE).play("rock", 60).play("silence", 19).play("rock", 60)
    assert played.story == []
    played.play("silence", 22)
    (broken,) = played.changes
    assert 20 < broken.figures[0].measured <= 22
    played.play("rock", 15)
    assert played.story == ["-silence"]
    played.play("rock", 10)
    assert played.story == ["-silence", "+silence"]


def test_dead_air_that_comes_and_goes_is_one_fault() -> None:
    played = programme().expect(NO_SILENCE).play("rock", 60)
    for _ in range(20):
        played.play("silence", 25).play("rock", 10)
    assert played.story == ["-silence"]


def test_a_lost_source_is_no_dead_air() -> None:
    played = programme().expect(NO_SILENCE).play("rock", 60).play("silence", 15).play("offline", HOUR)
    assert played.play("silence", 15).play("rock", 5).story == []


def test_a_genre_that_is_not_to_be_on_air_may_be_for_a_while() -> None:
    played = programme().expect(NO_METAL).play("rock", 600).play("metal", 290).play("rock", 60).play("metal", 290)
    assert played.story == []
    played.play("metal", 15)
    assert played.story == ["-not_metal"]
    assert [(figure.of, figure.unit) for figure in played.changes[0].figures] == [("metal", "seconds")]
    assert played.changes[0].figures[0].measured == pytest.approx(300, abs=1.1)
    assert played.play("rock", 20).play("metal", 20).story == ["-not_metal"]
    assert played.play("rock", 40).story == ["-not_metal", "+not_metal"]


def test_short_interludes_and_pauses_end_no_stretch_but_do_not_count() -> None:
    played = programme().expect(NO_METAL)
    for _ in range(4):
        played.play("metal", 60).play("silence", 8).play("rock", 10).play("uncertain", 120)
    assert played.story == []
    assert played.play("metal", 70).story == ["-not_metal"]


def test_only_lets_all_others_break_it_but_silence() -> None:
    played = programme().expect("{only: [classical, speech], for: 1min}").play("speech", 600).play("silence", 600)
    assert played.story == []
    assert played.play("pop", 70).story == ["-only_classical_speech"]
    assert played.changes[0].figures[0].of == "pop"


def test_a_span_of_the_day_is_judged_as_a_whole() -> None:
    played = programme("2026-11-22T05:00:00", step_s=5.0).expect(MORNING_TALK).play("rock", HOUR)
    played.play("speech", 0.5 * HOUR).play("rock", 3.4 * HOUR)
    assert played.story == ["-share_speech_0600_1000"]  # certain before the end: 0.5 + 0.1 of 4 hours is too little
    assert played.play("speech", 3 * HOUR).story == ["-share_speech_0600_1000"]
    played.play("rock", 17 * HOUR + 0.1 * HOUR).play("speech", 2 * HOUR)
    assert played.story == ["-share_speech_0600_1000", "+share_speech_0600_1000"]


def test_a_span_that_was_hardly_heard_is_not_judged() -> None:
    played = (
        programme("2026-11-22T05:00:00", step_s=5.0)
        .expect(MORNING_TALK)
        .play("offline", 3.1 * HOUR)
        .play("rock", 1.8 * HOUR)
    )
    assert played.play("rock", 5 * HOUR).story == []


def test_what_is_broken_in_a_span_is_expected_no_longer_after_it() -> None:
    played = programme("2026-11-22T09:00:00", step_s=5.0).expect('{between: "06:00-10:00", not: metal, for: 5min}')
    assert played.play("metal", 0.9 * HOUR).story == ["-not_metal_0600_1000"]
    played.play("metal", 0.2 * HOUR)
    (_, lifted) = played.changes
    assert isinstance(lifted, ExpectationMet)
    assert lifted.reason is MetReason.SPAN_OVER
    assert played.play("metal", 10 * HOUR).story[2:] == []


@pytest.mark.parametrize(
    ("day", "hours"),
    [("2026-03-28", 8.0), ("2026-03-27", 9.0), ("2026-10-24", 10.0)],
    ids=["spring", "usual", "autumn"],
)
def test_a_night_is_as_long_as_the_clock_makes_it(day: str, hours: float) -> None:
    item = '{between: "22:00-07:00", share: {speech: 0.5}}'
    start = f"{day}T{'20' if day == '2026-10-24' else '21'}:00:00"  # 22:00 in Berlin
    enough = programme(start, step_s=5.0).expect(item, zone="Europe/Berlin")
    assert enough.play("speech", 0.51 * hours * HOUR).play("rock", 0.6 * hours * HOUR).story == []
    less = programme(start, step_s=5.0).expect(item, zone="Europe/Berlin")
    assert less.play("speech", 0.48 * hours * HOUR).play("rock", 0.6 * hours * HOUR).story == [
        "-share_speech_2200_0700"
    ]


def test_a_station_that_is_switched_off_is_expected_to_do_nothing() -> None:
    played = programme().expect(NO_METAL).play("metal", 400).switch(enabled=False)
    assert played.story == ["-not_metal", "+not_metal"]
    lifted = played.changes[-1]
    assert isinstance(lifted, ExpectationMet)
    assert lifted.reason is MetReason.SWITCHED_OFF
    assert played.switch(enabled=True).play("metal", 290).story == ["-not_metal", "+not_metal"]


def test_time_of_which_nothing_is_reported_counts_for_nothing() -> None:
    assert programme().expect(NO_METAL).play("metal", 200).wait(HOUR).play("metal", 60).story == []


def test_a_reload_keeps_what_is_unchanged_and_ends_what_is_gone() -> None:
    played = programme().expect(NO_METAL, NO_SILENCE).play("metal", 310)
    assert played.story == ["-not_metal"]
    played.expect("{silence_at_most: 30s}", NO_METAL)
    assert played.story == ["-not_metal"]
    assert played.station.broken == ["not_metal"]
    played.expect("{not: [metal], for: 6min}")
    assert played.story == ["-not_metal", "+not_metal"]
    lifted = played.changes[-1]
    assert isinstance(lifted, ExpectationMet)
    assert lifted.reason is MetReason.RECONFIGURED
    assert played.play("metal", 355).story == ["-not_metal", "+not_metal"]
    assert played.play("metal", 10).story == ["-not_metal", "+not_metal", "-not_metal"]
    assert [one.expectation for one in played.station.end(played.moment())] == ["not_metal"]


def test_ids_are_unique_and_follow_what_is_expected() -> None:
    config = station_config(
        CLASSICAL,
        "{share: {classical: 0.5}, over: 1d}",
        MORNING_TALK,
        "{silence_at_most: 90s, id: share_classical_3}",
        "{share: {classical: 0.1}, over: 2h, name: A bit}",
    )
    profiles = expectation_profiles(config)
    assert [profile.id for profile in profiles] == [
        "share_classical",
        "share_classical_2",
        "share_speech_0600_1000",
        "share_classical_3",
        "share_classical_4",
    ]
    assert [profile.name for profile in profiles] == [
        "at least 70 % classical over 1 h",
        "at least 50 % classical over 1 d",
        "at least 20 % speech, 06:00-10:00",
        "no silence for more than 1 min 30 s",
        "A bit",
    ]


WORDS = st.sampled_from(["classical", "rock", "metal", "speech", "silence", "uncertain", "offline"])
SCRIPT = st.lists(st.tuples(WORDS, st.integers(1, 900)), max_size=25)
ITEMS = (
    "{share: {classical: 0.7}, over: 10min}",
    "{share_at_most: {speech: 0.3}, over: 5min}",
    "{not: metal, for: 2min}",
    "{only: [classical, speech], for: 1min, between: 12:10-13:00}",
    "{silence_at_most: 20s}",
    "{share: {speech: 0.2}, between: 12:05-12:45}",
)
PERIODS = {"share_classical": 600.0, "share_at_most_speech": 300.0, "share_speech_1205_1245": 2_400.0}


@given(SCRIPT, st.sampled_from([1.0, 2.5, 10.0]), st.lists(st.integers(0, 24), max_size=3))
@settings(max_examples=60, deadline=None)
def test_broken_and_met_take_turns_whatever_comes(
    script: list[tuple[str, int]], step_s: float, switched: list[int]
) -> None:
    played = programme(step_s=step_s).expect(*ITEMS)
    for number, (word, seconds) in enumerate(script):
        if number in switched:
            played.switch(enabled=False).switch(enabled=True)
        played.play(word, seconds)
    played.changes += played.station.end(played.moment())
    for name in {change.expectation for change in played.changes}:
        turns = [isinstance(change, ExpectationBroken) for change in played.changes if change.expectation == name]
        assert turns == [number % 2 == 0 for number in range(len(turns))]
        assert len(turns) % 2 == 0
    for change in played.changes:
        if isinstance(change, ExpectationMet):
            assert change.duration_s >= 0
        if isinstance(change, ExpectationBroken) and change.expectation in PERIODS:
            assert change.answered_s >= 0.5 * PERIODS[change.expectation]
        assert all(figure.measured >= 0 for figure in change.figures)
        assert all(figure.measured <= 1 + 1e-9 for figure in change.figures if figure.unit == "share")


@given(SCRIPT)
@settings(max_examples=30, deadline=None)
def test_a_share_is_what_was_played(script: list[tuple[str, int]]) -> None:
    """With a fresh programme long enough for one judgement, the verdict is that of plain arithmetic."""
    played = programme().expect("{share: {classical: 0.5}, over: 10min}")
    for word, seconds in script:
        played.play(word, seconds)
    for change in played.changes:
        if isinstance(change, ExpectationBroken):
            assert change.figures[0].measured < 0.5
        elif change.reason is MetReason.MET:
            assert change.figures[0].measured >= 0.55 - 1e-9


def test_a_station_of_which_nothing_is_expected_costs_nothing() -> None:
    station = StationExpectations("kitchen")
    assert station.broken == []
    assert station.advance(programme().moment()) == []
