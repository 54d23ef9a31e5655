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
from genred.sources.stream.playlist_text import decode_playlist, playlist_lines, unicode_form

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

# RFC 8216 demands one of the first two in any HLS playlist; some encoders forget the second.
_HLS_TAG = re.compile(r"(?:^|[\r\n])[ \t]*#EXT-X-(?:STREAM-INF|TARGETDURATION|MEDIA-SEQUENCE|ENDLIST)", re.IGNORECASE)
_M3U_START = re.compile(r"#|https?://|[\w./-]+\s*(?:\r|\n|$)", re.ASCII)
_PLS_START = re.compile(r"[;#\[]|file\d", re.IGNORECASE)


class PlaylistKind(Enum):
    """What a playlist is written in."""

    M3U = "m3u"
    PLS = "pls"
    XSPF = "xspf"
    HLS = "hls"


def playlist_kind(body: bytes, content_type: str, url: str) -> PlaylistKind | None:
    """Tells a playlist by what it holds, and where this says nothing by media type and name.

    Args:
        body: Its first bytes, or all of it: what makes an HLS playlist may stand behind a long comment.
        content_type: Lower case, without parameters.
        url: Where it came from.
    """
    text = decode_playlist(body).lstrip()
    start = text[:400].lower()
    if start.startswith("#extm3u"):
        return PlaylistKind.HLS if _HLS_TAG.search(text) else PlaylistKind.M3U
    if start.startswith("[playlist]"):
        return PlaylistKind.PLS
    suffix = urlsplit(url).path.lower().rpartition(".")[2]
    if start.startswith(("<?xml", "<playlist")):
        says_xspf = "xspf" in content_type or suffix == "xspf"
        return PlaylistKind.XSPF if says_xspf or "<playlist" in text.lower() else None
    if content_type in _AUDIO_TYPES:
        return None
    if ("scpls" in content_type or suffix == "pls") and _PLS_START.match(text):
        return PlaylistKind.PLS
    if ("mpegurl" in content_type or suffix in {"m3u", "m3u8"}) and _M3U_START.match(text):
        return PlaylistKind.HLS if _HLS_TAG.search(text) else PlaylistKind.M3U
    return None


def read_playlist(kind: PlaylistKind, body: bytes, base_url: str) -> list[str]:
    """Gives a playlist's entries as absolute http:// and https:// URLs, in order, each once.

    Raises:
        SourceError: It is XML that is damaged or declares entities.
    """
    text = decode_playlist(body)
    if kind is PlaylistKind.PLS:
        entries = iter([entry for _, entry in sorted(_numbered_files(text))])
    elif kind is PlaylistKind.XSPF:
        entries = iter(_xspf_locations(body, base_url))
    else:
        entries = (line for line in _lines(text) if not line.startswith("#"))
    urls = (resolve(base_url, entry) for entry in islice(entries, MAX_ENTRIES))
    # file:, rtsp: and the like: a playlist from the network must not choose what is opened here.
    return list(dict.fromkeys(url for url in urls if url and urlsplit(url).scheme in {"http", "https"}))


def _lines(text: str) -> Iterator[str]:
    """The lines that may hold something; a longer one than any address may be holds none."""
    return (line for line in playlist_lines(text) if len(line) <= MAX_ADDRESS_CHARACTERS)


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
    form = unicode_form(body)
    # What the bytes show counts for more than what a declaration inside them claims.
    text_of_xml = body.strip() if form is None else decode_playlist(body).strip().encode("utf-8")
    parser = expat.ParserCreate(None if form is None else "utf-8")
    parser.StartElementHandler = start
    parser.CharacterDataHandler = text
    parser.EndElementHandler = end
    parser.StartDoctypeDeclHandler = refuse
    parser.EntityDeclHandler = refuse
    try:
        parser.Parse(text_of_xml, True)
    except expat.ExpatError as error:
        raise SourceError(
            f"{masked(base_url)}: the XSPF playlist is damaged: {error}", permanent=True, cause=Cause.PLAYLIST
        ) from error
    return locations
