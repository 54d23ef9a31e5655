"""The recording of one station: one file after the other, an hour long at most, and what is missing between them."""

from __future__ import annotations

import logging
from collections import deque
from pathlib import Path
from typing import TYPE_CHECKING

import av.error

from genred.cause import Cause
from genred.events import RecordingGap
from genred.rate_limited_log import RateLimitedLog
from genred.recording.faults import cause_of
from genred.recording.items import Missing, SoundEnded
from genred.recording.open_recording import OpenRecording
from genred.recording.pieces import Divider

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from genred.clock import Clock
    from genred.events import Event
    from genred.recording.items import Audio, Item
    from genred.recording.pieces import WrittenPiece
    from genred.recording.room import DiskRoom
    from genred.recording.settings import RecordingSettings

_LOGGER = logging.getLogger(__name__)

SETTLE_S = 1.0
"""After so long it is known how much a server sends in advance, and so when a file's first sample was on air."""

LEAST_GAP_S = 0.5
"""What is missing for longer is a gap; less is the jitter of the network."""

LEAST_FILE_S = 1.0
"""No file is cut at an hour that is shorter: the clock may be set to and fro around it."""

LONGEST_HOLE_S = 60.0
"""Audio that is missing for longer ends a file."""

RETRY_S = 10.0
"""So long after a disk has failed, it is tried again."""


class Track:
    """Writes what a station's source gives. For one thread; never raises.

    Args:
        station: Its id.
        settings: How it is recorded.
        clock: For hours and marks.
        room: On the disk.
        emit: Takes what happens.
    """

    def __init__(
        self,
        station: str,
        settings: RecordingSettings,
        clock: Clock,
        room: DiskRoom,
        emit: Callable[[Event], None],
    ) -> None:
        self.station = station
        self._folder = Path(settings.folder)
        self._bitrate_kbps = settings.bitrate_kbps
        self._clock = clock
        self._room = room
        self._emit = emit
        self._log = RateLimitedLog(_LOGGER, clock.monotonic)
        self._divider = Divider(copies=settings.mode == "copy")
        self._backlog: deque[Item] = deque()
        self._open: OpenRecording | None = None
        # Since when nothing is recorded, on the monotonic clock, and why.
        self._gap: tuple[float, Cause] | None = None
        self._blocked_until = float("-inf")

    def take(self, item: Item) -> None:
        """Takes what comes next; `turn` writes it."""
        self._backlog.append(item)

    def turn(self, *, last: bool = False) -> None:
        """Writes what has come.

        Args:
            last: Whether nothing will come any more.
        """
        if not self._room.is_there() and (self._open is not None or self._backlog):
            self._stop(
                Cause.DISK_FULL, "less than the reserve of disk space is free; recording resumes when there is more"
            )
        while self._backlog and (self._open is not None or last or self._is_settled()):
            self._next()
        if self._open is not None:
            self._open.mark()
        if last:
            self._end(Cause.STOPPING)
            if self._gap is not None and self._gap[1] is not Cause.STOPPING:
                self._end_gap(self._clock.monotonic())
        self._log.summarize()

    def sync(self) -> None:
        """Waits until the open file is on the disk; may be called by another thread.

        Raises:
            OSError: The disk is broken.
        """
        now = self._open
        if now is not None:
            now.sink.sync()

    def _is_settled(self) -> bool:
        first = self._backlog[0]
        if isinstance(first, Missing | SoundEnded) or any(isinstance(item, SoundEnded) for item in self._backlog):
            return True
        return self._clock.monotonic() - first.at >= SETTLE_S

    def _next(self) -> None:
        item = self._backlog[0]
        match item:
            case Missing():
                self._skip(item)
            case SoundEnded():
                self._end(item.cause)
                self._divider.reset()
            case _:
                self._write(item)
        self._backlog.popleft()

    # Audio.

    def _write(self, item: Audio) -> None:
        if self._clock.monotonic() < self._blocked_until or not self._room.is_there():
            return
        pieces = self._divider.divide(item)
        try:
            for index in range(len(pieces)):
                self._put(pieces, index)
        except OSError as error:
            cause = cause_of(error)
            if cause is Cause.DISK_FULL:
                self._room.fill_up()
            self._blocked_until = self._clock.monotonic() + RETRY_S
            self._stop(cause, f"cannot be written: {error.strerror or error}")
            return
        except (av.error.FFmpegError, ValueError) as error:
            self._stop(Cause.FAULT, f"its packets cannot be copied ({error}); the audio is encoded from now on")
            self._divider.refuse_copies()
            return
        if self._open is not None:
            self._open.on_air.note(item.at, self._open.position_s)

    def _put(self, pieces: Sequence[WrittenPiece], index: int) -> None:
        """Writes one of some pieces."""
        piece, now = pieces[index], self._open
        if now is not None and not now.takes(piece, least_s=LEAST_FILE_S):
            self._open = None
            now.close(None)
            self._begin(pieces[index:], now.on_air_at)
        elif now is None:
            self._begin(pieces[index:], self._on_air_at())
        now = self._open
        assert now is not None  # noqa: S101 - it was begun
        now.write(piece)

    def _on_air_at(self) -> float:
        """Gives when the beginning of the backlog was on air."""
        media_s, offset_s = 0.0, float("inf")
        for item in self._backlog:
            if isinstance(item, SoundEnded):
                break
            media_s += item.seconds
            if not isinstance(item, Missing):
                offset_s = min(offset_s, item.at - media_s)
        return self._clock.monotonic() if offset_s == float("inf") else offset_s

    def _begin(self, pieces: Sequence[WrittenPiece], on_air_at: float) -> None:
        self._open = OpenRecording(
            self.station,
            self._folder,
            pieces,
            on_air_at,
            bitrate_kbps=self._bitrate_kbps,
            clock=self._clock,
            emit=self._emit,
        )
        self._end_gap(on_air_at)
        self._open.announce()

    # What is missing.

    def _skip(self, missing: Missing) -> None:
        now = self._open
        if now is None:
            return
        if missing.seconds > LONGEST_HOLE_S:
            self._end(missing.cause)
            return
        if missing.seconds > LEAST_GAP_S:
            self._gap = now.on_air_at, missing.cause
            self._end_gap(self._gap[0] + missing.seconds)
        now.position_s += missing.seconds

    def _stop(self, cause: Cause, message: str) -> None:
        """Ends the file since it cannot go on, or does not begin one, and says so."""
        if self._open is not None or self._gap is None:
            self._log.warn(f"{self.station}: not recorded: {message}", kind=cause)
        self._end(cause)
        if self._gap is None:
            self._gap = self._on_air_at(), cause

    def _end(self, cause: Cause) -> None:
        if self._open is not None:
            now, self._open = self._open, None
            now.close(cause)
            self._gap = now.on_air_at, cause

    def _end_gap(self, at: float) -> None:
        gap, self._gap = self._gap, None
        if gap is None or at - gap[0] < LEAST_GAP_S:
            return
        ended = self._clock.moment(at)
        started_at = ended.on_this_clock(gap[0])
        self._emit(RecordingGap(station=self.station, at=ended, started_at=started_at, cause=gap[1]))
