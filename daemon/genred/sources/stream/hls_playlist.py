"""HLS media playlists, RFC 8216: what of them a listener needs.

No library reads them: m3u8 6.0 takes 34 s for half a megabyte of EXT-X-KEY, since it compares each with all before it,
and refuses what stations write, as `EXT-X-TARGETDURATION:6.0`.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from genred.cause import Cause
from genred.errors import SourceError
from genred.masking import masked
from genred.sources.address import resolve
from genred.sources.stream.hls_attributes import read_attributes, read_number, read_whole_number
from genred.sources.stream.playlist_text import playlist_lines

_MAX_DATE_CHARACTERS = 64

MAX_SEGMENTS = 10_000
"""The newest so many are kept; at the usual six seconds they last 16 hours."""


@dataclass(frozen=True, slots=True)
class ByteRange:
    """A part of a file."""

    start: int
    length: int

    @property
    def header(self) -> dict[str, str]:
        """As HTTP asks for it."""
        return {"Range": f"bytes={self.start}-{self.start + self.length - 1}"}


@dataclass(frozen=True, slots=True)
class Part:
    """A file, or a part of one.

    Attributes:
        address: As the playlist has it.
        base_url: The playlist's own.
        byte_range: The part, or None for the whole.
    """

    address: str
    base_url: str
    byte_range: ByteRange | None = None

    @property
    def url(self) -> str:
        """The absolute address, worked out when it is wanted: a playlist names thousands, and few are loaded.

        Raises:
            SourceError: There is no such address.
        """
        url = resolve(self.base_url, self.address)
        if url is None:
            raise SourceError(
                f"{masked(self.base_url)}: the HLS playlist contains an invalid address", cause=Cause.PLAYLIST
            )
        return url


@dataclass(frozen=True, slots=True)
class Segment:
    """One segment.

    Attributes:
        number: Its media sequence number.
        duration_s: As announced, 0 where nothing is.
        part: Where it is.
        start: What must be read before it (EXT-X-MAP), or None.
        missing: Whether it is not to be asked for: there is none (EXT-X-GAP), or it is encrypted.
        at_s: Wall time of its beginning as the server says, in seconds since 1970, or None.
    """

    number: int
    duration_s: float
    part: Part
    start: Part | None
    missing: bool = False
    at_s: float | None = None


@dataclass(frozen=True, slots=True)
class MediaPlaylist:
    """Segments in order.

    Attributes:
        target_s: Longest segment.
        ended: Whether nothing will be added.
    """

    segments: tuple[Segment, ...]
    target_s: float
    ended: bool

    @property
    def duration_s(self) -> float:
        """Of all segments together, as announced."""
        return sum(segment.duration_s for segment in self.segments)


def read_media_playlist(text: str, base_url: str) -> MediaPlaylist:
    """Reads a media playlist.

    Raises:
        SourceError: It is none, or all its segments are encrypted.
    """
    reader = _Reader(base_url)
    for line in playlist_lines(text):
        reader.take(line)
    segments = reader.segments()
    # Some encoders forget the tag, and their segments are as long as they are.
    target_s = reader.target_s or max((segment.duration_s for segment in segments), default=0.0)
    if target_s <= 0:
        raise SourceError(f"{masked(base_url)}: not an HLS playlist (no EXT-X-TARGETDURATION)", cause=Cause.PLAYLIST)
    if reader.encryption and all(segment.missing for segment in segments):
        raise SourceError(
            f"{masked(base_url)}: the HLS segments are encrypted ({reader.encryption}), which is not supported; "
            "look for the station's MP3 or AAC stream",
            permanent=True,
            cause=Cause.ENCRYPTED,
        )
    return MediaPlaylist(segments, target_s, reader.ended)


class _Found(NamedTuple):
    """What is made into a segment when it is known which are kept."""

    number: int
    duration_s: float
    address: str
    byte_range: ByteRange | None
    start: Part | None
    missing: bool
    at_s: float | None


class _Reader:
    def __init__(self, base_url: str) -> None:
        self._base_url = base_url
        self._found: deque[_Found] = deque(maxlen=MAX_SEGMENTS)
        self.target_s = 0.0
        self.ended = False
        self.encryption = ""
        """How a segment is encrypted; empty where none is."""
        self._number = 0
        self._start: Part | None = None
        self._is_encrypted = False
        # Of the segment that the tags stand before.
        self._duration_s = 0.0
        self._range = ""
        self._is_gap = False
        self._at_s: float | None = None
        # Of the segment before, for a byte range that begins where another ended.
        self._range_address = ""
        self._range_end = 0

    def segments(self) -> tuple[Segment, ...]:
        return tuple(
            Segment(found.number, found.duration_s, Part(found.address, self._base_url, found.byte_range), *found[4:])
            for found in self._found
        )

    def take(self, line: str) -> None:
        if line.startswith("#"):
            tag, _, text = line.partition(":")
            self._take_own_tag(tag, text)
            self._take_segment_tag(tag, text, line)
        else:
            self._take_address(line)

    def _take_own_tag(self, tag: str, text: str) -> None:
        match tag:
            case "#EXT-X-TARGETDURATION":
                self.target_s = read_number(text)
            case "#EXT-X-MEDIA-SEQUENCE" if not self._found:
                self._number = read_whole_number(text)
            case "#EXT-X-ENDLIST":
                self.ended = True

    def _take_segment_tag(self, tag: str, text: str, line: str) -> None:
        match tag:
            case "#EXTINF":
                self._duration_s = read_number(text.partition(",")[0])
            case "#EXT-X-BYTERANGE":
                self._range = text
            case "#EXT-X-PROGRAM-DATE-TIME":
                self._at_s = _wall_time_s(text)
            case "#EXT-X-GAP":
                self._is_gap = True
            case "#EXT-X-MAP":
                attributes = read_attributes(line)
                address, within = attributes.get("URI", ""), attributes.get("BYTERANGE", "")
                self._start = Part(address, self._base_url, _byte_range(within, 0)) if address else None
            case "#EXT-X-KEY":
                method = read_attributes(line).get("METHOD", "NONE")
                self._is_encrypted = method != "NONE"
                self.encryption = method if self._is_encrypted else self.encryption

    def _take_address(self, address: str) -> None:
        byte_range = self._take_range(address) if self._range else None
        missing = self._is_gap or self._is_encrypted
        self._found.append(
            _Found(self._number, self._duration_s, address, byte_range, self._start, missing, self._at_s)
        )
        self._number += 1
        self._at_s = None if self._at_s is None else self._at_s + self._duration_s
        self._duration_s, self._range, self._is_gap = 0.0, "", False

    def _take_range(self, address: str) -> ByteRange | None:
        byte_range = _byte_range(self._range, self._range_end if address == self._range_address else 0)
        if byte_range is not None:
            self._range_address, self._range_end = address, byte_range.start + byte_range.length
        return byte_range


def _wall_time_s(text: str) -> float | None:
    if len(text) > _MAX_DATE_CHARACTERS:
        return None
    try:
        return datetime.fromisoformat(text.strip()).timestamp()
    except (ValueError, OverflowError, OSError):
        return None


def _byte_range(text: str, following: int) -> ByteRange | None:
    """Reads `length[@start]`; without a start it follows what came before."""
    length, _, start = text.partition("@")
    wanted = read_whole_number(length)
    return ByteRange(read_whole_number(start) if start else following, wanted) if wanted else None
