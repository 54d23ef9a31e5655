"""Titles as stations announce them, made fit to be shown."""

from __future__ import annotations

import unicodedata

from genred.sources.source import Title

MAX_TITLE_CHARACTERS = 512
"""What is longer is cut: ICY allows 4 KB, of which nobody reads more than this."""

_SEPARATOR = " - "


def decode_title(raw: bytes) -> str:
    """Decodes UTF-8, else cp1252, else Latin-1 (which has a character for every byte)."""
    for encoding in ("utf-8", "cp1252"):
        try:
            return raw.decode(encoding)
        except UnicodeDecodeError:
            continue
    return raw.decode("latin-1")


def make_title(text: str) -> Title | None:
    """Cleans an announced text and splits it where that is unambiguous.

    Args:
        text: As decoded.

    Returns:
        Title without control characters and doubled blanks, `artist` and `song` set where exactly one ` - ` stands
        between two texts; None where nothing is left.
    """
    # Cc: control characters; Cf: invisible ones that turn text around; Cs, Co, Cn: no characters at all.
    printable = "".join(" " if unicodedata.category(sign) in {"Cc", "Zl", "Zp"} else sign for sign in text)
    printable = "".join(sign for sign in printable if unicodedata.category(sign) not in {"Cf", "Cs", "Co", "Cn"})
    clean = " ".join(printable.split())[:MAX_TITLE_CHARACTERS].rstrip()
    if not clean.strip("-–— "):
        return None
    parts = clean.split(_SEPARATOR)
    if len(parts) == 2 and all(part.strip() for part in parts):
        return Title(clean, artist=parts[0].strip(), song=parts[1].strip())
    return Title(clean)


def make_tagged_title(artist: str | None, song: str | None) -> Title | None:
    """Gives the title of two separate tags (Vorbis comments, ID3), either of which may be missing."""
    clean_artist, clean_song = (make_title(tag or "") for tag in (artist, song))
    if clean_artist and clean_song:
        return Title(f"{clean_artist.text}{_SEPARATOR}{clean_song.text}", clean_artist.text, clean_song.text)
    return clean_song


class TitleFilter:
    """Lets a title pass when it is another than the last one."""

    def __init__(self) -> None:
        self._last: str | None = None

    def changed(self, title: Title | None) -> bool:
        """Says whether there is a title and it is news."""
        if title is None or title.text == self._last:
            return False
        self._last = title.text
        return True
