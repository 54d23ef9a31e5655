"""The section `analysis`: how windows are taken, gated and smoothed. Every default is here and only here."""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta

from genred.config.annotations import Dbfs, DwellSeconds, Seconds, Share, StepSeconds
from genred.config.section import Section


class SilenceConfig(Section, frozen=True):
    """Dead air.

    Attributes:
        level_dbfs: RMS under which a second counts as silent.
        start_s: Silent for so long, the station says `silence`.
        end_s: Loud for so long, it ends.
    """

    level_dbfs: Dbfs = -60.0
    start_s: Seconds = 5.0
    end_s: Seconds = 1.0


class ClippingConfig(Section, frozen=True):
    """Overdriven input.

    Attributes:
        share: Share of samples at full scale from which a second counts as clipped.
        start_s: Clipped for so long, the station says so.
        end_s: Clean for so long, it ends.
    """

    share: Share = 0.01
    start_s: Seconds = 10.0
    end_s: Seconds = 30.0


class SignalConfig(Section, frozen=True):
    """Faults of the channels: one that is inverted, dead or much weaker than the other, or not centred on 0.

    Attributes:
        imbalance_db: Difference between the levels of left and right from which a second counts.
        dc_offset: Distance of a channel's mean from 0, as a share of full scale, from which a second counts.
        start_s: Faulty for so long, the station says so.
        end_s: Faultless for so long, it ends.
    """

    imbalance_db: Annotated[float, Meta(gt=0, le=120)] = 12.0
    dc_offset: Annotated[float, Meta(gt=0, le=1)] = 0.02
    start_s: Seconds = 10.0
    end_s: Seconds = 10.0


class SmoothingConfig(Section, frozen=True):
    """Overrides of the model bundle's smoothing; None keeps the bundle's value.

    Attributes:
        hold_s: Expected seconds between changes of genre.
        evidence_weight: Exponent on the likelihood of a window that overlaps no other.
        announce_threshold: Posterior at which a genre is announced.
        release_threshold: Posterior under which it is given up.
        dwell_s: How long a new answer must lead before it is announced.
        least_confidence: Only from this confidence on is anything announced, and under 0.8 of it the station says
            `uncertain`. Raise it for fewer wrong answers; docs/accuracy.md has a table for `student`.
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
        signal: Faults of the channels.
        smoothing: Overrides of the bundle's smoothing.
    """

    step_s: StepSeconds = 1.0
    silence: SilenceConfig = SilenceConfig()
    clipping: ClippingConfig = ClippingConfig()
    signal: SignalConfig = SignalConfig()
    smoothing: SmoothingConfig = SmoothingConfig()
