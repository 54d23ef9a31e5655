"""What a station is made of, read and checked."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from genred.analysis.bundle import ModelBundle
    from genred.config.schema import AnalysisConfig, RetryConfig, SourceConfig
    from genred.recording.settings import RecordingSettings


@dataclass(frozen=True, slots=True)
class StationSettings:
    """All that a host needs to make a station.

    Attributes:
        id: The key in the configuration.
        source: What it listens to.
        bundle: Its model.
        analysis: How it is analysed.
        retry: How its source is opened again.
        recording: How it is recorded; None where it is not.
        measures_loudness: Whether its loudness is measured.
    """

    id: str
    source: SourceConfig
    bundle: ModelBundle
    analysis: AnalysisConfig
    retry: RetryConfig
    recording: RecordingSettings | None = None
    measures_loudness: bool = False
