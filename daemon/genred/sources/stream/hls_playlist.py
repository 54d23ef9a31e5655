"""HLS playlists, RFC 8216: what of them a listener needs."""

from __future__ import annotations

import re
from collections import deque
from dataclasses import dataclass
from typing import TYPE_CHECKING

from genred.cause import Cause
from genred.errors import SourceError
from genred.masking import masked
from genred.sources.address import resolve

if TYPE_CHECKING:
    from collections.abc import Iterator

ENOUGH_BPS = 64_000
"""The least of a programme's bit rates that is at least this is taken: genres are heard as well, and it costs less."""

MAX_SEGMENTS = 10_000
"""The newest so many are kept; at the usual six seconds they last 16 hours."""

MAX_VARIANTS = 200
"""So many of a master playlist's streams are looked at; a dozen are many."""

# RFC 8216 section 4.2: names, and values of which a quoted one may hold commas. A name without a value is passed over
# as a whole, not tried again from its second letter on.
_ATTRIBUTE = re.compile(r'([A-Z0-9-]++)(?:=("[^"]*+"|[^,]*+))?')
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
                f"{masked(self.base_url)}: the HLS playlist names what is no address", cause=Cause.PLAYLIST
            )
        return url


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
    for line in _lines(text):
        if line.startswith("#EXT-X-MEDIA:"):
            media = _attributes(line)
            url = resolve(base_url, media["URI"]) if media.get("TYPE") == "AUDIO" and media.get("URI") else None
            if url is not None:
                return url
        elif line.startswith("#EXT-X-STREAM-INF:"):
            attributes = _attributes(line)
        elif not line.startswith("#") and attributes is not None:
            url = resolve(base_url, line)
            codecs = attributes.get("CODECS", "").lower()
            pictures = "RESOLUTION" in attributes or any(codec in codecs for codec in _VIDEO_CODECS)
            if url is not None:
                variants.append((pictures, _whole(attributes.get("BANDWIDTH", "")), url))
            attributes = None
            if len(variants) == MAX_VARIANTS:
                break
    if not variants:
        raise SourceError(f"{masked(base_url)}: the HLS playlist names no stream", permanent=True, cause=Cause.PLAYLIST)
    fewest_pictures = min(pictures for pictures, _, _ in variants)
    fitting = sorted((bps, url) for pictures, bps, url in variants if pictures == fewest_pictures)
    return next((url for bps, url in fitting if bps >= ENOUGH_BPS), fitting[-1][1])


def read_media_playlist(text: str, base_url: str) -> MediaPlaylist:
    """Reads a media playlist.

    Raises:
        SourceError: It is none, or its segments are encrypted.
    """
    reader = _Reader(base_url)
    for line in _lines(text):
        reader.take(line)
    if reader.target_s <= 0:
        raise SourceError(f"{masked(base_url)}: no HLS playlist (no EXT-X-TARGETDURATION)", cause=Cause.PLAYLIST)
    return MediaPlaylist(reader.segments(), reader.target_s, reader.ended)


class _Reader:
    def __init__(self, base_url: str) -> None:
        self._base_url = base_url
        # Number, length, address, range and start of each: made into segments when it is known which are kept.
        self._found: deque[tuple[int, float, str, ByteRange | None, Part | None]] = deque(maxlen=MAX_SEGMENTS)
        self.target_s = 0.0
        self.ended = False
        self._number = 0
        self._duration_s = 0.0
        self._start: Part | None = None
        self._range: ByteRange | None = None
        self._range_end = 0

    def segments(self) -> tuple[Segment, ...]:
        return tuple(
            Segment(number, duration_s, Part(address, self._base_url, byte_range), start)
            for number, duration_s, address, byte_range, start in self._found
        )

    def take(self, line: str) -> None:
        if not line.startswith("#"):
            self._found.append((self._number, self._duration_s, line, self._range, self._start))
            self._number += 1
            self._range = None
            return
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
                address = attributes.get("URI", "")
                self._start = Part(address, self._base_url, self._byte_range(within) if within else None)
            case "#EXT-X-KEY":
                method = _attributes(line).get("METHOD", "NONE")
                if method != "NONE":
                    raise SourceError(
                        f"{masked(self._base_url)}: the HLS segments are encrypted ({method}), which is not supported; "
                        "look for the station's MP3 or AAC stream",
                        permanent=True,
                        cause=Cause.ENCRYPTED,
                    )
            case "#EXT-X-ENDLIST":
                self.ended = True

    def _byte_range(self, text: str) -> ByteRange:
        length, _, offset = text.partition("@")
        start = _whole(offset) if offset else self._range_end
        self._range_end = start + _whole(length)
        return ByteRange(start, _whole(length))


def _lines(text: str) -> Iterator[str]:
    stripped = (line.strip() for line in text.splitlines())
    return (line for line in stripped if line)


def _attributes(line: str) -> dict[str, str]:
    found = (match.groups() for match in _ATTRIBUTE.finditer(line.partition(":")[2]))
    return {name: text.strip('"') for name, text in found if text is not None}


def _number(text: str) -> float:
    found = re.match(r"\s*(\d{1,9}(\.\d{1,20})?)", text)
    return float(found[1]) if found else 0.0


def _whole(text: str) -> int:
    found = re.match(r"\s*(\d{1,18})", text)
    return int(found[1]) if found else 0
