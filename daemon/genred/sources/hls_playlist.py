"""HLS playlists, RFC 8216: what of them a listener needs."""

from __future__ import annotations

import re
from dataclasses import dataclass
from urllib.parse import urljoin

from genred.errors import SourceError
from genred.sources.address import masked

ENOUGH_BPS = 64_000
"""The least of a programme's bit rates that is at least this is taken: genres are heard as well, and it costs less."""

_ATTRIBUTE = re.compile(r'([A-Z0-9-]+)=("[^"]*"|[^,]*)')
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
    for line in _lines(text):
        if line.startswith("#EXT-X-MEDIA:"):
            media = _attributes(line)
            if media.get("TYPE") == "AUDIO" and media.get("URI"):
                return urljoin(base_url, media["URI"])
        elif line.startswith("#EXT-X-STREAM-INF:"):
            attributes = _attributes(line)
        elif not line.startswith("#") and attributes is not None:
            codecs = attributes.get("CODECS", "").lower()
            pictures = "RESOLUTION" in attributes or any(codec in codecs for codec in _VIDEO_CODECS)
            variants.append((pictures, _whole(attributes.get("BANDWIDTH", "")), urljoin(base_url, line)))
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
    for line in _lines(text):
        reader.take(line)
    if reader.target_s <= 0:
        raise SourceError(f"{masked(base_url)}: no HLS playlist (no EXT-X-TARGETDURATION)", cause="playlist")
    return MediaPlaylist(tuple(reader.segments), reader.target_s, reader.ended)


class _Reader:
    def __init__(self, base_url: str) -> None:
        self._base_url = base_url
        self.segments: list[Segment] = []
        self.target_s = 0.0
        self.ended = False
        self._number = 0
        self._duration_s = 0.0
        self._start: Part | None = None
        self._range: ByteRange | None = None
        self._range_end = 0

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
                url = urljoin(self._base_url, attributes.get("URI", ""))
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
                part = Part(urljoin(self._base_url, line), self._range)
                self.segments.append(Segment(self._number, self._duration_s, part, self._start))
                self._number += 1
                self._range = None

    def _byte_range(self, text: str) -> ByteRange:
        length, _, offset = text.partition("@")
        start = _whole(offset) if offset else self._range_end
        self._range_end = start + _whole(length)
        return ByteRange(start, _whole(length))


def _lines(text: str) -> list[str]:
    return [line.strip() for line in text.splitlines() if line.strip()]


def _attributes(line: str) -> dict[str, str]:
    return {name: text.strip('"') for name, text in _ATTRIBUTE.findall(line.partition(":")[2])}


def _number(text: str) -> float:
    found = re.match(r"\s*(\d{1,9}(\.\d+)?)", text)
    return float(found[1]) if found else 0.0


def _whole(text: str) -> int:
    found = re.match(r"\s*(\d{1,18})", text)
    return int(found[1]) if found else 0
