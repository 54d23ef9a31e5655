"""Slugs: the ids of nodes, stations and labels, as topics and entities have them."""

from __future__ import annotations

import re
import unicodedata

SLUG_PATTERN = "[a-z0-9]+(_[a-z0-9]+)*"
"""A regular expression, without its ends."""

_SLUG = re.compile(SLUG_PATTERN)
_WHOLE_LETTERS = str.maketrans({"æ": "ae", "œ": "oe", "ø": "o", "ł": "l", "đ": "d", "ð": "d", "þ": "th", "ı": "i"})
"""Latin letters that Unicode does not divide into a letter of ASCII and a mark."""


def is_slug(text: str) -> bool:
    """Whether a text is one."""
    return _SLUG.fullmatch(text) is not None


def slug_of(text: str) -> str:
    """Gives the slug that a text is close to, without accents; empty where it has no Latin letter or digit."""
    divided = unicodedata.normalize("NFKD", text.casefold().translate(_WHOLE_LETTERS))
    unmarked = "".join(character for character in divided if not unicodedata.combining(character))
    return "_".join(re.findall("[a-z0-9]+", unmarked.lower()))
