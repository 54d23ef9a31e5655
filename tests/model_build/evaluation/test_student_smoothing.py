from __future__ import annotations

from dataclasses import replace

import msgspec
import numpy as np
import pytest

from genred.analysis.genre_filter import GenreFilterSettings
from genred_build.evaluation.broadcasts import SILENCE, Playback, Song, simulate_broadcast
from genred_build.evaluation.smoothing import (
    Stability,
    filtered,
    moving_average,
    stability,
    stability_line,
    tally,
    window_argmax,
)
from genred_build.evaluation.tuning import describe_tuning, judged_with, tune, tuned_by_folds, tuned_on
from genred_build.spec.labels import SPEECH

BLUES, METAL = 0, 6


def songs() -> list[Song]:
    rng = np.random.default_rng(0)
    return [
        Song((rng.standard_normal(22_050 * 3) * 0.1).astype(np.float32), label, f"artist of {label}")
        for label in (BLUES, METAL, SPEECH)
    ]


def playback(*, errors: float, seed: int = 0, blocks: int = 4) -> Playback:
    """Two genres by turns of two minutes; some windows answer the other one."""
    rng = np.random.default_rng(seed)
    block = np.repeat(np.arange(blocks), 120)
    truth = np.where(block % 2, METAL, BLUES)
    answered = np.where(rng.random(len(truth)) < errors, BLUES + METAL - truth, truth)
    probabilities = np.full((len(truth), 11), 0.02)
    probabilities[np.arange(len(truth)), answered] = 0.8
    artist = np.char.add("artist ", block.astype(str))
    return Playback(probabilities, truth, block, np.zeros(len(truth), bool), 1.0, 5.0, artist)


def test_broadcast_says_what_is_on_air_each_second() -> None:
    broadcast = simulate_broadcast(songs(), 10, seed=1)
    assert broadcast.samples.size // 22_050 == len(broadcast.label_at_s) == len(broadcast.block_at_s)
    assert {BLUES, METAL, SPEECH} <= set(broadcast.label_at_s.tolist()) <= {BLUES, METAL, SPEECH, SILENCE}
    assert (np.diff(broadcast.block_at_s) >= 0).all()
    whose = np.where(broadcast.label_at_s == SILENCE, "", np.char.add("artist of ", broadcast.label_at_s.astype(str)))
    assert np.array_equal(broadcast.artist_at_s, whose)
    quiet = np.flatnonzero(broadcast.label_at_s == SILENCE)
    loud = np.flatnonzero(broadcast.label_at_s == BLUES)
    rms = np.array([np.std(broadcast.samples[s * 22_050 : (s + 1) * 22_050]) for s in range(len(broadcast.label_at_s))])
    assert rms[loud].min() > 0.02
    assert not quiet.size or np.median(rms[quiet]) < 0.01


def test_perfect_answers_have_no_spurious_switch_and_no_wait() -> None:
    playbacks = playback(errors=0.0)
    found = stability("argmax", [tally(playbacks, window_argmax(playbacks))])
    assert (found.spurious_an_hour, found.seconds_to_right, found.wrong_share) == (0.0, 0.0, 0.0)
    assert found.blocks == 4


def test_what_is_hardly_ever_right_can_be_written_and_read_again() -> None:
    playbacks = playback(errors=1.0)
    found = stability("argmax", [tally(playbacks, window_argmax(playbacks))])
    assert (found.seconds_to_right, found.never_right) == (None, 1.0)
    assert msgspec.json.decode(msgspec.json.encode(found), type=Stability) == found
    assert "mostly never the right genre" in stability_line(found)
    assert tune([playbacks]).hold_s > 0


def test_filter_is_steadier_than_windows_and_average() -> None:
    playbacks = playback(errors=0.25)
    settings = GenreFilterSettings(120.0, 1.0, 0.6, 0.4, 3.0)
    by_window, by_average, by_filter = (
        stability(name, [tally(playbacks, answers)])
        for name, answers in (
            ("argmax", window_argmax(playbacks)),
            ("average", moving_average(playbacks)),
            ("filter", filtered(playbacks, settings)),
        )
    )
    assert by_filter.switches_an_hour < by_average.switches_an_hour < by_window.switches_an_hour
    assert by_filter.wrong_share < by_window.wrong_share


def test_tuned_filter_keeps_its_bounds_where_that_can_be_had() -> None:
    playbacks = [playback(errors=0.25, seed=seed) for seed in range(2)]
    settings = tune(playbacks)
    found = stability("tuned", [tally(one, filtered(one, settings)) for one in playbacks])
    assert found.wrong_share <= 0.1
    assert found.spurious_an_hour <= 12.0
    assert found.seconds_to_right is not None
    assert found.seconds_to_right <= 12.0


def test_filter_that_is_to_stay_stays_and_so_much_confidence_is_asked_for_that_little_is_wrong() -> None:
    steady = GenreFilterSettings(90.0, 0.9, 0.7, 0.5, 3.0, sharpness=2.0)
    sound, wrong = playback(errors=0.05, seed=1), playback(errors=0.45, seed=2)
    mixed = replace(wrong, probabilities=np.roll(wrong.probabilities, 1, axis=1))
    easy = tuned_by_folds([[sound], [playback(errors=0.05, seed=3)]], steady).settings
    hard = tuned_by_folds([[sound, mixed], [mixed]], steady).settings
    for found in (easy, hard):
        assert (found.hold_s, found.evidence_weight, found.announce_threshold, found.dwell_s) == (90.0, 0.9, 0.7, 3.0)
    assert easy == tuned_by_folds([[sound], [playback(errors=0.05, seed=3)]], replace(steady, sharpness=1.0)).settings
    assert easy.least_confidence == 0.0
    assert hard.least_confidence > 0.0


def test_word_that_was_on_air_a_window_ago_is_late_and_not_wrong() -> None:
    playbacks = playback(errors=0.0)
    answers = np.roll(window_argmax(playbacks), 4)
    answers[:4] = BLUES
    answers[300:310] = METAL + 1
    found = stability("", [tally(playbacks, answers)])
    assert found.late_share == pytest.approx(3 * 4 / 480, abs=1e-4)
    assert found.wrong_share == pytest.approx(10 / 480, abs=1e-4)
    assert found.answered_share == 1.0


def test_each_fold_is_judged_with_numbers_that_the_others_chose() -> None:
    # Two folds are heard rightly, and waver; in the third the wrong label leads: by itself it would rather say nothing.
    sound = [playback(errors=0.2, seed=1, blocks=2), playback(errors=0.1, seed=3, blocks=2)]
    wrong = replace(sound[0], probabilities=np.roll(sound[0].probabilities, 1, axis=1))
    found = tuned_by_folds([[sound[0]], [sound[1]], [wrong]])
    assert found.settings == tune([*sound, wrong])
    alone = judged_with(tune(sound), [wrong]).programmes[-1]
    others = [judged_with(tune([*(one for one in sound if one is not own), wrong]), [own]) for own in sound]
    expected = alone.wrong_share + sum(one.programmes[-1].wrong_share for one in others)
    assert found.programmes[-1].wrong_share == pytest.approx(expected / 3, abs=2e-4)
    knowing_all = judged_with(found.settings, [*sound, wrong]).programmes[-1]
    assert knowing_all.wrong_share < found.programmes[-1].wrong_share
    assert [row.least_confidence for row in found.coverage] == [0.0, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9]
    answered = [row.answered for row in found.coverage]
    assert answered == sorted(answered, reverse=True)
    assert all(row.low <= row.wrong <= row.high for row in found.coverage)


def test_confidence_that_was_tuned_says_how_often_an_answer_is_right() -> None:
    playbacks = [playback(errors=errors, seed=seed, blocks=2) for seed, errors in enumerate((0.05, 0.4, 0.3, 0.2))]
    found = tuned_on(playbacks, [playback(errors=errors, seed=10 + seed) for seed, errors in enumerate((0.05, 0.4))])
    assert found.confidence_error < 0.1
    assert found.coverage[-1].answered < found.coverage[0].answered
    assert found.coverage[-1].wrong <= found.coverage[0].wrong
    assert "0.9: " in describe_tuning(found, "it")


def test_reliability_counts_the_time_at_each_confidence_and_draws_artists_anew() -> None:
    sound, wrong = playback(errors=0.1, seed=1), playback(errors=0.1, seed=2)
    wrong = replace(wrong, probabilities=np.roll(wrong.probabilities, 1, axis=1), artist=np.full(480, "one artist"))
    found = judged_with(tune([sound]), [sound, wrong])
    assert sum(row.time for row in found.reliability) == pytest.approx(1.0, abs=0.01)
    assert all(row.above <= row.confidence <= row.below for row in found.reliability)
    assert all(row.low <= row.right <= row.high for row in found.reliability)
    widest = max(found.reliability, key=lambda row: row.time)
    assert widest.high - widest.low > 0.3
