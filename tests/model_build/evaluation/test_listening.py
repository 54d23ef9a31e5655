"""Evaluation through the daemon's analyzer: degradations, broadcasts, and what counts as an answer."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest

from genred_build.augment.recordings import DEGRADATIONS
from genred_build.evaluation.broadcast_scores import score_broadcast
from genred_build.evaluation.evaluate import EvaluationResult, pool, save_predictions, set_scores
from genred_build.evaluation.predictions import HeldOutClip, SegmentPredictions, predict_segments
from genred_build.spec.workspace import load, save
from tests.signals import SOUNDS

if TYPE_CHECKING:
    from genred.analysis.bundle import ModelBundle


def sounds(
    bundle: ModelBundle, seconds: float = 10.0, clips: int = 2
) -> tuple[list[HeldOutClip], dict[Path, np.ndarray]]:
    """Clips of each label of the tiny test network, in memory."""
    memory, found = {}, []
    for label, word in enumerate(bundle.card.labels):
        for number in range(clips):
            path = Path(f"{word}-{number}")
            memory[path] = SOUNDS[word](seconds, np.random.default_rng([label, number]))
            found.append(HeldOutClip(path.name, path, label, (0, 1)))
    return found, memory


def test_each_segment_is_heard_once_by_an_analyzer_that_knows_nothing_yet(tiny_bundle: ModelBundle) -> None:
    clips, memory = sounds(tiny_bundle)
    predictions = predict_segments(tiny_bundle, clips, read=memory.__getitem__)
    backwards = predict_segments(tiny_bundle, clips[::-1], read=memory.__getitem__)
    assert predictions.probabilities.shape == (2 * len(clips), len(tiny_bundle.card.labels))
    np.testing.assert_allclose(predictions.probabilities.sum(axis=1), 1.0)
    own = predictions.probabilities[predictions.clip == 0]
    again = backwards.probabilities[backwards.clip == len(clips) - 1]
    np.testing.assert_array_equal(own, again)
    assert (predictions.by_clip().answer == predictions.by_clip().truth).mean() > 0.9


def test_silence_is_no_answer(tiny_bundle: ModelBundle) -> None:
    clip = HeldOutClip("quiet", Path("quiet"), 0, (0,))
    predictions = predict_segments(tiny_bundle, [clip], read=lambda _: np.zeros(120_000, np.float32))
    assert predictions.by_window().answer.tolist() == [-1]
    assert predictions.by_clip().answer.tolist() == [-1]
    assert predictions.confidence.tolist() == [0.0]


@pytest.mark.parametrize("name", DEGRADATIONS)
def test_degradations_keep_length_and_change_the_sound(name: str) -> None:
    rng = np.random.default_rng(0)
    samples = np.asarray(0.2 * rng.standard_normal(44_100), np.float32)
    worse = DEGRADATIONS[name](samples, np.random.default_rng(1))
    assert worse.dtype == np.float32
    assert worse.shape == samples.shape
    assert np.isfinite(worse).all()
    assert not np.allclose(worse, samples, atol=1e-3)


def test_degradations_do_what_their_names_say() -> None:
    rng = np.random.default_rng(0)
    samples = np.asarray(0.2 * rng.standard_normal(88_200), np.float32)

    def power_above(values: np.ndarray, hz: float) -> float:
        spectrum = np.square(np.abs(np.fft.rfft(values)))
        return float(spectrum[np.fft.rfftfreq(values.size, 1 / 22_050) > hz].sum() / spectrum.sum())

    assert power_above(DEGRADATIONS["telephone band (300 to 3,400 Hz)"](samples, rng), 3_450) < 1e-6
    assert power_above(DEGRADATIONS["resampled through 16 kHz"](samples, rng), 8_050) < 1e-4
    noise = DEGRADATIONS["white noise, 10 dB SNR"](samples, rng) - samples
    assert 10 * np.log10(np.mean(samples**2) / np.mean(noise**2)) == pytest.approx(10, abs=0.2)
    assert np.mean(DEGRADATIONS["gain of -20 dB"](samples, rng) ** 2) == pytest.approx(np.mean(samples**2) / 100)


def test_smoothing_flips_less_than_single_windows_and_takes_longer(tiny_bundle: ModelBundle) -> None:
    clips, memory = sounds(tiny_bundle, seconds=30.0)
    rng = np.random.default_rng(5)
    # A second of another sound now and then: what a single window falls for.
    for path, samples in memory.items():
        word = next(word for word in SOUNDS if not path.name.startswith(word))
        for start in range(150_000, samples.size - 60_000, 200_000):
            samples[start : start + 60_000] = SOUNDS[word](60_000 / 22_050, rng)
    argmax, ema, sticky = score_broadcast(tiny_bundle, clips, memory.__getitem__)
    assert argmax.flips_an_hour > sticky.flips_an_hour
    assert argmax.flips_an_hour >= ema.flips_an_hour
    assert sticky.switch_s is not None
    assert argmax.switch_s is not None
    assert sticky.switch_s >= argmax.switch_s
    assert argmax.blocks == len(tiny_bundle.card.labels)
    assert argmax.hours == pytest.approx(len(clips) * 30 / 3600, rel=0.1)


def test_folds_are_pooled_without_mixing_up_their_clips(tmp_path: Path) -> None:
    fold = SegmentPredictions(np.array([[0.9, 0.1], [0.2, 0.8]]), np.array([0, 1]), np.array([0, 1]), np.array([3, 3]))
    for number in range(2):
        save_predictions(fold, ["a", "b"], tmp_path / f"{number}.npz")
    together = pool([tmp_path / "0.npz", tmp_path / "1.npz"])
    assert together.clip.tolist() == [0, 1, 2, 3]
    assert len(together.by_clip().truth) == 4
    # Both clips of both folds are by one artist.
    assert together.by_clip().group.tolist() == together.by_window().group.tolist() == [3] * 4


def test_intervals_count_artists_not_clips(tiny_bundle: ModelBundle) -> None:
    clips, memory = sounds(tiny_bundle, clips=6)
    labels = tiny_bundle.card.labels

    def width(clips: list[HeldOutClip]) -> float:
        scores = set_scores("", predict_segments(tiny_bundle, clips, read=memory.__getitem__), labels)
        assert scores.clips.accuracy.count == len(clips)
        assert scores.windows.accuracy.low == scores.clips.accuracy.low
        return scores.clips.accuracy.high - scores.clips.accuracy.low

    alone = width(clips)
    assert width([replace(clip, group=clip.label) for clip in clips]) > 2 * alone


def test_what_a_network_that_is_never_right_comes_to_can_be_read_again(
    tiny_bundle: ModelBundle, tmp_path: Path
) -> None:
    clips, memory = sounds(tiny_bundle)
    wrong = [
        HeldOutClip(clip.clip_id, clip.path, (clip.label + 1) % len(tiny_bundle.card.labels), clip.segments)
        for clip in clips
    ]
    scores = score_broadcast(tiny_bundle, wrong, memory.__getitem__)
    assert None in [row.switch_s for row in scores]
    result = EvaluationResult(
        split="x",
        leaky=False,
        labels=tiny_bundle.card.labels,
        test=set_scores("x", predict_segments(tiny_bundle, wrong, read=memory.__getitem__), tiny_bundle.card.labels),
        programmes=tuple(scores),
    )
    save(result, tmp_path / "evaluation.json")
    assert load(tmp_path / "evaluation.json", EvaluationResult, "evaluate") == result
