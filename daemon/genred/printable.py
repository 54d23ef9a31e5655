"""Text from outside, fit for a terminal and a log: without what either would obey."""

from __future__ import annotations

import re

_UNSAFE = re.compile(
    "["
    "\x00-\x08\x0b-\x1f\x7f-\x9f"  # C0 without tab and line feed, DEL, C1: escape sequences begin here
    "\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069"  # change the direction of what follows, or break lines
    "\ud800-\udfff"  # halves of surrogate pairs, which no terminal's encoding has
    "\ufff9-\ufffb\U000e0000-\U000e007f"  # annotations and tags, which are not seen
    "]"
)
_LINE = re.compile(r"[\t\n]")


def printable(text: str) -> str:
    """Gives a text of one line or more in which each control character is written as an escape."""
    return text if text.isascii() and text.isprintable() else _UNSAFE.sub(_escape, text)


def printable_line(text: str) -> str:
    """Gives a text as one line, line feeds and tabs written as escapes too."""
    return _LINE.sub(_escape, printable(text))


def _escape(found: re.Match[str]) -> str:
    return found[0].encode("unicode_escape", "backslashreplace").decode("ascii")
