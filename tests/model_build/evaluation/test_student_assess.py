from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from genred_build.augment.distortions import DISTORTIONS
from genred_build.data.corpus import Corpus
from genred_build.data.corpus_files import CorpusFile
from genred_build.data.corpus_split import split_corpus
from genred_build.data.targets import SoftLabels
from genred_build.evaluation.assess import CONDITIONS, FilePredictions, balanced_accuracy, confusion, pink_noise
from genred_build.evaluation.card_figures import caveats, evaluations_of
from genred_build.evaluation.temperature import fit_temperature
from genred_build.spec.labels import LABELS, MUSIC, SPEECH


def file(number: int, label: int, *, room: bool = False, artist: str = "") -> CorpusFile:
    name = f"{LABELS[label]}/{number}.opus"
    return CorpusFile(name, Path(name), label, artist, str(number), room=room)


def answers(number: int, label: int, *answered: int) -> FilePredictions:
    rows = np.full((len(answered), len(LABELS)), 0.01)
    rows[np.arange(len(answered)), answered] = 0.9
    return FilePredictions(file(number, label), rows)


def test_balanced_accuracy_is_the_mean_recall_however_many_clips_a_label_has() -> None:
    predictions = [answers(number, 0, 0, 0) for number in range(9)] + [answers(9, 1, 0, 0)]
    figure = balanced_accuracy(predictions, MUSIC, unit="clip")
    assert figure.value == 0.5
    assert figure.by_label == {"blues": 1.0, "classical": 0.0}
    assert figure.count == 10
    assert figure.low < 0.5 < figure.high


def test_interval_counts_an_artists_clips_together() -> None:
    alone = [answers(number, 0, number % 2) for number in range(20)]
    together = [replace(one, file=replace(one.file, artist="One")) for one in alone]
    by_clip, by_artist = (balanced_accuracy(each, MUSIC, unit="clip") for each in (alone, together))
    assert by_clip.value == by_artist.value == 0.5
    assert by_artist.high - by_artist.low > by_clip.high - by_clip.low


def test_clip_answers_with_its_mean_probabilities_and_windows_each_for_themselves() -> None:
    predictions = [answers(0, 0, 0, 0, 1), answers(1, 1, 1)]
    assert balanced_accuracy(predictions, MUSIC, unit="clip").value == 1.0
    assert balanced_accuracy(predictions, MUSIC, unit="window").value == pytest.approx((2 / 3 + 1) / 2, abs=1e-4)
    assert confusion(predictions)[0, 0] == confusion(predictions)[1, 1] == 1


def test_speech_figures_count_windows_of_speech_and_of_music_apart() -> None:
    clean = [answers(0, SPEECH, SPEECH, SPEECH, 0), answers(1, 0, 0, SPEECH)]
    figures = {each.metric: each for each in evaluations_of({**dict.fromkeys(CONDITIONS, clean), "rooms": clean}, 0.03)}
    assert figures["speech called speech"].value == pytest.approx(2 / 3, abs=1e-4)
    assert figures["music called speech"].value == 0.5
    assert all(each.low <= each.value <= each.high for each in figures.values())


def test_caveats_name_what_was_taken_for_what() -> None:
    notes = " ".join(caveats({"clean": [answers(0, 0, 5), answers(1, 0, 0), answers(2, 6, 6)]}))
    assert "blues (2 clips, 1 right) was called 1 jazz" in notes
    assert "metal (" not in notes


def test_temperature_of_overconfident_logits_is_found_and_leaves_little_error() -> None:
    rng = np.random.default_rng(0)
    logits = rng.normal(0, 2, (6000, len(LABELS)))
    probabilities = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
    truth = np.array([rng.choice(len(LABELS), p=row) for row in probabilities])
    fit = fit_temperature(2.5 * logits, truth, np.arange(6000) // 10, np.zeros(len(LABELS)))
    assert fit.temperature == pytest.approx(2.5, rel=0.06)
    assert fit.ece < 0.03


@pytest.mark.parametrize("snr_db", [0.0, 10.0])
def test_pink_noise_has_its_ratio_and_falls_by_three_decibels_an_octave(snr_db: float) -> None:
    samples = np.sin(np.arange(66_150) * 0.05).astype(np.float32)
    noise = pink_noise(snr_db)(samples, np.random.default_rng(0)) - samples
    assert 10 * np.log10(np.mean(samples**2) / np.mean(noise**2)) == pytest.approx(snr_db, abs=0.1)
    spectrum = np.abs(np.fft.rfft(noise)) ** 2
    hz = np.fft.rfftfreq(noise.size, 1 / 22_050)
    octaves = [spectrum[(hz >= low) & (hz < 2 * low)].mean() for low in (250, 500, 1000, 2000)]
    assert np.diff(10 * np.log10(octaves)) == pytest.approx([-3.0] * 3, abs=0.7)


@pytest.mark.parametrize("distortion", DISTORTIONS, ids=lambda each: each.__name__)
def test_distorted_copy_keeps_its_length_and_level(distortion: object) -> None:
    rng = np.random.default_rng(0)
    samples = (np.sin(np.arange(66_150) * 0.06) * 0.3 + rng.standard_normal(66_150) * 0.05).astype(np.float32)
    found = distortion(samples, rng)  # type: ignore[operator]
    assert found.shape == samples.shape
    assert np.isfinite(found).all()
    assert 0.2 < np.std(found) / np.std(samples) < 1.5


def test_no_copy_song_artist_or_room_recording_of_what_judges_is_trained_on() -> None:
    files = [
        file(0, 0, artist="A"),
        file(1, 0, artist="a"),
        file(2, 1),
        file(3, 1),
        file(4, 6, artist="B"),
        file(5, 7),
        CorpusFile("pop/5-snippet-10-0.opus", Path("x"), 7, "", "5", room=True),
        CorpusFile("pop/7-snippet-10-0.opus", Path("x"), 7, "", "7", room=True),
        file(7, 7),
    ]
    held = frozenset({"blues/0.opus", "classical/2.opus", "metal/4.opus"})
    digests = ("a", "b", "same", "same", "c", "d", "e", "f", "g")
    corpus = Corpus(tuple(files), np.zeros((9, 96), np.float16), np.arange(10), digests)
    split = split_corpus(corpus, SoftLabels({}, held))
    assert split.validation.tolist() == [4]
    assert split.excluded.tolist() == [0, 2]
    assert not {0, 1, 2, 3, 4} & set(split.training.tolist())
    assert split.rooms.tolist() == [6]
    assert {5, 7, 8} <= set(split.training.tolist())


def test_what_a_manifest_holds_out_judges_and_none_of_its_artist_trains() -> None:
    held_out = replace(file(0, 9, artist="A"), held_out=True)
    files = (held_out, file(1, 9, artist="B"), replace(file(2, 9, artist="A"), label=-1), file(3, 9))
    corpus = Corpus(files, np.zeros((4, 96), np.float16), np.arange(5), ("a", "b", "c", "d"))
    split = split_corpus(corpus, SoftLabels({}, frozenset({"rock/3.opus"})))
    assert split.validation.tolist() == [3]
    assert split.excluded.tolist() == [0]
    assert split.training.tolist() == [1]
