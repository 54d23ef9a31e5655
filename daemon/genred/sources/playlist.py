"""Playlists: .m3u, .pls, .xspf, and .m3u8 where it is no HLS."""

from __future__ import annotations

import re
from enum import Enum
from urllib.parse import urljoin, urlsplit
from xml.parsers import expat

from genred.errors import SourceError
from genred.masking import masked

MAX_PLAYLIST_BYTES = 1 << 20
"""A longer answer is no playlist of a radio; a live HLS playlist with an hour in it has 100 KB."""

MAX_ENTRIES = 1_000
"""Entries that are looked at; no more than the first few are ever tried."""

MAX_LINE_CHARACTERS = 8_192
"""A longer line is no address: servers take request lines of eight kilobytes at most."""

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
    if kind is PlaylistKind.PLS:
        entries = _pls_entries(text)
    elif kind is PlaylistKind.XSPF:
        entries = _xspf_locations(body, base_url)
    else:
        entries = [line for line in text_lines(text) if not line.startswith("#")]
    urls: dict[str, None] = {}
    for entry in entries[:MAX_ENTRIES]:
        try:
            url = urljoin(base_url, entry)
            # file:, rtsp: and the like: a playlist from the network must not choose what is opened here.
            if urlsplit(url).scheme in {"http", "https"}:
                urls[url] = None
        except ValueError:
            continue
    return list(urls)


def text_lines(text: str) -> list[str]:
    """Gives the lines of a playlist without blanks around them; empty ones and those too long for any use are left out.

    Only line feeds and carriage returns end a line here; `str.splitlines` would cut at a dozen other characters.
    """
    lines = [line.strip() for line in text.replace("\r", "\n").split("\n")]
    return [line for line in lines if 0 < len(line) <= MAX_LINE_CHARACTERS]


def _pls_entries(text: str) -> list[str]:
    """Gives the values of `File1=…`, `File2=…` in the order of their numbers."""
    numbered = []
    for line in text_lines(text):
        key, _, entry = line.partition("=")
        digits = key.strip().lower()
        if not digits.startswith(_PLS_FILE):
            continue
        digits = digits.removeprefix(_PLS_FILE)
        if digits.isascii() and digits.isdecimal() and len(digits) <= _MAX_PLS_DIGITS and entry.strip():
            numbered.append((int(digits), entry.strip()))
    return [entry for _, entry in sorted(numbered)]


def _xspf_locations(body: bytes, base_url: str) -> list[str]:
    locations: list[str] = []
    inside: list[str] | None = None

    def start(name: str, _attributes: dict[str, str]) -> None:
        nonlocal inside
        if name.rpartition(" ")[2] == _XSPF_LOCATION:
            inside = []

    def text(data: str) -> None:
        if inside is not None:
            inside.append(data)

    def end(name: str) -> None:
        nonlocal inside
        if name.rpartition(" ")[2] == _XSPF_LOCATION and inside is not None:
            locations.append("".join(inside).strip())
            inside = None

    def refuse(*_declaration: object) -> None:
        # Nested entities expand to gigabytes, external ones read files: no playlist needs either.
        raise SourceError(f"{masked(base_url)}: the playlist has a DOCTYPE, which is refused", cause="playlist")

    parser = expat.ParserCreate(namespace_separator=" ")
    parser.StartElementHandler = start
    parser.CharacterDataHandler = text
    parser.EndElementHandler = end
    parser.StartDoctypeDeclHandler = refuse
    parser.EntityDeclHandler = refuse
    try:
        parser.Parse(body, True)
    except expat.ExpatError as error:
        raise SourceError(
            f"{masked(base_url)}: the XSPF playlist is damaged: {error}", permanent=True, cause="playlist"
        ) from error
    return locations
