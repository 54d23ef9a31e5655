"""Assessment: what a bundle answers on whole files through the daemon's own `Analyzer`, clean and degraded."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np

from genred.analysis.analyzer import Analyzer
from genred.analysis.model_card import Evaluation
from genred.audio import SAMPLE_RATE_HZ
from genred.classification.windows import estimate_windows
from genred_build.augment.recordings import mp3_32k, room, telephone
from genred_build.data.audio import read_recording
from genred_build.data.corpus_files import artist_of
from genred_build.evaluation.bootstrap import DRAWS, drawn_ratios, interval
from genred_build.evaluation.metrics import wilson
from genred_build.softmax import softmax
from genred_build.spec.labels import LABELS

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

    from genred.analysis.bundle import ModelBundle
    from genred_build.data.corpus_files import CorpusFile
    from genred_build.evaluation.confidence import Confidence

    Degradation = Callable[[NDArray[np.float32], np.random.Generator], NDArray[np.float32]]


def pink_noise(snr_db: float) -> Degradation:
    """Adds noise of 3 dB less an octave at this ratio to the clip's own power."""

    def add(samples: NDArray[np.float32], rng: np.random.Generator) -> NDArray[np.float32]:
        spectrum = np.fft.rfft(rng.standard_normal(samples.size))
        spectrum /= np.sqrt(np.maximum(np.fft.rfftfreq(samples.size, 1 / SAMPLE_RATE_HZ), 20.0))
        noise = np.fft.irfft(spectrum, samples.size)
        scale = np.sqrt(np.mean(np.square(samples, dtype=np.float64)) / np.mean(noise**2) / 10 ** (snr_db / 10))
        return np.asarray(samples + scale * noise, np.float32)

    return add


CONDITIONS: dict[str, Degradation | None] = {
    "clean": None,
    "MP3 at 32 kbit/s": mp3_32k,
    "telephone band": telephone,
    "pink noise at 10 dB": pink_noise(10.0),
    "pink noise at 0 dB": pink_noise(0.0),
    "room (RT60 0.5 s)": room,
}
"""The rows of the robustness table."""


@dataclass(frozen=True, slots=True)
class FilePredictions:
    """One file's windows, a second apart.

    Attributes:
        probabilities: (windows, 11), calibrated, unsmoothed; silent windows are left out.
    """

    file: CorpusFile
    probabilities: NDArray[np.float64]

    @property
    def answer(self) -> int:
        """Label of the largest mean probability, as `genred classify` sums a file up; -1 for a silent file."""
        return int(self.probabilities.mean(axis=0).argmax()) if len(self.probabilities) else -1


def predict_files(bundle: ModelBundle, files: Sequence[CorpusFile], condition: str = "clean") -> list[FilePredictions]:
    """Plays each file to an analyzer of its own, under one of `CONDITIONS`."""
    degradation = CONDITIONS[condition]
    analyzer = Analyzer(bundle)
    predictions = []
    for number, file in enumerate(files):
        samples = read_recording(file.path).samples
        if degradation is not None:
            samples = degradation(samples, np.random.default_rng([11, number]))
        analyzer.reset()
        estimates = estimate_windows(analyzer, [samples])
        windows = [estimate.window_probabilities for estimate in estimates if estimate.window_probabilities is not None]
        predictions.append(FilePredictions(file, np.array(windows).reshape(-1, len(LABELS))))
    return predictions


def logits_of(bundle: ModelBundle, predictions: Sequence[FilePredictions]) -> NDArray[np.float64]:
    """Gives all windows' logits up to a constant each: the card's calibration taken back."""
    card = bundle.card
    offsets = np.asarray(card.logit_offsets or np.zeros(len(card.labels)))
    probabilities = np.concatenate([one.probabilities for one in predictions])
    return np.asarray((np.log(np.maximum(probabilities, 1e-12)) - offsets) * card.temperature)


def recalibrated(
    bundle: ModelBundle, predictions: Sequence[FilePredictions], confidence: Confidence
) -> list[FilePredictions]:
    """Gives what would have been heard with another temperature and other offsets."""
    offsets = np.asarray(confidence.logit_offsets)
    return [
        FilePredictions(one.file, softmax(logits_of(bundle, [one]) / confidence.temperature + offsets))
        for one in predictions
    ]


def mix_share(condition: str, conditions: int) -> float:
    """Gives a condition's share of what a station hears: half clean, a quarter rooms, a quarter degraded.

    Args:
        condition: One of `CONDITIONS`, or `rooms`.
        conditions: How many there are, those two kinds included.
    """
    of_kind = {"clean": 0.5, "rooms": 0.25}
    return of_kind.get(condition, 0.25 / max(1, conditions - len(of_kind)))


def window_truth(predictions: Sequence[FilePredictions]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Gives each window's label and the number of its file."""
    counts = [len(one.probabilities) for one in predictions]
    return np.repeat([one.file.label for one in predictions], counts), np.repeat(np.arange(len(predictions)), counts)


def balanced_accuracy(
    predictions: Sequence[FilePredictions], labels: Sequence[int], *, unit: Literal["clip", "window"]
) -> Evaluation:
    """Gives the mean recall of these labels; its interval is a bootstrap over artists, stratified by label.

    Args:
        predictions: Of files; those of other labels are passed over.
        labels: Whose recall counts. An answer outside them is wrong like any other.
        unit: Whether a clip counts once, or each of its windows.
    """
    rng = np.random.default_rng(0)
    rights = {label: _rights([one for one in predictions if one.file.label == label], unit) for label in labels}
    rights = {label: shares for label, shares in rights.items() if shares}
    draws = np.zeros(DRAWS)
    for shares in rights.values():
        values = np.array([right for right, _ in shares], float)
        sizes = np.array([size for _, size in shares], float)
        # One hit and one miss are added, as in Agresti and Coull: a label with few artists is never known for sure.
        values, sizes = np.append(values, [sizes.mean(), 0.0]), np.append(sizes, [sizes.mean()] * 2)
        draws += drawn_ratios(values, sizes, rng)
    draws /= len(rights)
    recall = {
        LABELS[label]: sum(right for right, _ in shares) / sum(size for _, size in shares)
        for label, shares in rights.items()
    }
    value = float(np.mean(list(recall.values())))
    low, high = interval(draws - draws.mean() + value)
    count = int(sum(size for shares in rights.values() for _, size in shares))
    rounded = {label: round(share, 4) for label, share in recall.items()}
    return Evaluation(
        "", False, unit, "balanced accuracy", round(value, 4), round(max(0.0, low), 4), round(min(1.0, high), 4),
        count, "", rounded,
    )  # fmt: skip


def share(right: int, count: int, metric: str, *, unit: Literal["clip", "window"], units: int) -> Evaluation:
    """Gives a share with Wilson's interval, its width that of so many independent units, as there are artists."""
    value = right / max(1, count)
    low, high = wilson(value * units, units)
    return Evaluation("", False, unit, metric, round(value, 4), round(low, 4), round(high, 4), count, "")


def confusion(predictions: Sequence[FilePredictions]) -> NDArray[np.int64]:
    """(11, 11) clips: rows are true labels, columns answers; silent files are left out."""
    table = np.zeros((len(LABELS), len(LABELS)), np.int64)
    for one in predictions:
        if one.answer >= 0:
            table[one.file.label, one.answer] += 1
    return table


def _rights(predictions: Sequence[FilePredictions], unit: str) -> list[tuple[float, float]]:
    """Gives each artist's sum of what is right, and of all."""
    by_artist: dict[str, tuple[float, float]] = {}
    for one in predictions:
        right, size = _right(one, unit)
        before = by_artist.get(artist_of(one.file), (0.0, 0.0))
        by_artist[artist_of(one.file)] = before[0] + right, before[1] + size
    return list(by_artist.values())


def _right(one: FilePredictions, unit: str) -> tuple[float, float]:
    if unit == "clip":
        return float(one.answer == one.file.label), 1.0
    return float((one.probabilities.argmax(axis=1) == one.file.label).sum()), float(len(one.probabilities))
