"""Addresses of streams: taken apart, put together, and made fit to be shown."""

from __future__ import annotations

import re
from urllib.parse import urlsplit, urlunsplit

from genred.config.secret import CONFIDENTIAL_NAMES, MASK

_SECRET_KEYS = re.compile(rf"(?i)(?<![^&?])([\w.-]*(?:{CONFIDENTIAL_NAMES}))=[^&#]*")


def masked(url: str) -> str:
    """Gives a URL fit for logs and messages: user's password and secret-looking query values are replaced.

    A text that is no URL comes back as it is.
    """
    try:
        parts = urlsplit(url)
        parts.port  # noqa: B018 - raises where a `/` or `#` in a password has cut the address in the wrong place
    except ValueError:
        scheme, separator, rest = url.partition("://")
        return f"{scheme}{separator}{MASK}@{rest.rpartition('@')[2]}" if "@" in rest else url
    netloc = parts.netloc
    if "@" in netloc:
        credentials, _, host = netloc.rpartition("@")
        user, colon, _ = credentials.partition(":")
        netloc = f"{user}:{MASK}@{host}" if colon else f"{MASK}@{host}"
    query = _SECRET_KEYS.sub(lambda match: f"{match[1]}={MASK}", parts.query)
    if (netloc, query) == (parts.netloc, parts.query):
        return url
    return urlunsplit((parts.scheme, netloc, parts.path, query, parts.fragment))
