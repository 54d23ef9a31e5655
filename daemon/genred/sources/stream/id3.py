"""ID3v2 tags, as HLS carries titles in them (timed metadata, and the start of packed audio segments).

Source: id3.org, ID3v2.3.0 and ID3v2.4.0 (structure, native frames); Apple, Timed Metadata for HTTP Live Streaming.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from genred.sources.title_encoding import TitleDecoder
from genred.sources.titles import make_tagged_title

if TYPE_CHECKING:
    from genred.sources.source import Title

_HEADER_BYTES = 10
_FRAME_HEADER_BYTES = 10
MAX_TAG_BYTES = 1 << 20
"""A larger tag holds a picture that nobody here looks at."""

_ENCODINGS = {0: "latin-1", 1: "utf-16", 2: "utf-16-be", 3: "utf-8"}


def read_id3_title(data: bytes) -> Title | None:
    """Gives the title of the first tag in `data`, from its frames TPE1 (artist) and TIT2 (song).

    Damage ends the reading; what was found before it counts. An empty TIT2 says that there is no title any more.
    """
    if data[:3] != b"ID3" or len(data) < _HEADER_BYTES:
        return None
    version = data[3]
    end = min(len(data), _HEADER_BYTES + _syncsafe(data[6:10]), MAX_TAG_BYTES)
    position = _HEADER_BYTES
    texts: dict[bytes, str] = {}
    while position + _FRAME_HEADER_BYTES <= end:
        name = data[position : position + 4]
        raw_size = data[position + 4 : position + 8]
        size = _syncsafe(raw_size) if version >= 4 else int.from_bytes(raw_size, "big")
        position += _FRAME_HEADER_BYTES
        if not name.strip(b"\x00") or position + size > end:
            break
        if name in {b"TIT2", b"TPE1"} and size:
            texts[name] = _text(data[position : position + size])
        position += size
    return make_tagged_title(texts.get(b"TPE1"), texts.get(b"TIT2"))


def _text(body: bytes) -> str:
    encoding = _ENCODINGS.get(body[0])
    if encoding is None:
        return ""
    if encoding == "latin-1":
        # Written as Latin-1 by the letter, as UTF-8 or in a code page by many encoders.
        return TitleDecoder().decode(body[1:]).partition("\x00")[0]
    return body[1:].decode(encoding, "replace").partition("\x00")[0]


def _syncsafe(raw: bytes) -> int:
    size = 0
    for byte in raw:
        size = size << 7 | byte & 0x7F
    return size
