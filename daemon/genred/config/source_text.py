"""A source in one word, as on the command line and in `source: ...`."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

from genred.config.schema import FileSource, PipeSource, SoundcardSource, SourceConfig, StreamSource
from genred.config.secret import mask_url
from genred.errors import ConfigError

_SCHEME = re.compile(r"([A-Za-z][A-Za-z0-9+.-]+)://")


def parse_source(text: str) -> SourceConfig:
    """Reads a source: a http:// or https:// URL, `soundcard`, `soundcard:NAME`, `-`, or the path of a file or folder.

    Args:
        text: As a person writes it. `file:PATH` and `file://PATH` say explicitly that a path is meant.

    Returns:
        The source's configuration; whether a file or host exists is found out on opening.

    Raises:
        ConfigError: It is none of these; the message says what would be.
    """
    text = text.strip()
    if not text:
        raise ConfigError("the source is empty; give a URL, a path, `soundcard`, `soundcard:NAME` or `-`")
    if text == "-":
        return PipeSource()
    if text == "soundcard":
        return SoundcardSource()
    if text.startswith("soundcard:"):
        name = text.removeprefix("soundcard:").strip()
        return SoundcardSource(soundcard=int(name) if name.isdecimal() else name or "default")
    scheme = _SCHEME.match(text)
    if scheme is None:
        return FileSource(file=text.removeprefix("file:"))
    if scheme[1].lower() == "file":
        return FileSource(file=text[len("file://") :])
    if scheme[1].lower() not in {"http", "https"}:
        raise ConfigError(
            f"{mask_url(text)}: {scheme[1]}:// is not supported; streams are http:// or https://, "
            "and `command:` takes the output of any other program"
        )
    try:
        host = urlsplit(text).hostname
    except ValueError as error:
        raise ConfigError(f"{mask_url(text)}: is no valid URL: {error}") from error
    if not host:
        raise ConfigError(f"{mask_url(text)}: has no host")
    return StreamSource(url=text)
