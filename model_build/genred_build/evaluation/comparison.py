"""Two networks on the same files: what each word gains or loses, counted by clips, with intervals by artist."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
import numpy as np

from genred_build.data.corpus_files import artist_of
from genred_build.evaluation.bootstrap import drawn_ratios, interval
from genred_build.spec.labels import LABELS, MUSIC

if TYPE_CHECKING:
    from collections.abc import Sequence

    from genred_build.evaluation.assess import FilePredictions


class WordComparison(msgspec.Struct, frozen=True, kw_only=True):
    """One word's clips before and after, of artists that neither layer was fitted on.

    Attributes:
        era: Of the recordings, as in `1980s`; empty for all.
    """

    word: str
    era: str
    clips: int
    artists: int
    before: int
    after: int


def compare(before: Sequence[FilePredictions], after: Sequence[FilePredictions]) -> tuple[WordComparison, ...]:
    """Counts clips that are right by word, and by word and era where eras are known."""
    rows = []
    for label, word in enumerate(LABELS):
        pairs = [(b, a) for b, a in zip(before, after, strict=True) if a.file.label == label]
        for era in ("", *sorted({a.file.decade for _, a in pairs} - {""})):
            own = [(b, a) for b, a in pairs if not era or a.file.decade == era]
            if own:
                rows.append(
                    WordComparison(
                        word=word,
                        era=era,
                        clips=len(own),
                        artists=len({artist_of(a.file) for _, a in own}),
                        before=sum(b.answer == label for b, _ in own),
                        after=sum(a.answer == label for _, a in own),
                    )
                )
    return tuple(rows)


def paired_gain(
    before: Sequence[FilePredictions], after: Sequence[FilePredictions], draws: int = 2000
) -> tuple[float, float, float]:
    """Gives the gain in balanced accuracy by clip over the ten genres, and its 95 % interval: artists drawn anew."""
    rng = np.random.default_rng(0)
    total, drawn = 0.0, np.zeros(draws)
    labels = [label for label in MUSIC if any(one.file.label == label for one in after)]
    for label in labels:
        pairs = [(b, a) for b, a in zip(before, after, strict=True) if a.file.label == label]
        _, artist = np.unique([artist_of(a.file) for _, a in pairs], return_inverse=True)
        change = np.bincount(artist, [float(a.answer == label) - float(b.answer == label) for b, a in pairs])
        size = np.bincount(artist)
        total += change.sum() / size.sum()
        drawn += drawn_ratios(change, size, rng, draws)
    low, high = interval(drawn / len(labels))
    return round(float(total) / len(labels), 4), round(low, 4), round(high, 4)
