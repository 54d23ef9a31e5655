"""Playlists: .m3u, .pls, .xspf, and .m3u8 where it is no HLS."""

from __future__ import annotations

import re
from enum import Enum
from itertools import islice
from typing import TYPE_CHECKING
from urllib.parse import urlsplit
from xml.parsers import expat

from genred.cause import Cause
from genred.errors import SourceError
from genred.masking import masked
from genred.sources.address import MAX_ADDRESS_CHARACTERS, resolve
from genred.sources.numbers import whole_number

if TYPE_CHECKING:
    from collections.abc import Iterator

MAX_PLAYLIST_BYTES = 1 << 20
"""A longer answer is no playlist of a radio; a live HLS playlist with an hour in it has 100 KB."""

MAX_ENTRIES = 1_000
"""What comes after so many entries is not resolved; of those, a listener tries the first few."""

_XSPF_LOCATION = "location"
_PLS_FILE = "file"
_MAX_PLS_DIGITS = 9
_AUDIO_TYPES = ("audio/mpeg", "audio/aac", "application/ogg", "audio/ogg", "audio/flac")


class PlaylistKind(Enum):
    """What a playlist is written in."""

    M3U = "m3u"
    PLS = "pls"
    XSPF = "xspf"
    HLS = "hls"


def playlist_kind(head: bytes, content_type: str, url: str) -> PlaylistKind | None:
    """Tells a playlist by its first bytes, and where these say nothing by media type and name.

    Args:
        head: First bytes of the body.
        content_type: Lower case, without parameters.
        url: Where it came from.
    """
    text = head.lstrip(b"\xef\xbb\xbf \t\r\n")
    start = text[:400].lower()
    if start.startswith(b"#extm3u"):
        # RFC 8216 demands one of these in any HLS playlist.
        return PlaylistKind.HLS if b"#ext-x-" in text.lower() else PlaylistKind.M3U
    if start.startswith(b"[playlist]"):
        return PlaylistKind.PLS
    if start.startswith((b"<?xml", b"<playlist")):
        return PlaylistKind.XSPF if b"<playlist" in text.lower() else None
    suffix = urlsplit(url).path.lower().rpartition(".")[2]
    says_m3u = "mpegurl" in content_type or (suffix in {"m3u", "m3u8"} and content_type not in _AUDIO_TYPES)
    if says_m3u and text[:1].isascii() and re.match(rb"(#|https?://|[\w./-]+\s*(\r|\n|$))", text):
        return PlaylistKind.M3U
    return None


def read_playlist(kind: PlaylistKind, body: bytes, base_url: str) -> list[str]:
    """Gives a playlist's entries as absolute http:// and https:// URLs, in order, each once.

    Raises:
        SourceError: It is XML that is damaged or declares entities.
    """
    text = body.decode("utf-8", "replace").lstrip("\ufeff")
    urls = (resolve(base_url, entry) for entry in playlist_entries(kind, text, body, base_url))
    # file:, rtsp: and the like: a playlist from the network must not choose what is opened here.
    return list(dict.fromkeys(url for url in urls if url and urlsplit(url).scheme in {"http", "https"}))


def playlist_entries(kind: PlaylistKind, text: str, body: bytes, base_url: str) -> Iterator[str]:
    """Gives a playlist's entries as they stand there, in order.

    Raises:
        SourceError: As `read_playlist`.
    """
    if kind is PlaylistKind.PLS:
        entries = iter([entry for _, entry in sorted(_numbered_files(text))])
    elif kind is PlaylistKind.XSPF:
        entries = iter(_xspf_locations(body, base_url))
    else:
        entries = (line for line in _lines(text) if not line.startswith("#"))
    return islice(entries, MAX_ENTRIES)


def _lines(text: str) -> Iterator[str]:
    """The lines that may hold something; a longer one than any address may be holds none."""
    stripped = (line.strip() for line in text.splitlines())
    return (line for line in stripped if 0 < len(line) <= MAX_ADDRESS_CHARACTERS)


def _numbered_files(text: str) -> Iterator[tuple[int, str]]:
    """The `FileN=…` of a .pls."""
    for line in _lines(text):
        name, _, entry = line.partition("=")
        name = name.rstrip().lower()
        number = whole_number(name.removeprefix(_PLS_FILE), _MAX_PLS_DIGITS) if name.startswith(_PLS_FILE) else None
        if number is not None and entry:
            yield number, entry.lstrip()


def _xspf_locations(body: bytes, base_url: str) -> list[str]:
    locations: list[str] = []
    inside: list[str] | None = None

    def start(name: str, _attributes: dict[str, str]) -> None:
        nonlocal inside
        if name.rpartition(":")[2] == _XSPF_LOCATION:
            inside = []

    def text(data: str) -> None:
        if inside is not None:
            inside.append(data)

    def end(name: str) -> None:
        nonlocal inside
        if name.rpartition(":")[2] == _XSPF_LOCATION and inside is not None:
            locations.append("".join(inside).strip())
            inside = None

    def refuse(*_declaration: object) -> None:
        # Nested entities expand to gigabytes, external ones read files: no playlist needs either.
        raise SourceError(f"{masked(base_url)}: the playlist has a DOCTYPE, which is refused", cause=Cause.PLAYLIST)

    # Without namespaces: with them, a long one would be written out anew for each of its elements.
    parser = expat.ParserCreate()
    parser.StartElementHandler = start
    parser.CharacterDataHandler = text
    parser.EndElementHandler = end
    parser.StartDoctypeDeclHandler = refuse
    parser.EntityDeclHandler = refuse
    try:
        parser.Parse(body, True)
    except expat.ExpatError as error:
        raise SourceError(
            f"{masked(base_url)}: the XSPF playlist is damaged: {error}", permanent=True, cause=Cause.PLAYLIST
        ) from error
    return locations
