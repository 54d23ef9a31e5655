"""The loudness of a source, as events."""

from __future__ import annotations

from typing import TYPE_CHECKING

from genred.audio.loudness import READING_S
from genred.events import LoudnessMeasured

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from genred.audio.loudness import LoudnessReading
    from genred.clock import Clock
    from genred.events import Event

EVERY_READINGS = round(1.0 / READING_S)
"""Published at once, unless something else is to be published first."""


class LoudnessEvents:
    """Publishes what was measured of one station's loudness, about once a second.

    Args:
        station: The station's id.
        clock: For the wall times.
        emit: Takes each event.

    Attributes:
        short_term_lufs: Of the last three seconds; None where they were not measured.
    """

    def __init__(self, station: str, clock: Clock, emit: Callable[[Event], None]) -> None:
        self._station = station
        self._clock = clock
        self._emit = emit
        self._readings: list[LoudnessReading] = []
        self.short_term_lufs: float | None = None

    def add(self, readings: Sequence[LoudnessReading], at: float) -> None:
        """Takes what was measured of audio that came at a monotonic time."""
        if not readings:
            return
        self._readings += readings
        self.short_term_lufs = readings[-1].short_term_lufs
        if len(self._readings) >= EVERY_READINGS:
            self.flush(at)

    def flush(self, at: float) -> None:
        """Publishes what it has, before what changes at that time."""
        if self._readings:
            readings, self._readings = tuple(self._readings), []
            self._emit(LoudnessMeasured(station=self._station, at=self._clock.moment(at), readings=readings))

    def end(self, at: float) -> None:
        """Publishes what it has and forgets it, as when the source is lost."""
        self.flush(at)
        self.short_term_lufs = None
