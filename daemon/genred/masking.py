"""Keeping secrets out of what is shown: passwords and tokens in addresses, and in any text that holds addresses.

What is masked comes from servers, commands and configurations, and messages about hostile text are made of hostile
text. So every function here reads its text once, whatever is in it.
"""

from __future__ import annotations

import re
from urllib.parse import urlsplit, urlunsplit

MASK = "********"
"""What stands in the place of a secret, whatever its length."""

CONFIDENTIAL_NAMES = "pass(?:word|wd|phrase)?|pwd|token|key|secret|sig(?:nature)?|auth(?:orization)?|credentials?"
"""A pattern of what options and parameters are called that hold a secret; in any case, and as part of a name too."""

_MAX_URL_CHARACTERS = 8_192
"""A longer text is not taken apart as a URL: normalising a host's characters may cost the square of its length."""

# Every pattern begins with a mark that its repetitions exclude, and these never give back what they have taken: an
# attempt that fails ends before the next one begins.
_CONFIDENTIAL = re.compile(CONFIDENTIAL_NAMES, re.IGNORECASE)
_WORD = re.compile(r"\S++")
_PARAMETER = re.compile(r"[^&#\s]++")
# A port and a path with an @ are no credentials.
_USER = re.compile(r"://[^/\s:@]*+:(?!\d++/)")
# A name alone before the @, which for a stream is often a token.
_LONE_USER = re.compile(r"://[^/\s:@]++@")


def mask_value(value: object) -> str:
    """Gives the mask for any secret; an empty one shows as empty."""
    return MASK if value else "(empty)"


def mask_url(text: str) -> str:
    """Masks the credentials of every URL in a text, and the values of parameters that look like secrets."""
    if "@" in text:
        text = _WORD.sub(lambda word: _mask_password(word[0]), text)
        text = _LONE_USER.sub(f"://{MASK}@", text)
    return _mask_parameters(text)


def masked(url: str) -> str:
    """Gives a URL fit for logs and messages: user's password and secret-looking query values are replaced.

    A text that is no URL and has neither in it comes back as it is.
    """
    if len(url) > _MAX_URL_CHARACTERS:
        return _mask_parameters(mask_before_at(url))
    try:
        parts = urlsplit(url)
        parts.port  # noqa: B018 - raises where a `/` or `#` in a password has cut the address in the wrong place
    except ValueError:
        return mask_before_at(url)
    netloc = parts.netloc
    if "@" in netloc:
        credentials, _, host = netloc.rpartition("@")
        user, colon, _ = credentials.partition(":")
        netloc = f"{user}:{MASK}@{host}" if colon else f"{MASK}@{host}"
    query = "&".join(_mask_parameter(pair, begins_name=True) for pair in parts.query.split("&"))
    if (netloc, query) == (parts.netloc, parts.query):
        return url
    return urlunsplit((parts.scheme, netloc, parts.path, query, parts.fragment))


def mask_before_at(text: str) -> str:
    """Masks everything between the scheme, where there is one, and the last @: for an address that is malformed."""
    scheme, separator, rest = text.partition("://") if "://" in text else ("", "", text)
    _, at, place = rest.rpartition("@")
    return f"{scheme}{separator}{MASK}@{place}" if at else text


def _mask_password(word: str) -> str:
    """Masks the first password of a word up to the last @, since passwords hold / and @ too."""
    end = word.rfind("@")
    found = _USER.search(word, 0, end) if end > 0 else None
    return word if found is None else f"{word[: found.end()]}{MASK}{word[end:]}"


def _mask_parameters(text: str) -> str:
    def masked_one(found: re.Match[str]) -> str:
        return _mask_parameter(found[0], begins_name=found.start() > 0 and text[found.start() - 1] == "&")

    return _PARAMETER.sub(masked_one, text) if "=" in text else text


def _mask_parameter(text: str, *, begins_name: bool) -> str:
    """Masks what comes after the first confidential name in a text without &.

    Args:
        text: `name=value`, or an address up to the end of its first parameter.
        begins_name: Whether a name begins where the text does; otherwise one begins after a `?`.
    """
    at = 0
    while (equals := text.find("=", at)) >= 0:
        name_at = at if begins_name else text.find("?", at, equals)
        if name_at >= 0 and _CONFIDENTIAL.search(text, name_at, equals):
            return text[: equals + 1] + MASK
        at, begins_name = equals + 1, False
    return text
