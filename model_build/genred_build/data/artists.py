"""Artists' names: one artist spelled in several ways is one artist, on whichever side of a split."""

from __future__ import annotations

import unicodedata


def artist_key(artist: str) -> str:
    """Gives what two spellings of an artist's name have in common: no case, accents, signs and leading "the"."""
    signs = unicodedata.normalize("NFKD", artist.casefold())
    plain = "".join(sign for sign in signs if sign.isalnum())
    return plain.removeprefix("the") or plain or artist.casefold().strip()
