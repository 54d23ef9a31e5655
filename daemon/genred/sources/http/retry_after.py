"""`Retry-After`: how long a server asks to be left alone. RFC 9110, section 10.2.3."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from genred.sources.numbers import whole_number

if TYPE_CHECKING:
    from collections.abc import Mapping

MAX_DATE_CHARACTERS = 64
"""A longer text is no date."""

MAX_RETRY_AFTER_S = 86_400.0
"""What asks for more is a mistake, or for people. The retry policy has a bound of its own, which is lower."""


def retry_after_s(headers: Mapping[str, str]) -> float | None:
    """Gives the seconds that a server's headers ask for, or None where they ask nothing that makes sense.

    Args:
        headers: By lower-case name. A moment is compared with the server's own `Date`, so that a clock here that is
            not set changes nothing.
    """
    text = headers.get("retry-after", "").strip()
    if not text:
        return None
    seconds = whole_number(text)
    if seconds is None:
        until = _timestamp(text)
        if until is None:
            return None
        now = _timestamp(headers.get("date", ""))
        seconds_left = until - (time.time() if now is None else now)
        return min(max(0.0, seconds_left), MAX_RETRY_AFTER_S)
    return min(float(seconds), MAX_RETRY_AFTER_S)


def _timestamp(text: str) -> float | None:
    if len(text) > MAX_DATE_CHARACTERS:
        return None
    from email.utils import mktime_tz, parsedate_tz  # noqa: PLC0415 - few servers write dates

    try:
        parts = parsedate_tz(text)
        return None if parts is None else float(mktime_tz(parts))
    except (ValueError, OverflowError, TypeError, IndexError):
        return None
