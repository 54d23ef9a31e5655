"""Secrets kept out of every message: one mask, one list of names, for texts and for single addresses.

Texts come from servers, too, so each is looked through once, from left to right: no pattern here can go back.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from urllib.parse import urlsplit, urlunsplit

if TYPE_CHECKING:
    from collections.abc import Iterator

MASK = "********"
"""What stands in the place of a secret, whatever its length."""

CONFIDENTIAL_NAMES = "pass(?:word|wd|phrase)?|pwd|token|key|secret|sig(?:nature)?|auth(?:orization)?|credentials?"
"""A pattern of what options and parameters are called that hold a secret; in any case, and as the end of a name too."""

_CONFIDENTIAL = re.compile(CONFIDENTIAL_NAMES, re.IGNORECASE)
_WORDS = re.compile(r"(\s+)")
_SCHEME_END = "://"
_AFTER_NAME = re.compile(r"[/:@]")
_AFTER_PAIR = re.compile(r"([&#])")
_PORT = re.compile(r"\d{1,9}/")


def mask_value(value: object) -> str:
    """Gives the mask for any secret; an empty one shows as empty."""
    return MASK if value else "(empty)"


def mask_url(text: str) -> str:
    """Masks the credentials of every URL in a text, and the values of parameters that look like secrets."""
    words = _WORDS.split(text)
    return "".join(_mask_word(word) for word in words)


def masked(url: str) -> str:
    """Gives one URL fit for logs and messages: user's password and secret-looking query values are replaced.

    A text that is no URL comes back as it is.
    """
    try:
        parts = urlsplit(url)
        parts.port  # noqa: B018 - raises where a `/` or `#` in a password has cut the address in the wrong place
    except ValueError:
        scheme, separator, rest = url.partition(_SCHEME_END)
        return f"{scheme}{separator}{MASK}@{rest.rpartition('@')[2]}" if "@" in rest else url
    netloc = parts.netloc
    if "@" in netloc:
        credentials, _, host = netloc.rpartition("@")
        user, colon, _ = credentials.partition(":")
        netloc = f"{user}:{MASK}@{host}" if colon else f"{MASK}@{host}"
    query = "&".join(_mask_pair(pair) for pair in parts.query.split("&"))
    if (netloc, query) == (parts.netloc, parts.query):
        return url
    return urlunsplit((parts.scheme, netloc, parts.path, query, parts.fragment))


def _mask_word(word: str) -> str:
    """Masks one word, a text without white space."""
    return "".join(_mask_parameters("".join(_mask_credentials(word))))


def _mask_credentials(word: str) -> Iterator[str]:
    """Masks what stands between a scheme and the last @.

    Up to the last @ of the word, since passwords hold / and @ too; but a port and a path with an @ are no credentials.
    A name alone before an @ is masked as well: for a stream it is often a token.
    """
    last_at = word.rfind("@")
    shown_until = 0
    begin = word.find(_SCHEME_END)
    while begin >= 0:
        begin += len(_SCHEME_END)
        end = _AFTER_NAME.search(word, begin)
        if end is None or begin > last_at:
            break
        if end[0] == "@" and end.start() > begin:
            yield f"{word[shown_until:begin]}{MASK}"
            shown_until = end.start()
        elif end[0] == ":" and end.start() < last_at and not _PORT.match(word, end.end()):
            yield f"{word[shown_until : end.end()]}{MASK}"
            shown_until = last_at
            break
        begin = word.find(_SCHEME_END, end.start())
    yield word[shown_until:]


def _mask_parameters(word: str) -> Iterator[str]:
    before = ""
    for part in _AFTER_PAIR.split(word):
        if part in {"&", "#"} or not part:
            yield part
        elif before == "&":
            yield _mask_pair(part)
        else:
            place, mark, pair = part.partition("?")
            yield f"{place}{mark}{_mask_pair(pair)}"
        before = part


def _mask_pair(pair: str) -> str:
    """Masks the value of a `name=value` whose name is confidential."""
    name, _, value = pair.partition("=")
    return f"{name}={MASK}" if value and _CONFIDENTIAL.search(name) else pair
