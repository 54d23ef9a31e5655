"""HLS master playlists, RFC 8216 section 4.3.4: which of their streams a listener takes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from genred.cause import Cause
from genred.errors import SourceError
from genred.masking import masked
from genred.sources.address import resolve
from genred.sources.stream.hls_attributes import read_attributes, read_whole_number
from genred.sources.stream.playlist_text import playlist_lines

if TYPE_CHECKING:
    from collections.abc import Sequence

ENOUGH_BPS = 64_000
"""The least of a programme's bit rates that is at least this is taken: genres are heard as well, and it costs less."""

MAX_VARIANTS = 200
"""So many of a master playlist's streams, and of its renditions, are looked at; a dozen are many."""

_STREAM = "#EXT-X-STREAM-INF"
_MEDIA = "#EXT-X-MEDIA"
_VIDEO_CODECS = ("avc", "hvc", "hev", "vp0", "vp8", "vp9", "av01", "mp4v", "dvh")
_FOR_SOME = "public.accessibility."
"""Begins what characterises audio that is not made for everybody: with a description of the pictures, with clearer
speech."""


@dataclass(frozen=True, slots=True)
class _Rendition:
    """One audio of a group; without an address it is the one in the stream itself."""

    url: str | None
    default: bool
    offered: bool
    for_some: bool


@dataclass(frozen=True, slots=True)
class _Variant:
    url: str
    pictures: bool
    rate_bps: int
    group: str | None


def is_master(text: str) -> bool:
    """Whether a playlist names other playlists, not segments."""
    return any(_tag(line) == _STREAM for line in playlist_lines(text))


def audio_playlists(text: str, base_url: str) -> list[str]:
    """Gives the addresses of a master playlist's media playlists, the best suited first.

    That is the programme's own sound as audio alone, and not too fine. Those behind it are other bit rates and servers.

    Raises:
        SourceError: It names none.
    """
    groups, variants = _read(text, base_url)
    if not any(variant.group in groups for variant in variants):
        # Renditions that no stream refers to: there is no other reason to name them.
        renditions = [rendition for group in groups.values() for rendition in group]
        own = _address_of_default(renditions, has_own=False)
        first = [] if own is None else [own]
    else:
        first = []
    ranked = sorted(_sources(groups, variants), key=lambda source: source[0])
    found = list(dict.fromkeys([*first, *(url for _, url in ranked)]))
    if not found:
        raise SourceError(
            f"{masked(base_url)}: the HLS playlist contains no stream", permanent=True, cause=Cause.PLAYLIST
        )
    return found


def _sources(
    groups: dict[str, list[_Rendition]], variants: Sequence[_Variant]
) -> list[tuple[tuple[bool, bool, int], str]]:
    """The address of each stream's audio, with its rank."""
    sources = []
    for variant in variants:
        separate = _address_of_default(groups.get(variant.group or "", []), has_own=not variant.pictures)
        enough = variant.rate_bps >= ENOUGH_BPS
        cost = variant.rate_bps if enough else -variant.rate_bps
        sources.append(((variant.pictures and separate is None, not enough, cost), separate or variant.url))
    return sources


def _address_of_default(renditions: Sequence[_Rendition], *, has_own: bool) -> str | None:
    """The address of the audio that is played where nobody chooses, or None where that is the stream's own."""
    offered = [rendition for rendition in renditions if rendition.offered]
    if not offered and not has_own:
        offered = list(renditions)
    if not offered:
        return None
    return min(offered, key=lambda one: (not one.default, one.for_some)).url


def _read(text: str, base_url: str) -> tuple[dict[str, list[_Rendition]], list[_Variant]]:
    groups: dict[str, list[_Rendition]] = {}
    variants: list[_Variant] = []
    renditions = 0
    attributes: dict[str, str] | None = None
    for line in playlist_lines(text):
        tag = _tag(line)
        if tag == _MEDIA and renditions < MAX_VARIANTS:
            media = read_attributes(line)
            if media.get("TYPE") == "AUDIO":
                renditions += 1
                _add_rendition(groups.setdefault(media.get("GROUP-ID", ""), []), media, base_url)
        elif tag == _STREAM:
            attributes = read_attributes(line)
        elif not line.startswith("#") and attributes is not None:
            if len(variants) < MAX_VARIANTS:
                _add_variant(variants, attributes, line, base_url)
            attributes = None
    return groups, variants


def _add_rendition(group: list[_Rendition], media: dict[str, str], base_url: str) -> None:
    address = media.get("URI")
    url = resolve(base_url, address) if address else None
    if address and url is None:
        return
    default = media.get("DEFAULT") == "YES"
    group.append(
        _Rendition(
            url=url,
            default=default,
            offered=default or media.get("AUTOSELECT") == "YES",
            for_some=_FOR_SOME in media.get("CHARACTERISTICS", ""),
        )
    )


def _add_variant(variants: list[_Variant], attributes: dict[str, str], address: str, base_url: str) -> None:
    url = resolve(base_url, address)
    if url is None:
        return
    codecs = attributes.get("CODECS", "").lower()
    variants.append(
        _Variant(
            url=url,
            pictures="RESOLUTION" in attributes or any(codec in codecs for codec in _VIDEO_CODECS),
            rate_bps=read_whole_number(attributes.get("BANDWIDTH", "")),
            group=attributes.get("AUDIO"),
        )
    )


def _tag(line: str) -> str:
    return line.partition(":")[0]
