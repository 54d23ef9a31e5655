"""Estimates of windows as an analyzer would give them, one a second."""

from __future__ import annotations

from genred.analysis.estimate import Estimate, Level, State
from genred.analysis.genre_filter import GenreFilterSettings

LABELS = ("jazz", "rock")
LEVEL = Level(rms_dbfs=-20.0, peak_dbfs=-10.0, clipped_share=0.0)
SETTINGS = GenreFilterSettings(
    hold_s=120.0,
    evidence_weight=1.0,
    announce_threshold=0.6,
    release_threshold=0.4,
    dwell_s=2.0,
    least_confidence=0.7,
    memory_s=10.0,
    sharpness=1.5,
    doubt_windows=0.3,
)


def estimate(position_s: float, jazz: float | None) -> Estimate:
    """Of a window that ends there: how likely jazz is, of two labels; None in silence."""
    return Estimate(
        position_s=position_s,
        state=State.SILENCE if jazz is None else State.UNCERTAIN,
        genre=None,
        confidence=1.0 if jazz is None else 0.5,
        probabilities=(0.5, 0.5),
        window_probabilities=None if jazz is None else (jazz, 1 - jazz),
        level=LEVEL,
        is_low=jazz is None,
        evidence=0.0 if jazz is None else 1.0,
    )
