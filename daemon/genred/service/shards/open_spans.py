"""What has begun on a station and has not ended: silence, clipping, faults of the signal, a file of its recording."""

from __future__ import annotations

from typing import TYPE_CHECKING

from genred.cause import Cause
from genred.events import (
    ClippingEnded,
    ClippingStarted,
    RecordingEnded,
    RecordingProgress,
    RecordingStarted,
    SignalFaultEnded,
    SignalFaultStarted,
    SilenceEnded,
    SilenceStarted,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from genred.analysis.signal_faults import SignalFault
    from genred.clock import Moment
    from genred.events import Event


class OpenSpans:
    """Follows the beginnings and ends that a process publishes, to publish the ends in its place.

    Args:
        station: The station's id.
    """

    def __init__(self, station: str) -> None:
        self._station = station
        self._silence: SilenceStarted | None = None
        self._clipping: ClippingStarted | None = None
        self._faults: dict[SignalFault, SignalFaultStarted] = {}
        # How the file ended if nothing more is known of it.
        self._recorded: RecordingEnded | None = None

    def note(self, event: Event) -> None:
        """Takes any event of the station."""
        match event:
            case SilenceStarted():
                self._silence = event
            case SilenceEnded():
                self._silence = None
            case ClippingStarted():
                self._clipping = event
            case ClippingEnded():
                self._clipping = None
            case SignalFaultStarted():
                self._faults[event.fault] = event
            case SignalFaultEnded():
                self._faults.pop(event.fault, None)
            case RecordingStarted():
                self._recorded = self._broken_off(event, media_s=0.0, size_bytes=0)
            case RecordingProgress():
                self._recorded = self._broken_off(event, media_s=event.media_s, size_bytes=event.size_bytes)
            case RecordingEnded():
                self._recorded = None
            case _:
                pass

    def end(self, at: Moment, level_dbfs: float) -> Iterator[Event]:
        """Gives the ends of all that is open, in the order in which a station publishes them.

        Args:
            at: When it ended.
            level_dbfs: The level of the last window.
        """
        silence, clipping, faults = self._silence, self._clipping, list(self._faults.values())
        recorded, self._recorded = self._recorded, None
        self._silence, self._clipping = None, None
        self._faults.clear()
        if silence is not None:
            yield SilenceEnded(station=self._station, at=at, started_at=silence.at, level_dbfs=level_dbfs)
        if clipping is not None:
            yield ClippingEnded(station=self._station, at=at, started_at=clipping.at)
        for fault in faults:
            yield SignalFaultEnded(station=self._station, at=at, started_at=fault.at, fault=fault.fault)
        if recorded is not None:
            yield recorded

    def _broken_off(
        self, event: RecordingStarted | RecordingProgress, *, media_s: float, size_bytes: int
    ) -> RecordingEnded:
        return RecordingEnded(
            station=self._station,
            at=event.at,
            file=event.file,
            media_s=media_s,
            size_bytes=size_bytes,
            cause=Cause.FAULT,
        )
