"""A recording that is being written: its file, and what is published of it."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

import av.error

from genred.events import RecordingEnded, RecordingProgress, RecordingStarted
from genred.recording.file import CopiedFile, EncodedFile, template_of
from genred.recording.on_air_clock import OnAirClock
from genred.recording.sink import create

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime
    from pathlib import Path

    from genred.cause import Cause
    from genred.clock import Clock
    from genred.events import Event
    from genred.recording.pieces import WrittenPiece

_LOGGER = logging.getLogger(__name__)

MARK_EVERY_S = 10.0
"""How often the index of a file gets another mark."""


class OpenRecording:
    """One file of a station.

    Args:
        station: Its id.
        folder: Where recordings are kept.
        pieces: What is to be written first.
        on_air_at: Monotonic time at which the first of them was on air.
        bitrate_kbps: Of what is encoded.
        clock: For hours and marks.
        emit: Takes what happens.

    Attributes:
        sink: What it is written to.
        on_air: From time in the file to the monotonic clock.
        position_s: Time in the file at which the next packet stands.

    Raises:
        OSError: The disk does not take it.
        FFmpegError: Its packets cannot be kept as they are; likewise ValueError.
    """

    def __init__(
        self,
        station: str,
        folder: Path,
        pieces: Sequence[WrittenPiece],
        on_air_at: float,
        *,
        bitrate_kbps: int,
        clock: Clock,
        emit: Callable[[Event], None],
    ) -> None:
        self._station = station
        self._folder = folder
        self._first = pieces[0]
        self._clock = clock
        self._emit = emit
        self._began = clock.moment(on_air_at)
        self.sink = create(folder, station, self._began.utc)
        self.on_air = OnAirClock(on_air_at)
        self.position_s = 0.0
        self._hour = _hour(self._began.utc)
        self._marked_at = clock.monotonic()
        tags = {
            "title": station,
            "GENRED_STATION": station,
            "GENRED_RUN": self._began.run,
            "GENRED_STARTED_AT": self._began.utc.isoformat(timespec="milliseconds"),
        }
        self._file: CopiedFile | EncodedFile
        try:
            if self._first.packets is not None:
                contents = [piece.content for piece in pieces if piece.packets is self._first.packets]
                self._file = CopiedFile(self.sink, template_of(self._first.packets, contents), tags)
            else:
                self._file = EncodedFile(self.sink, self._first.channels, bitrate_kbps, tags)
        except BaseException:
            self.sink.discard()
            raise

    @property
    def on_air_at(self) -> float:
        """Monotonic time at which what is written next was on air."""
        return self.on_air.at(self.position_s)

    def takes(self, piece: WrittenPiece, *, least_s: float) -> bool:
        """Says whether a piece goes on in this file: of its form, and of its hour if it is long enough."""
        is_of_hour = _hour(self._clock.moment(self.on_air_at).utc) == self._hour
        return piece.goes_on(self._first.form) and (is_of_hour or self.position_s < least_s)

    def announce(self) -> None:
        """Publishes that it was begun."""
        first = self._first
        self._emit(
            RecordingStarted(
                station=self._station,
                at=self._began,
                folder=str(self._folder),
                file=self.sink.name,
                codec="opus" if first.packets is None else first.packets.codec,
                rate_hz=first.rate_hz,
                channels=first.channels,
                copied=first.packets is not None,
            )
        )

    def write(self, piece: WrittenPiece) -> None:
        """Writes a piece.

        Raises:
            OSError: The disk does not take it.
            FFmpegError: It cannot be kept as it is; likewise ValueError.
        """
        self._file.write(piece.content, self.position_s, piece.seconds)
        self.position_s += piece.seconds

    def mark(self) -> None:
        """Publishes how far it has come, every ten seconds."""
        at = self._clock.monotonic()
        if at - self._marked_at < MARK_EVERY_S:
            return
        self._marked_at = at
        mark = self.on_air.take_mark()
        if mark is not None:
            self._emit(
                RecordingProgress(
                    station=self._station,
                    at=self._clock.moment(mark[0]),
                    file=self.sink.name,
                    media_s=mark[1],
                    size_bytes=self.sink.size_bytes,
                )
            )

    def close(self, cause: Cause | None) -> None:
        """Ends it and publishes that.

        Args:
            cause: Why nothing follows; None where the next file goes on.
        """
        try:
            self._file.close()
        except (OSError, av.error.FFmpegError, ValueError) as error:
            # What was written before plays; only the index at its end is missing.
            _LOGGER.debug("%s: cannot be finished: %s", self.sink.name, error)
        self.sink.release()
        self._emit(
            RecordingEnded(
                station=self._station,
                at=self._clock.moment(self.on_air_at),
                file=self.sink.name,
                media_s=self.position_s,
                size_bytes=self.sink.size_bytes,
                cause=cause,
            )
        )


def _hour(at: datetime) -> int:
    return int(at.timestamp() // 3_600)
