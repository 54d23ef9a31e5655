"""Confidence: the numbers of the card that decide what is announced."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from genred.analysis.model_card import Smoothing


@dataclass(frozen=True, slots=True)
class Confidence:
    """What turns logits into announcements: of calibration and of tuning on broadcasts."""

    temperature: float
    reject_threshold: float
    logit_offsets: tuple[float, ...]
    smoothing: Smoothing
