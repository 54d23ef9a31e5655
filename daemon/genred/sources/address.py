"""Addresses as servers write them: resolved against where they stood, and none that is longer than an address is."""

from __future__ import annotations

import string
from urllib.parse import quote, urljoin, urlsplit

MAX_ADDRESS_CHARACTERS = 8_192
"""A longer one is refused by most servers; what is done with an address may cost the square of its length."""


def resolve(base_url: str, address: str) -> str | None:
    """Gives an address that a server wrote as an absolute one, or None where it makes none.

    Args:
        base_url: Where the server wrote it.
        address: Absolute or relative.
    """
    if len(address) > MAX_ADDRESS_CHARACTERS:
        return None
    try:
        url = urljoin(base_url, address)
        urlsplit(url)
    except ValueError:
        return None
    return url if len(url) <= MAX_ADDRESS_CHARACTERS else None


def decode_address(written: bytes) -> str:
    """Gives an address that a server wrote as text: UTF-8, or where it is none, each byte quoted that is not ASCII."""
    try:
        text = written.decode("utf-8")
    except UnicodeDecodeError:
        text = quote(written, safe=string.printable)
    return text if text.isprintable() else "".join(sign if sign.isprintable() else quote(sign) for sign in text)
