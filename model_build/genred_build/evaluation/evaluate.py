"""Evaluation: everything that is measured on a quantized bundle, through the daemon's own `Analyzer`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec
import numpy as np

from genred_build.augment.recordings import DEGRADATIONS
from genred_build.data.artists import artist_key
from genred_build.data.audio import kept_recordings
from genred_build.data.file_names import path_of
from genred_build.data.groups import artist_groups
from genred_build.errors import BuildError
from genred_build.evaluation.broadcast_scores import BroadcastScores, score_broadcast
from genred_build.evaluation.metrics import CoveragePoint, Figure, ReliabilityBin, Scores, coverage, reliability, score
from genred_build.evaluation.predictions import HeldOutClip, SegmentPredictions, predict_segments
from genred_build.npz import DAMAGED, write_npz
from genred_build.softmax import softmax

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from genred.analysis.bundle import ModelBundle
    from genred_build.data.features import FeatureSet
    from genred_build.data.run_record import RunRecord
    from genred_build.data.splits import Split

THRESHOLDS = np.arange(0.0, 1.0, 0.05)
"""Points of the coverage curve."""


class SetScores(msgspec.Struct, frozen=True):
    """One set of recordings, by window and by clip.

    Attributes:
        what: In words, as for a table's first column.
        note: Of a set that is no part of the data set: whose clips these are, and which were left out.
    """

    what: str
    windows: Scores
    clips: Scores
    note: str = ""


class CalibrationScores(msgspec.Struct, frozen=True):
    """What confidence was worth over the test windows, before and after the temperature."""

    temperature: float
    ece_before: float
    ece_after: float
    reliability_before: tuple[ReliabilityBin, ...]
    reliability_after: tuple[ReliabilityBin, ...]
    coverage: tuple[CoveragePoint, ...]


class RobustnessRow(msgspec.Struct, frozen=True):
    """The same test windows after a degradation."""

    degradation: str
    accuracy: Figure
    balanced_accuracy: Figure
    clip_accuracy: Figure


class EvaluationResult(msgspec.Struct, frozen=True, kw_only=True):
    """evaluation.json."""

    split: str
    leaky: bool
    labels: tuple[str, ...]
    test: SetScores
    others: tuple[SetScores, ...] = ()
    calibration: CalibrationScores | None = None
    robustness: tuple[RobustnessRow, ...] = ()
    programmes: tuple[BroadcastScores, ...] = ()


def held_out_clips(features: FeatureSet, split: Split, root: Path) -> list[HeldOutClip]:
    """Lists the test part's clips with their test segments, in the order of the feature set."""
    group = artist_groups(features)
    segments: dict[int, list[int]] = {}
    for index in split.test:
        segments.setdefault(int(features.clip_of[index]), []).append(int(features.segment_of[index]))
    return [
        HeldOutClip(
            features.clips[clip].clip_id,
            root / path_of(features.clips[clip].file),
            features.labels.index(features.clips[clip].label),
            tuple(numbers),
            int(group[clip]),
        )
        for clip, numbers in segments.items()
    ]


def other_clips(features: FeatureSet, run: RunRecord, root: Path) -> tuple[list[HeldOutClip], str]:
    """Lists another data set's clips that a run can be judged by.

    Left out are labels that the network does not know, artists that trained, and recordings that trained.

    Returns:
        The clips, and one line on whose they are and what was left out.
    """
    kept, known, artists, copies, unknown = [], 0, 0, 0, 0
    group = artist_groups(features)
    trained_artists, trained_pcm = set(run.artists), set(run.pcm_md5s)
    for number, clip in enumerate(features.clips):
        if clip.label not in run.labels:
            unknown += 1
        elif clip.artist and artist_key(clip.artist) in trained_artists:
            artists += 1
        elif clip.pcm_md5 in trained_pcm:
            copies += 1
        elif clip.segments:
            known += bool(clip.artist)
            place, label = root / path_of(clip.file), run.labels.index(clip.label)
            kept.append(HeldOutClip(clip.clip_id, place, label, clip.segments, int(group[number])))
    whose = f"artist known for {known} of {len(kept)} clips"
    if not trained_artists:
        whose += ", and for none that trained"
    note = f"{whose}; left out: {artists} by artists that trained, {copies} copies, {unknown} of labels not known"
    return kept, note


def evaluate(
    bundle: ModelBundle,
    clips: Sequence[HeldOutClip],
    *,
    split: str,
    leaky: bool,
    others: Sequence[tuple[str, str, Sequence[HeldOutClip]]] = (),
    folder: Path,
    thorough: bool = True,
    progress: Callable[[str], None] | None = None,
) -> EvaluationResult:
    """Judges a bundle.

    Args:
        bundle: Calibrated.
        clips: The test part.
        split: How it was held out.
        leaky: Whether songs stand on both sides.
        others: Further sets, each with its name and a note.
        folder: Gets `windows.npz`, the answers to every test window.
        thorough: With robustness and broadcasts too.
        progress: Called with what is being measured.
    """
    read = kept_recordings()
    tell = progress or (lambda _: None)
    labels = bundle.card.labels
    tell("test windows")
    predictions = predict_segments(bundle, clips, read=read)
    save_predictions(predictions, [clip.clip_id for clip in clips], folder / "windows.npz")
    sets = []
    for name, note, other in others:
        tell(name)
        sets.append(set_scores(name, predict_segments(bundle, other), labels, note))
    rows: list[RobustnessRow] = []
    broadcasts: list[BroadcastScores] = []
    if thorough:
        rows.append(_robustness("none", predictions, labels))
        for name, degrade in DEGRADATIONS.items():
            tell(name)
            rows.append(_robustness(name, predict_segments(bundle, clips, degrade=degrade, read=read), labels))
        tell("programmes")
        broadcasts = score_broadcast(bundle, clips, read)
    return EvaluationResult(
        split=split,
        leaky=leaky,
        labels=labels,
        test=set_scores(f"test part of {split}", predictions, labels),
        others=tuple(sets),
        calibration=_calibration(predictions, bundle.card.temperature),
        robustness=tuple(rows),
        programmes=tuple(broadcasts),
    )


def set_scores(what: str, predictions: SegmentPredictions, labels: tuple[str, ...], note: str = "") -> SetScores:
    """Scores one set by window and by clip."""
    return SetScores(what, score(predictions.by_window(), labels), score(predictions.by_clip(), labels), note)


def save_predictions(predictions: SegmentPredictions, clip_ids: list[str], path: Path) -> None:
    """Keeps the answers, so that folds can be pooled and figures drawn again."""
    arrays: dict[str, NDArray[Any]] = {
        "probabilities": predictions.probabilities,
        "truth": predictions.truth,
        "clip": predictions.clip,
        "group": predictions.group,
        "clip_ids": np.array(clip_ids),
    }
    write_npz(path, arrays)


def pool(paths: Sequence[Path]) -> SegmentPredictions:
    """Puts the answers of several folds together: each clip was tested by a network that never heard it.

    Raises:
        BuildError: A fold has not been evaluated.
    """
    rows, truth, clips, groups, offset = [], [], [], [], 0
    for path in paths:
        try:
            with np.load(path) as stored:
                rows.append(stored["probabilities"])
                truth.append(stored["truth"])
                clips.append(stored["clip"] + offset)
                groups.append(stored["group"])
                offset += int(stored["clip"].max()) + 1
        except DAMAGED as error:
            raise BuildError(f"{path}: {error}; run `genred-build evaluate` on this fold first") from error
    return SegmentPredictions(*(np.concatenate(each) for each in (rows, truth, clips, groups)))


def _robustness(name: str, predictions: SegmentPredictions, labels: tuple[str, ...]) -> RobustnessRow:
    windows, clips = score(predictions.by_window(), labels), score(predictions.by_clip(), labels)
    return RobustnessRow(name, windows.accuracy, windows.balanced_accuracy, clips.accuracy)


def _calibration(predictions: SegmentPredictions, temperature: float) -> CalibrationScores:
    answered = predictions.answered
    probabilities, truth = predictions.probabilities[answered], predictions.truth[answered]
    # Calibrated log-probabilities times the temperature are the logits, up to a constant of each window.
    raw = softmax(np.log(np.maximum(probabilities, 1e-300)) * temperature)
    right = probabilities.argmax(axis=1) == truth
    bins_before, before = reliability(raw.max(axis=1), right)
    bins_after, after = reliability(probabilities.max(axis=1), right)
    points = coverage(probabilities.max(axis=1), right, THRESHOLDS)
    return CalibrationScores(temperature, before, after, bins_before, bins_after, points)
