"""Playlists as text: UTF-8 by rule, UTF-16 from Windows, with a byte order mark or without, and old code pages."""

from __future__ import annotations

import codecs
import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    # Before UTF-16, whose mark is the beginning of this one.
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_MARK = "\ufeff"
_UNMARKED_UTF16_LE = re.compile(rb"[^\0]\0[^\0]\0")
_UNMARKED_UTF16_BE = re.compile(rb"\0[^\0]\0[^\0]")
_OLD_CODE_PAGE = "cp1252"
"""What text that is no UTF-8 is most often written in; its addresses are ASCII all the same."""


def unicode_form(body: bytes) -> str | None:
    """Names the Unicode encoding that the first bytes of a text show, or None where they show none."""
    for mark, name in _MARKS:
        if body.startswith(mark):
            return name
    if _UNMARKED_UTF16_LE.match(body):
        return "utf-16-le"
    return "utf-16-be" if _UNMARKED_UTF16_BE.match(body) else None


def decode_playlist(body: bytes) -> str:
    """Gives the text of a playlist, or of its beginning, without byte order marks. Never fails."""
    form = unicode_form(body)
    if form is not None:
        text = body.decode(form, "replace")
    else:
        try:
            text = body.decode("utf-8")
        except UnicodeDecodeError:
            text = body.decode(_OLD_CODE_PAGE, "replace")
    # Where files were joined, a mark stands in the middle.
    return text.replace(_MARK, "")


def playlist_lines(text: str) -> Iterator[str]:
    """The lines that hold something, stripped. Only CR and LF end one: titles hold what else Unicode calls an end."""
    stripped = (line.strip() for line in text.replace("\r", "\n").split("\n"))
    return (line for line in stripped if line)
