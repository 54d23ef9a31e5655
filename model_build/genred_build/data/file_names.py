"""Paths of a data set's files as text that JSON holds, and back, byte for byte."""

from __future__ import annotations

import os
from pathlib import Path, PurePath
from urllib.parse import quote, unquote_to_bytes

_ENCODED = "file:"
"""What the text of a name begins with that is no UTF-8; its bytes are percent-encoded, as in a URI (RFC 8089)."""


def text_of(path: PurePath) -> str:
    """Gives a relative path as text: as it is where it can be, with forward slashes."""
    name = path.as_posix()
    try:
        name.encode()
    except UnicodeEncodeError:
        return _ENCODED + quote(os.fsencode(name))
    return _ENCODED + quote(name) if name.startswith(_ENCODED) else name


def path_of(text: str) -> Path:
    """Gives the path back of which `text_of` made a text."""
    if text.startswith(_ENCODED):
        return Path(os.fsdecode(unquote_to_bytes(text.removeprefix(_ENCODED))))
    return Path(text)
