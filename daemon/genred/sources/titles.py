"""Titles as stations announce them, made fit to be shown."""

from __future__ import annotations

import html
import re
import unicodedata
from html.entities import html5

from genred.sources.source import Title
from genred.sources.title_encoding import undo_misreading

MAX_TITLE_CHARACTERS = 512
"""What is longer is cut: ICY allows 4 KB, of which nobody reads more than this."""

NO_TITLE = Title("")
"""Announced: that there is none now."""

_SEPARATOR = " - "

_ENTITY = re.compile(r"&(#[0-9]{1,7};|#[xX][0-9a-fA-F]{1,6};|[A-Za-z][A-Za-z0-9]{1,31};)")
"""With its semicolon, unlike in HTML: `rock&reggae` holds no ®."""

_MOST_ESCAPES = 2
"""So many programs have escaped a title at most, each what the one before had."""


def clean_text(text: str) -> str:
    """Gives a text without control characters, doubled blanks and HTML entities, at most `MAX_TITLE_CHARACTERS`."""
    for _ in range(_MOST_ESCAPES):
        if "&" in text:
            text = _ENTITY.sub(_character, text)
    # Cc: control characters; Cf: invisible ones that turn text around; Cs, Co, Cn: no characters at all.
    printable = "".join(" " if unicodedata.category(sign) in {"Cc", "Zl", "Zp"} else sign for sign in text)
    printable = "".join(sign for sign in printable if unicodedata.category(sign) not in {"Cf", "Cs", "Co", "Cn"})
    return " ".join(printable.split())[:MAX_TITLE_CHARACTERS].rstrip()


def make_title(text: str, *, is_song: bool = True) -> Title:
    """Cleans an announced text and splits it where that is unambiguous.

    Args:
        text: As decoded.
        is_song: Whether it may be divided; what is known to be an advert or the station's name is not.

    Returns:
        Title without control characters, entities and doubled blanks, put right where it was encoded twice; `artist`
        and `song` set where exactly one ` - ` stands between two texts. `NO_TITLE` where nothing is left.
    """
    clean = clean_text(undo_misreading(text))
    if not clean.strip("-–— "):
        return NO_TITLE
    parts = clean.split(_SEPARATOR)
    if is_song and len(parts) == 2 and all(part.strip() for part in parts):
        return Title(clean, artist=parts[0].strip(), song=parts[1].strip())
    return Title(clean)


def make_tagged_title(artist: str | None, song: str | None) -> Title | None:
    """Gives the title of two separate tags (Vorbis comments, ID3).

    Args:
        artist: None where there is no such tag.
        song: Likewise.

    Returns:
        None without a song's tag, `NO_TITLE` where that is empty.
    """
    if song is None:
        return None
    clean_artist, clean_song = make_title(artist or "").text, make_title(song)
    if clean_artist and clean_song.text:
        return Title(f"{clean_artist}{_SEPARATOR}{clean_song.text}", clean_artist, clean_song.text)
    return clean_song


def _character(entity: re.Match[str]) -> str:
    if not entity[1].startswith("#"):
        return html5.get(entity[1], entity[0])
    return html.unescape(entity[0]).replace("\ufffd", "")


class TitleFilter:
    """Lets a title pass when it is another than the last one; that there is none is news after one."""

    def __init__(self) -> None:
        self._last = NO_TITLE.text

    def changed(self, title: Title | None) -> bool:
        """Says whether something is announced and it is news."""
        if title is None or title.text == self._last:
            return False
        self._last = title.text
        return True
