"""Files behind an address whose index stands at their end, read in parts (RFC 9110, section 14).

An MP4 that was written in one go has its index, the `moov` box, behind the sound that it describes; an AIFF may have
its `COMM` chunk there. FFmpeg reads the index first, and so needs a file in which it can go to and fro.
"""

from __future__ import annotations

import io
import re
from typing import TYPE_CHECKING

import av
import av.error

from genred.audio import AudioBlock, SkippedAudio
from genred.cause import Cause
from genred.engine.fiber import rests
from genred.errors import SourceError
from genred.sources.av_file import SeekableAvFile
from genred.sources.decode import AudioDecoder, container_title
from genred.sources.stream.containers import OPEN_OPTIONS
from genred.sources.stream.stall_clock import StallClock

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from genred.sources.http.response import Response
    from genred.sources.source import Meter, SourceItem

MAX_REQUESTS = 50
"""Of one file: its index, its sound, and some for an index in several places. What asks for more has sound and
pictures in turns, each of which would be a request."""

READ_ON_BYTES = 262_144
"""So little ahead it is read on and not asked for anew: about what comes in the time that a request takes."""

_RANGE = re.compile(r"bytes\s+([0-9]{1,18})-[0-9]{0,18}/([0-9]{1,18}|\*)")
_BOXES_BEFORE = frozenset({b"ftyp", b"free", b"skip", b"wide", b"uuid", b"pnot", b"pdin"})
"""What may stand before the index or the sound (ISO/IEC 14496-12; Apple, QuickTime File Format)."""


def has_index_at_end(head: bytes) -> bool:
    """Tells by its beginning whether a file has its sound before what describes it.

    Args:
        head: The first bytes, some hundred.
    """
    if head.startswith(b"FORM") and head[8:12] in {b"AIFF", b"AIFC"}:
        sound = head.find(b"SSND")
        return sound >= 0 and b"COMM" not in head[:sound]
    at = 0
    while len(head) >= at + 8:
        size, kind = int.from_bytes(head[at : at + 4], "big"), head[at + 4 : at + 8]
        if kind == b"mdat":
            return True
        if kind not in _BOXES_BEFORE or size < 8:
            return False
        at += size
    # A long box before the first one that tells: to be able to go back does no harm.
    return at > len(head)


class IndexedFile:
    """Plays one answer that is such a file.

    Args:
        response: Open, at its beginning; closing it stays the caller's duty.
        open_at: Asks for the same file from a byte on.
        label: For messages; passwords masked.
        stall_timeout_s: Longest time without decoded audio.
        meter: Counts bytes and corrupt packets.
        titles: Whether titles are wanted.
    """

    def __init__(
        self,
        response: Response,
        open_at: Callable[[int], Response],
        label: str,
        stall_timeout_s: float,
        meter: Meter,
        *,
        titles: bool,
    ) -> None:
        self._label = label
        self._meter = meter
        self._wants_titles = titles
        self._stall_clock = StallClock(label, stall_timeout_s)
        self._file = _RangedFile(response, open_at, label=label, meter=meter, stall_clock=self._stall_clock)

    def items(self) -> Iterator[SourceItem]:
        """Yields what the file holds until its end.

        Raises:
            SourceError: The server gives no parts of files, it is no audio, it broke off, or gave none for
                `stall_timeout_s`.
        """
        try:
            file = SeekableAvFile(self._file.read, self._file.seek, self._file.tell)
            with av.open(file, "r", options=dict(OPEN_OPTIONS), metadata_errors="replace") as container:
                title = container_title(container) if self._wants_titles else None
                if title is not None:
                    yield title
                for item in AudioDecoder(container, self._label, self._meter).items(skips=rests):
                    if isinstance(item, AudioBlock | SkippedAudio):
                        self._stall_clock.hear()
                    yield item
        except av.error.FFmpegError as error:
            raise SourceError(
                f"{self._label}: not a known audio format ({error.strerror})", cause=Cause.NOT_AUDIO
            ) from error
        finally:
            self._file.close()


class _RangedFile:
    """A file that FFmpeg reads and seeks in; a place that is not next is asked for anew."""

    def __init__(
        self,
        response: Response,
        open_at: Callable[[int], Response],
        *,
        label: str,
        meter: Meter,
        stall_clock: StallClock,
    ) -> None:
        self._response = response
        self._open_at = open_at
        self._label = label
        self._meter = meter
        self._stall_clock = stall_clock
        self._length = response.length
        self._requests = 1
        self._position = 0
        """Where FFmpeg is."""
        self._read_to = 0
        """Where the answer is."""

    def read(self, size: int) -> bytes:
        if self._length is not None and self._position >= self._length:
            return b""
        self._go_on()
        data = self._take(size)
        self._position = self._read_to
        return data

    def tell(self) -> int:
        return self._position

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        if whence == io.SEEK_END:
            if self._length is None:
                self._reopen()
            offset += self._length or 0
        elif whence == io.SEEK_CUR:
            offset += self._position
        self._position = max(0, offset)
        return self._position

    def close(self) -> None:
        self._response.close()

    def _go_on(self) -> None:
        """Brings the answer to where FFmpeg is."""
        ahead = self._position - self._read_to
        if ahead < 0 or ahead > READ_ON_BYTES:
            self._reopen()
        while self._read_to < self._position and self._take(self._position - self._read_to):
            pass

    def _take(self, size: int) -> bytes:
        data = self._response.read(size, self._stall_clock.deadline, self._stall_clock.late)
        self._meter.received_bytes += self._response.take_received()
        self._stall_clock.read(len(data), self._response.emptied_at)
        self._read_to += len(data)
        return data

    def _reopen(self) -> None:
        if self._requests >= MAX_REQUESTS:
            raise SourceError(
                f"{self._label}: the audio is spread over more than {MAX_REQUESTS} parts of the file; {_REMEDY}",
                permanent=True,
                cause=Cause.UNUSABLE,
            )
        self._requests += 1
        self._response.close()
        self._response = self._open_at(self._position)
        found = _RANGE.match(self._response.headers.get("content-range", ""))
        if self._response.status != 206 or found is None or int(found[1]) != self._position:
            raise SourceError(
                f"{self._label}: the file's index is at its end, and the server gives no parts of files; {_REMEDY}",
                permanent=True,
                cause=Cause.UNUSABLE,
            )
        self._read_to = self._position
        length = self._length if found[2] == "*" else int(found[2])
        if self._length not in {None, length}:
            raise SourceError(f"{self._label}: the file changed while it was being read", cause=Cause.BROKEN)
        self._length = length


_REMEDY = "put the index first: ffmpeg -i FILE -c copy -movflags +faststart NEW.m4a"
