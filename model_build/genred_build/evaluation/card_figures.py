"""The card's figures: each with its split, count, interval and how it was taken."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
import numpy as np

from genred.analysis.model_card import Evaluation
from genred_build.data.corpus_files import artist_of
from genred_build.evaluation.assess import CONDITIONS, balanced_accuracy, confusion, share
from genred_build.spec.labels import LABELS, MUSIC, SPEECH

if TYPE_CHECKING:
    from collections.abc import Sequence

    from genred_build.evaluation.assess import FilePredictions

_BY_CLIP = "ten genres; mean probabilities of a clip's windows, a second apart"
_ROOMS = (
    "ten-second recordings through a loudspeaker in a room with people; their clean clips trained, no recording of "
    "them did"
)
_FOLDED_ROOMS = (
    "ten-second recordings through a loudspeaker in a room with people; neither they nor their clean clips trained"
)
_MIX = "cross-fitted on halves of the clips; half clean, a quarter in rooms, a quarter degraded"


HELD_OUT = "artist (held-out slice without copies)"
"""The split that a shipped student is judged on."""

FOLDED = "artist (five folds, trained anew without each)"
"""The split that its recipe is judged on."""


def evaluations_of(
    predictions: dict[str, list[FilePredictions]], ece: float, split: str = HELD_OUT
) -> tuple[Evaluation, ...]:
    """Gives the card's figures."""
    clean, rooms = predictions["clean"], predictions.get("rooms", ())
    by_artist, in_rooms = split, split if split == FOLDED else "clip (recordings in rooms)"
    found = [
        _named(
            balanced_accuracy(clean, MUSIC, unit="clip"),
            by_artist,
            _BY_CLIP,
        ),
        _named(balanced_accuracy(clean, MUSIC, unit="window"), by_artist, "ten genres; windows a second apart"),
    ]
    right = sum(one.answer == one.file.label for one in clean)
    found.append(
        _named(share(right, len(clean), "accuracy", unit="clip", units=_artists(clean)), by_artist, "eleven words")
    )
    found += [_named(each, by_artist, how) for each, how in _speech_figures(clean)]
    if rooms:
        how = _FOLDED_ROOMS if split == FOLDED else _ROOMS
        found.append(_named(balanced_accuracy(rooms, MUSIC, unit="clip"), in_rooms, how))
    found += [
        _named(
            balanced_accuracy(predictions[condition], MUSIC, unit="clip"), by_artist, f"ten genres, through {condition}"
        )
        for condition in CONDITIONS
        if condition != "clean" and condition in predictions
    ]
    windows = sum(len(one.probabilities) for files in predictions.values() for one in files)
    clips = len({one.file.clip_id for files in predictions.values() for one in files})
    spread = 1.96 * float(np.sqrt(ece * (1 - ece) / clips))
    low, high = round(max(0.0, ece - spread), 4), round(ece + spread, 4)
    found.append(
        Evaluation(by_artist, False, "window", "expected calibration error", round(ece, 4), low, high, windows, _MIX)
    )
    return tuple(found)


def figure_line(figure: Evaluation) -> str:
    """Gives a figure with its interval and count, as a terminal shows it."""
    interval = f"{figure.low:.3f} to {figure.high:.3f}, {figure.count}"
    return f"{figure.metric}, by {figure.unit}: {figure.value:.3f} ({interval}): {figure.how}"


def caveats(predictions: dict[str, list[FilePredictions]]) -> tuple[str, ...]:
    """Says what a reader of the card must know, from the same answers."""
    clean = predictions["clean"]
    table = confusion(clean)
    counts = table[list(MUSIC)].sum(axis=1)
    wrong = []
    for label, row in enumerate(table):
        others = [(int(row[other]), LABELS[other]) for other in row.argsort()[::-1] if other != label and row[other]]
        if others:
            called = ", ".join(f"{count} {word}" for count, word in others)
            wrong.append(f"{LABELS[label]} ({row.sum()} clips, {row[label]} right) was called {called}")
    size = f"{counts.sum()} clips of music, {counts.min()} to {counts.max()} a genre"
    return (
        f"the held-out slice is small ({size}) and was looked at while the runs were chosen: heed the intervals",
        "the clean clips of the held-out recordings in rooms were trained on, their recordings were not",
        "where it fails on the held-out slice: " + "; ".join(wrong),
        "electronic dance music, R&B, K-pop, Latin, folk and film music have no word and get one of the ten",
    )


def _speech_figures(clean: Sequence[FilePredictions]) -> list[tuple[Evaluation, str]]:
    figures = []
    for metric, speech in (("speech called speech", True), ("music called speech", False)):
        own = [one for one in clean if (one.file.label == SPEECH) is speech]
        hits = sum(int((one.probabilities.argmax(axis=1) == SPEECH).sum()) for one in own)
        count = sum(len(one.probabilities) for one in own)
        figures.append((share(hits, count, metric, unit="window", units=_artists(own)), f"windows of {len(own)} files"))
    return figures


def _artists(predictions: Sequence[FilePredictions]) -> int:
    return len({artist_of(one.file) for one in predictions})


def _named(figure: Evaluation, split: str, how: str) -> Evaluation:
    return msgspec.structs.replace(figure, split=split, how=how)
