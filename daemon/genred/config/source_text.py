"""A source in one word, as on the command line and in `source: ...`."""

from __future__ import annotations

import re
from pathlib import Path

from genred.config.source_kinds import FileSource, PipeSource, SoundcardSource, SourceConfig, StreamSource
from genred.config.types.address import check_url
from genred.errors import ConfigError
from genred.masking import mask_url

_HOST = re.compile(r"(?:[\w-]+(?:\.[\w-]+)*\.[A-Za-z]{2,}|\d+(?:\.\d+){3}|[\w-]+(?=:\d))(?P<port>:\d+)?(?:/\S*)?")
_FILE_SUFFIXES = frozenset(
    f".{name}"
    for name in (
        *("aac", "aif", "aiff", "ape", "au", "caf", "flac", "m3u", "m3u8", "m4a", "m4b", "mka", "mp2", "mp3", "mp4"),
        *("mpc", "oga", "ogg", "opus", "pls", "raw", "spx", "tta", "txt", "wav", "weba", "webm", "wma", "wv", "xspf"),
    )
)
_MAX_INDEX_DIGITS = 9
_MAX_CHARACTERS = 8_192
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
        return _named_soundcard(text)
    if len(text) > _MAX_CHARACTERS:
        raise ConfigError(
            f"the source is longer than {_MAX_CHARACTERS} characters, which is too long for a path or URL"
        )
    scheme = _SCHEME.match(text)
    if scheme is None:
        return _file_source(text)
    if scheme[1].lower() == "file":
        return _explicit_file(text, text[len("file://") :])
    return _stream(text, scheme[1])


def _named_soundcard(text: str) -> SoundcardSource:
    name = text.removeprefix("soundcard:").strip()
    if not name:
        raise ConfigError(
            f"{text}: the colon must be followed by a device's name or index; `genred devices` lists them"
        )
    return SoundcardSource(soundcard=int(name) if name.isdecimal() and len(name) <= _MAX_INDEX_DIGITS else name)


def _stream(text: str, scheme: str) -> StreamSource:
    if scheme.lower() not in {"http", "https"}:
        raise ConfigError(
            f"{mask_url(text)}: {scheme}:// is not supported; streams are http:// or https://, "
            "and `command:` takes the output of any other program"
        )
    check_url(text)
    return StreamSource(url=text)


def _file_source(text: str) -> FileSource:
    if text.startswith("file:"):
        return _explicit_file(text, text.removeprefix("file:"))
    host = _HOST.fullmatch(text)
    # A file's suffix looks like a domain's, so only what is unlikely to be a name of audio is taken for a host.
    if host is not None and (host["port"] or not _is_audio_name(Path(text).parts[0])) and not path_exists(text):
        shown = mask_url(f"http://{text}")
        raise ConfigError(
            f"{shown.removeprefix('http://')}: there is no such file or folder; for a stream, write {shown}"
        )
    return FileSource(file=text)


def _explicit_file(text: str, path: str) -> FileSource:
    if not path:
        raise ConfigError(f"{text}: the colon must be followed by a path")
    return FileSource(file=path)


def _is_audio_name(name: str) -> bool:
    return Path(name).suffix.lower() in _FILE_SUFFIXES


def path_exists(path: str | Path) -> bool:
    """Says whether something is there; what cannot be looked for is not."""
    try:
        return Path(path).exists()
    except OSError:
        # A name that is too long for the file system, or in a folder that must not be entered.
        return False
