"""From a configured or typed source to one that can be opened."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from genred.config.schema import CommandSource, FileSource, PipeSource, SoundcardSource, SourceConfig, StreamSource
from genred.errors import SourceError

if TYPE_CHECKING:
    from genred.sources.source import Source

_SCHEME = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*)://")


def open_source(config: SourceConfig) -> Source:
    """Makes the source that a configuration describes; nothing is opened before its `session`.

    The libraries behind each kind (FFmpeg, PortAudio) are loaded only when one of that kind is made.
    """
    match config:
        case StreamSource():
            from genred.sources.stream import InternetStream  # noqa: PLC0415

            return InternetStream(config)
        case FileSource():
            from genred.sources.file import FilePlayer  # noqa: PLC0415

            return FilePlayer(config)
        case SoundcardSource():
            from genred.sources.soundcard import Soundcard  # noqa: PLC0415

            return Soundcard(config)
        case CommandSource():
            from genred.sources.command import Command  # noqa: PLC0415

            return Command(config)
        case PipeSource():
            from genred.sources.pipe import StandardInput  # noqa: PLC0415

            return StandardInput(config)


def parse_source(text: str) -> SourceConfig:
    """Reads a SOURCE from a command line.

    Args:
        text: A http:// or https:// URL, the path of a file or folder, `-` for raw PCM on standard input,
            `soundcard` for the system's default, or `soundcard:NAME` for a device by name, part of it, or index.

    Raises:
        SourceError: It is none of these; the message says what would be one.
    """
    if text == "-":
        return PipeSource()
    if text == "soundcard":
        return SoundcardSource()
    if text.startswith("soundcard:"):
        name = text.removeprefix("soundcard:").strip()
        if not name:
            raise _unusable(text, "a device's name or index must follow the colon; `genred devices` lists them")
        return SoundcardSource(soundcard=int(name) if name.isdecimal() else name)
    scheme = _SCHEME.match(text)
    if scheme is None or scheme[1].lower() == "file":
        return _file_source(text.removeprefix("file://"))
    if scheme[1].lower() not in {"http", "https"}:
        raise _unusable(text, f"{scheme[1]}:// is not understood, only http:// and https://")
    try:
        host = urlsplit(text).hostname
    except ValueError:
        host = None
    if not host:
        raise _unusable(text, "the URL names no host, as in http://host:8000/stream")
    return StreamSource(url=text)


def _file_source(text: str) -> FileSource:
    path = Path(text).expanduser()
    if not text:
        raise _unusable(text, "it is empty; " + _POSSIBLE)
    if not path.exists():
        if re.fullmatch(r"[\w.-]+\.\w+(:\d+)?(/\S*)?", text) and path.suffix.lower() not in _FILE_LIKE:
            raise _unusable(text, f"no such file or folder; for a stream write http://{text}")
        raise _unusable(text, "no such file or folder; " + _POSSIBLE)
    return FileSource(file=text)


_FILE_LIKE = frozenset(
    {".mp3", ".wav", ".ogg", ".oga", ".opus", ".flac", ".m4a", ".aac", ".txt", ".au", ".aiff", ".wma"}
)

_POSSIBLE = "a SOURCE is a http(s):// URL, a file, a folder, - (raw PCM on standard input), soundcard or soundcard:NAME"


def _unusable(text: str, fault: str) -> SourceError:
    return SourceError(f"{text!r}: {fault}", permanent=True, cause="unusable")
