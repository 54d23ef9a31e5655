"""Whole numbers as servers write them, in headers and playlists."""

from __future__ import annotations

MAX_DIGITS = 18
"""A number of more digits counts nothing here; Python refuses to read one of more than 4,300."""


def whole_number(text: str, max_digits: int = MAX_DIGITS) -> int | None:
    """Reads decimal digits and nothing else; None where there are none, others, or too many."""
    return int(text) if text.isascii() and text.isdecimal() and len(text) <= max_digits else None
