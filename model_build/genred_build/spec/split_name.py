"""The names of the splits, as recipes and the command line have them."""

from __future__ import annotations

from enum import StrEnum


class SplitName(StrEnum):
    """The known ways to divide a data set."""

    RANDOM_SEGMENT = "random-segment"
    CLIP = "clip"
    ARTIST = "artist"
    FAULT_FILTERED = "fault-filtered"
    STRICT_ARTIST = "strict-artist"


LEAST_FOLDS = 3
"""One is tested, one validates, and something must train."""

STUDENT_FOLDS = 5
"""Into which a student's corpus is divided, each artist in one."""

LEAKY = frozenset({SplitName.RANDOM_SEGMENT})
"""Splits whose test figures say nothing about music that was not trained on."""
