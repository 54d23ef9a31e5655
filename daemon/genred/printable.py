"""Text from outside made fit to be shown: file names, titles and messages about them, in a terminal, a log or JSON."""

from __future__ import annotations

import unicodedata

REPLACEMENT = "\N{REPLACEMENT CHARACTER}"
"""Stands for a byte of a file's name that is no UTF-8."""

_JOINERS = "\N{ZERO WIDTH NON-JOINER}\N{ZERO WIDTH JOINER}"


def valid_unicode(text: str) -> str:
    """Replaces what no encoding holds: the surrogates by which Python keeps bytes of file names that are no UTF-8."""
    return (
        text if text.isprintable() else "".join(REPLACEMENT if "\ud800" <= sign <= "\udfff" else sign for sign in text)
    )


def printable(text: str) -> str:
    """Gives text on one line that no terminal obeys: what controls it or turns text around is shown as an escape."""
    return text if text.isprintable() else "".join(map(_shown, text))


def printable_lines(text: str) -> str:
    """Gives a message of several lines likewise."""
    return "\n".join(map(printable, text.split("\n")))


def _shown(sign: str) -> str:
    category = unicodedata.category(sign)
    if category == "Cs":
        return REPLACEMENT
    if category in {"Cc", "Cf", "Zl", "Zp"} and sign not in _JOINERS:
        return sign.encode("unicode_escape").decode("ascii")
    return sign
