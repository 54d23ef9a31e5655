"""What can be classified: a file, an address that leads to one, or what is piped in."""

from __future__ import annotations

import base64
import os
from pathlib import Path
from typing import TYPE_CHECKING

from genred.config.schema import FileSource, PipeSource, StreamSource
from genred.masking import masked
from genred.printable import valid_unicode
from genred.sources.opening import open_source

if TYPE_CHECKING:
    from genred.sources.source import Source

Target = Path | StreamSource | PipeSource


def open_target(target: Target) -> Source:
    """Makes a source that gives all of a target as fast as it comes, and then ends."""
    match target:
        case StreamSource():
            from genred.sources.stream.internet_stream import InternetStream  # noqa: PLC0415 - seldom needed

            return InternetStream(target, whole=True)
        case PipeSource():
            from genred.sources.pipe import StandardInput  # noqa: PLC0415 - seldom needed

            return StandardInput(target, live=False)
    return open_source(FileSource(file=str(target), pace="fast"))


def name_of(target: Target) -> str:
    """Gives a target's name as text that every output can hold; passwords are masked."""
    match target:
        case StreamSource():
            return valid_unicode(masked(target.url))
        case PipeSource():
            return "-"
    return valid_unicode(str(target))


def path_b64(target: Target) -> str | None:
    """Gives the bytes of a file's path in Base64 where they are no UTF-8, so that a name does not hold them."""
    if not isinstance(target, Path):
        return None
    raw = os.fsencode(target)
    try:
        raw.decode("utf-8")
    except UnicodeDecodeError:
        return base64.b64encode(raw).decode("ascii")
    return None
