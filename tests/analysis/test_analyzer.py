"""The analyzer, whole: the same samples give the same estimates, and each state has its sound."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING

import msgspec
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from genred.analysis.analyzer import Analyzer
from genred.analysis.classifier import Classifier
from genred.analysis.estimate import State
from genred.config.schema import AnalysisConfig, SilenceConfig, SmoothingConfig
from tests.signals import SOUNDS

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from genred.analysis.bundle import ModelBundle
    from genred.analysis.estimate import Estimate

RATE_HZ = 22_050


def sound(label: str, seconds: float, seed: int = 1) -> NDArray[np.float32]:
    return SOUNDS[label](seconds, np.random.default_rng(seed))


def silence(seconds: float) -> NDArray[np.float32]:
    return np.zeros(round(seconds * RATE_HZ), np.float32)


def words(estimates: list[Estimate]) -> list[str]:
    return [word for word, _ in itertools.groupby(estimate.announcement for estimate in estimates)]


PROGRAMME = np.concatenate([sound("jazz", 14), sound("metal", 16), silence(12), sound("speech", 14), sound("jazz", 16)])


def test_a_programme_gives_its_words_in_their_order(tiny_bundle: ModelBundle) -> None:
    estimates = Analyzer(tiny_bundle).push(PROGRAMME)
    assert words(estimates) == [
        "uncertain", "jazz", "metal", "silence", "uncertain", "speech", "jazz",
    ]  # fmt: skip
    states = {estimate.announcement: estimate.state for estimate in estimates}
    assert states["jazz"] is State.MUSIC
    assert states["speech"] is State.SPEECH
    assert all((estimate.genre is not None) == (estimate.state is State.MUSIC) for estimate in estimates)


@pytest.fixture(scope="module")
def whole(tiny_bundle: ModelBundle) -> list[Estimate]:
    return Analyzer(tiny_bundle).push(PROGRAMME)


def test_a_classifier_that_has_run_before_changes_nothing(tiny_bundle: ModelBundle, whole: list[Estimate]) -> None:
    classifier = Classifier(tiny_bundle)
    Analyzer(tiny_bundle, classifier=classifier).push(sound("speech", 20))
    assert Analyzer(tiny_bundle, classifier=classifier).push(PROGRAMME) == whole


@settings(max_examples=8, deadline=None)
@given(sizes=st.lists(st.integers(1, 60_000), min_size=1, max_size=20))
def test_block_sizes_change_nothing(tiny_bundle: ModelBundle, whole: list[Estimate], sizes: list[int]) -> None:
    analyzer, estimates, start = Analyzer(tiny_bundle), [], 0
    for size in itertools.cycle([*sizes, 5_000]):
        if start >= PROGRAMME.size:
            break
        estimates += analyzer.push(PROGRAMME[start : start + size])
        start += size
    assert estimates == whole


def test_windows_come_on_the_hop_grid_with_the_first_at_five_seconds(tiny_bundle: ModelBundle) -> None:
    analyzer = Analyzer(tiny_bundle)
    positions = [estimate.position_s for estimate in analyzer.push(sound("jazz", 20))]
    assert positions[0] == pytest.approx(5.0)
    assert np.diff(positions) == pytest.approx(43 * 512 / RATE_HZ)
    assert analyzer.step_s == pytest.approx(0.9985, abs=1e-4)
    assert analyzer.position_s == pytest.approx(20)


def test_probabilities_sum_to_one_and_follow_the_labels(tiny_bundle: ModelBundle) -> None:
    analyzer = Analyzer(tiny_bundle)
    for estimate in analyzer.push(PROGRAMME):
        assert sum(estimate.probabilities) == pytest.approx(1)
        if estimate.window_probabilities is not None:
            assert sum(estimate.window_probabilities) == pytest.approx(1)
        if estimate.genre is not None:
            assert estimate.confidence == estimate.probabilities[analyzer.labels.index(estimate.genre)]


def test_a_station_that_asks_for_more_confidence_than_there_is_never_answers(tiny_bundle: ModelBundle) -> None:
    asking = AnalysisConfig(smoothing=SmoothingConfig(least_confidence=1.0))
    assert set(words(Analyzer(tiny_bundle, asking).push(PROGRAMME))) == {"uncertain", "silence"}


def test_the_cards_numbers_shape_the_confidence_and_what_is_asked_for(tiny_bundle: ModelBundle) -> None:
    def heard(**numbers: float) -> list[Estimate]:
        smoothing = msgspec.structs.replace(tiny_bundle.card.smoothing, **numbers)
        card = msgspec.structs.replace(tiny_bundle.card, smoothing=smoothing)
        return Analyzer(msgspec.structs.replace(tiny_bundle, card=card)).push(PROGRAMME)

    plain = [estimate.confidence for estimate in heard()]
    for numbers in ({"sharpness": 3.0}, {"memory_s": 2.0}, {"doubt_windows": 3.0}):
        assert [estimate.confidence for estimate in heard(**numbers)] != plain
    assert set(words(heard(least_confidence=1.0))) == {"uncertain", "silence"}


def test_after_a_new_title_nothing_is_sure_at_first(tiny_bundle: ModelBundle) -> None:
    analyzer = Analyzer(tiny_bundle)
    before = analyzer.push(sound("jazz", 20))[-1]
    analyzer.reset_filter()
    after = analyzer.push(sound("jazz", 1.1))[0]
    assert after.confidence < before.confidence - 0.1


def test_silence_is_not_shown_to_the_network_and_is_no_genre(tiny_bundle: ModelBundle) -> None:
    estimates = Analyzer(tiny_bundle).push(silence(20))
    assert words(estimates) == ["silence"]
    assert all(estimate.window_probabilities is None for estimate in estimates)


def test_noise_under_the_gate_is_silence_and_over_it_is_not(tiny_bundle: ModelBundle) -> None:
    noise = sound("metal", 12) * np.float32(10 ** (-50 / 20))  # about -64 dBFS
    assert words(Analyzer(tiny_bundle).push(noise)) == ["silence"]
    lower = AnalysisConfig(silence=SilenceConfig(level_dbfs=-75))
    assert "metal" in words(Analyzer(tiny_bundle, lower).push(noise))


def test_the_genre_before_silence_is_not_held_over_it(tiny_bundle: ModelBundle) -> None:
    estimates = Analyzer(tiny_bundle).push(np.concatenate([sound("metal", 20), silence(10), sound("jazz", 3)]))
    assert words(estimates)[-1] == "uncertain"


def test_newest_only_leaves_windows_out(tiny_bundle: ModelBundle) -> None:
    analyzer = Analyzer(tiny_bundle)
    estimates = analyzer.push(sound("jazz", 20), newest_only=True)
    everything = Analyzer(tiny_bundle).push(sound("jazz", 20))
    assert len(estimates) == 1
    assert estimates[0].position_s == everything[-1].position_s
    assert estimates[0].window_probabilities == everything[-1].window_probabilities


def test_after_a_skip_the_first_full_window_is_analysed_and_then_one_in_so_many(tiny_bundle: ModelBundle) -> None:
    analyzer = Analyzer(tiny_bundle)
    for seconds in (5.5, 6.5, 7.5):
        analyzer.push(sound("jazz", seconds), one_in=4)
        skipped_at_s = analyzer.position_s
        analyzer.skip()
        positions = [estimate.position_s for estimate in analyzer.push(sound("jazz", 9.5), one_in=4)]
        expected = [5.0, 5.0 + 4 * analyzer.step_s]
        assert [position - skipped_at_s for position in positions] == pytest.approx(expected)


def test_silence_is_noticed_in_windows_that_were_left_out(tiny_bundle: ModelBundle) -> None:
    estimates = Analyzer(tiny_bundle).push(silence(20), newest_only=True)
    assert words(estimates) == ["silence"]


def test_reset_needs_a_whole_new_window_and_keeps_counting(tiny_bundle: ModelBundle) -> None:
    analyzer = Analyzer(tiny_bundle)
    analyzer.push(sound("jazz", 12))
    analyzer.reset()
    assert analyzer.push(sound("metal", 4.9)) == []
    (estimate,) = analyzer.push(sound("metal", 0.2))
    assert estimate.position_s == pytest.approx(17.0, abs=0.001)
    assert estimate.state is State.UNCERTAIN


def test_reset_filter_forgets_the_genre_but_not_the_audio(tiny_bundle: ModelBundle) -> None:
    analyzer = Analyzer(tiny_bundle)
    analyzer.push(sound("jazz", 15))
    analyzer.reset_filter()
    (estimate,) = analyzer.push(sound("jazz", 1))
    assert estimate.state is State.UNCERTAIN
    assert estimate.window_probabilities is not None
    assert estimate.window_probabilities[0] > 0.9


def test_after_a_new_title_the_song_before_counts_less_and_less(tiny_bundle: ModelBundle) -> None:
    analyzer = Analyzer(tiny_bundle)
    analyzer.push(sound("jazz", 15))
    analyzer.reset_filter()
    assert [word for word in words(analyzer.push(sound("metal", 15))) if word != "uncertain"] == ["metal"]


def test_audio_shorter_than_a_window_is_repeated_to_fill_one(tiny_bundle: ModelBundle) -> None:
    analyzer = Analyzer(tiny_bundle)
    assert analyzer.push(sound("metal", 1.0)) == []
    (estimate,) = analyzer.finish()
    assert estimate.window_probabilities is not None
    assert analyzer.labels[int(np.argmax(estimate.window_probabilities))] == "metal"
    assert estimate.position_s == analyzer.position_s == pytest.approx(1.0)


def test_too_little_audio_gives_no_guess(tiny_bundle: ModelBundle) -> None:
    analyzer = Analyzer(tiny_bundle)
    analyzer.push(sound("metal", 0.2))
    assert analyzer.finish() == []


def test_finish_adds_nothing_where_there_were_windows(tiny_bundle: ModelBundle) -> None:
    analyzer = Analyzer(tiny_bundle)
    analyzer.push(sound("metal", 7.3))
    assert analyzer.finish() == []


def test_the_configuration_overrides_the_bundle_s_smoothing(tiny_bundle: ModelBundle) -> None:
    patient = AnalysisConfig(smoothing=SmoothingConfig(dwell_s=8))
    estimates = Analyzer(tiny_bundle, patient).push(sound("jazz", 20))
    first = next(estimate for estimate in estimates if estimate.genre == "jazz")
    assert first.position_s == pytest.approx(5.0 + 7 * 0.9985, abs=1.1)
    usual = next(e for e in Analyzer(tiny_bundle).push(sound("jazz", 20)) if e.genre == "jazz")
    assert first.position_s > usual.position_s


def test_a_longer_step_than_the_window_leaves_audio_out(tiny_bundle: ModelBundle) -> None:
    estimates = Analyzer(tiny_bundle, AnalysisConfig(step_s=8)).push(sound("jazz", 30))
    assert [round(estimate.position_s) for estimate in estimates] == [5, 13, 21, 29]
