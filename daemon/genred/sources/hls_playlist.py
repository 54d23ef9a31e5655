"""HLS playlists, RFC 8216: what of them a listener needs."""

from __future__ import annotations

import re
from collections import deque
from dataclasses import dataclass
from urllib.parse import urljoin

from genred.errors import SourceError
from genred.masking import masked
from genred.sources.playlist import text_lines

ENOUGH_BPS = 64_000
"""The least of a programme's bit rates that is at least this is taken: genres are heard as well, and it costs less."""

MAX_SEGMENTS = 5_000
"""Segments kept of a playlist, the newest: two and a half hours of two seconds each."""

_MAX_DIGITS = 18
"""A larger number is none that anybody means; Python refuses to read thousands of digits."""

_NUMBER = re.compile(r"\s{0,8}(\d{1,9}(\.\d{1,18})?)")
_WHOLE = re.compile(rf"\s{{0,8}}(\d{{1,{_MAX_DIGITS}}})")
_VIDEO_CODECS = ("avc", "hvc", "hev", "vp0", "vp8", "vp9", "av01", "mp4v", "dvh")


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
    """A file, or a part of one."""

    url: str
    byte_range: ByteRange | None = None


@dataclass(frozen=True, slots=True)
class Segment:
    """One segment.

    Attributes:
        number: Its media sequence number.
        duration_s: As announced.
        part: Where it is.
        start: What must be read before it (EXT-X-MAP), or None.
    """

    number: int
    duration_s: float
    part: Part
    start: Part | None


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


def is_master(text: str) -> bool:
    """Whether a playlist names other playlists, not segments."""
    return "#EXT-X-STREAM-INF" in text


def choose_rendition(text: str, base_url: str) -> str:
    """Gives the address of the best suited media playlist of a master playlist: audio alone, and not too fine.

    Raises:
        SourceError: It names none.
    """
    variants: list[tuple[bool, int, str]] = []
    attributes: dict[str, str] | None = None
    for line in text_lines(text):
        if line.startswith("#EXT-X-MEDIA:"):
            media = _attributes(line)
            if media.get("TYPE") == "AUDIO" and media.get("URI"):
                return joined(base_url, media["URI"])
        elif line.startswith("#EXT-X-STREAM-INF:"):
            attributes = _attributes(line)
        elif not line.startswith("#") and attributes is not None:
            codecs = attributes.get("CODECS", "").lower()
            pictures = "RESOLUTION" in attributes or any(codec in codecs for codec in _VIDEO_CODECS)
            variants.append((pictures, _whole(attributes.get("BANDWIDTH", "")), joined(base_url, line)))
            attributes = None
    if not variants:
        raise SourceError(f"{masked(base_url)}: the HLS playlist names no stream", permanent=True, cause="playlist")
    fewest_pictures = min(pictures for pictures, _, _ in variants)
    fitting = sorted((bps, url) for pictures, bps, url in variants if pictures == fewest_pictures)
    return next((url for bps, url in fitting if bps >= ENOUGH_BPS), fitting[-1][1])


def read_media_playlist(text: str, base_url: str) -> MediaPlaylist:
    """Reads a media playlist.

    Raises:
        SourceError: It is none, or its segments are encrypted.
    """
    reader = _Reader(base_url)
    for line in text_lines(text):
        reader.take(line)
    if reader.target_s <= 0:
        raise SourceError(f"{masked(base_url)}: no HLS playlist (no EXT-X-TARGETDURATION)", cause="playlist")
    return MediaPlaylist(reader.segments(), reader.target_s, reader.ended)


def joined(base_url: str, reference: str) -> str:
    """Resolves an address against the playlist's own; one that cannot be is left as it is, and fails when opened."""
    try:
        return urljoin(base_url, reference)
    except ValueError:
        return reference


class _Reader:
    def __init__(self, base_url: str) -> None:
        self._base_url = base_url
        self._entries: deque[tuple[int, float, str, ByteRange | None, Part | None]] = deque(maxlen=MAX_SEGMENTS)
        self.target_s = 0.0
        self.ended = False
        self._number = 0
        self._duration_s = 0.0
        self._start: Part | None = None
        self._range: ByteRange | None = None
        self._range_end = 0

    def segments(self) -> tuple[Segment, ...]:
        """Gives the segments that are kept; their addresses are resolved only now, as that costs more than all else."""
        return tuple(
            Segment(number, duration_s, Part(joined(self._base_url, url), byte_range), start)
            for number, duration_s, url, byte_range, start in self._entries
        )

    def take(self, line: str) -> None:
        tag, _, text = line.partition(":")
        match tag:
            case "#EXT-X-TARGETDURATION":
                self.target_s = _number(text)
            case "#EXT-X-MEDIA-SEQUENCE":
                self._number = _whole(text)
            case "#EXTINF":
                self._duration_s = _number(text.partition(",")[0])
            case "#EXT-X-BYTERANGE":
                self._range = self._byte_range(text)
            case "#EXT-X-MAP":
                attributes = _attributes(line)
                within = attributes.get("BYTERANGE")
                url = joined(self._base_url, attributes.get("URI", ""))
                self._start = Part(url, self._byte_range(within) if within else None)
            case "#EXT-X-KEY":
                method = _attributes(line).get("METHOD", "NONE")
                if method != "NONE":
                    raise SourceError(
                        f"{masked(self._base_url)}: the HLS segments are encrypted ({method}), which is not supported; "
                        "look for the station's MP3 or AAC stream",
                        permanent=True,
                        cause="encrypted",
                    )
            case "#EXT-X-ENDLIST":
                self.ended = True
            case _ if not line.startswith("#"):
                self._entries.append((self._number, self._duration_s, line, self._range, self._start))
                self._number += 1
                self._range = None

    def _byte_range(self, text: str) -> ByteRange:
        length, _, offset = text.partition("@")
        start = _whole(offset) if offset else self._range_end
        self._range_end = start + _whole(length)
        return ByteRange(start, _whole(length))


def _attributes(line: str) -> dict[str, str]:
    """Reads an attribute list, RFC 8216 section 4.2: `NAME=value,NAME="value"`; quoted values may hold commas."""
    text = line.partition(":")[2]
    attributes: dict[str, str] = {}
    position = 0
    while position < len(text):
        equals = text.find("=", position)
        if equals < 0:
            break
        # What stands before the name is a pair without a value.
        name = text[position:equals].rpartition(",")[2].strip()
        quoted = text.startswith('"', equals + 1)
        end = text.find('"', equals + 2) if quoted else text.find(",", equals + 1)
        end = len(text) if end < 0 else end
        attributes[name] = text[equals + 1 + quoted : end]
        position = end + 1
    return attributes


def _number(text: str) -> float:
    """Reads the decimal number that a text begins with; 0 where there is none."""
    found = _NUMBER.match(text)
    return float(found[1]) if found else 0.0


def _whole(text: str) -> int:
    """Reads the whole number that a text begins with; 0 where there is none."""
    found = _WHOLE.match(text)
    return int(found[1]) if found else 0
