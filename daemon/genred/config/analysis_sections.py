"""The section `analysis`: how windows are taken, gated and smoothed. Every default is here and only here."""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta

from genred.config.annotations import Dbfs, DwellSeconds, Seconds, Share, StepSeconds
from genred.config.section import Section


class SilenceConfig(Section, frozen=True):
    """Dead air.

    Attributes:
        level_dbfs: A second counts as silent if its RMS is below this.
        start_s: `silence` is reported after this long.
        end_s: Silence ends after this much sound.
    """

    level_dbfs: Dbfs = -60.0
    start_s: Seconds = 5.0
    end_s: Seconds = 1.0


class ClippingConfig(Section, frozen=True):
    """Overdriven input.

    Attributes:
        share: A second counts as clipped from this share of samples at full scale.
        start_s: Clipping is reported after this long.
        end_s: Clipping ends after this long without it.
    """

    share: Share = 0.01
    start_s: Seconds = 10.0
    end_s: Seconds = 30.0


class SignalConfig(Section, frozen=True):
    """Channel faults: a channel is inverted, dead, much weaker than the other, or has a DC offset.

    Attributes:
        imbalance_db: A second counts as unbalanced from this difference between the levels of left and right.
        dc_offset: A second counts as off centre from this distance of a channel's mean from 0, as a share of full
            scale.
        start_s: A fault is reported after this long.
        end_s: A fault ends after this long without it.
    """

    imbalance_db: Annotated[float, Meta(gt=0, le=120)] = 12.0
    dc_offset: Annotated[float, Meta(gt=0, le=1)] = 0.02
    start_s: Seconds = 10.0
    end_s: Seconds = 10.0


class SmoothingConfig(Section, frozen=True):
    """Overrides of the model's smoothing. None keeps the model's value.

    Attributes:
        hold_s: Expected seconds between changes of genre.
        evidence_weight: Exponent on the likelihood of a window that does not overlap another.
        announce_threshold: A genre is announced from this posterior on.
        release_threshold: An announced genre is given up below this posterior.
        dwell_s: How long a new genre must lead before it is announced.
        least_confidence: Genres are announced only from this confidence on. When the confidence falls below 0.8 of it,
            the station is reported as `uncertain`. Raise it for fewer wrong genres; docs/accuracy.md has a table for
            `student`.
    """

    hold_s: Seconds | None = None
    evidence_weight: Annotated[float, Meta(gt=0, le=10)] | None = None
    announce_threshold: Share | None = None
    release_threshold: Share | None = None
    dwell_s: DwellSeconds | None = None
    least_confidence: Share | None = None

    def __post_init__(self) -> None:
        """Checks what spans fields."""
        announce, release = self.announce_threshold, self.release_threshold
        if announce is not None and release is not None and release > announce:
            raise ValueError(f"release_threshold {release:g} must not be above announce_threshold {announce:g}")


class AnalysisConfig(Section, frozen=True):
    """How windows are taken and smoothed.

    Attributes:
        step_s: Seconds between windows, rounded to whole hops of 512 samples (23 ms).
        silence: Dead air.
        clipping: Overdriven input.
        signal: Channel faults.
        smoothing: Overrides of the model's smoothing.
    """

    step_s: StepSeconds = 1.0
    silence: SilenceConfig = SilenceConfig()
    clipping: ClippingConfig = ClippingConfig()
    signal: SignalConfig = SignalConfig()
    smoothing: SmoothingConfig = SmoothingConfig()
