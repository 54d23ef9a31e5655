"""What was named on a command line as the files that it stands for: folders walked, playlists followed."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit

from genred.config.schema import FileSource, PipeSource, SoundcardSource, StreamSource
from genred.config.source_text import parse_source, path_exists
from genred.errors import ConfigError, SourceError
from genred.printable import printable
from genred.sources.path_check import audio_files, check_readable, is_folder
from genred.sources.stream.playlist import MAX_PLAYLIST_BYTES, PlaylistKind, playlist_entries, playlist_kind
from genred.sources.stream.playlist_text import decode_playlist, unicode_form

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from genred.classification.target import Target

_PLAYLIST_SUFFIXES = frozenset({".m3u", ".m3u8", ".pls", ".xspf"})


def expand(names: Iterable[str], pipe: PipeSource) -> Iterator[Target | SourceError]:
    """Gives the targets that names stand for, in their order, or why a name stands for none.

    Args:
        names: Files, folders, playlists, http:// and https:// addresses, `-`.
        pipe: How raw PCM on standard input is to be read.
    """
    for name in names:
        try:
            yield from _expand_one(name, pipe)
        except SourceError as error:
            yield error


def is_playlist(name: str) -> bool:
    """Says whether a file is a playlist by its name."""
    return Path(name).suffix.lower() in _PLAYLIST_SUFFIXES


def _expand_one(name: str, pipe: PipeSource) -> Iterator[Target]:
    if not name:
        raise SourceError(
            "the name of a file is empty; give a file, a folder, a playlist, a URL or `-`", permanent=True
        )
    if name == "-":
        yield pipe
        return
    if "://" not in name and not name.startswith(("soundcard", "file:")):
        yield from _expand_path(Path(name))
        return
    try:
        source = parse_source(name)
    except ConfigError as error:
        raise SourceError(str(error), permanent=True) from error
    match source:
        case StreamSource():
            yield source
        case SoundcardSource() if not path_exists(name):
            raise SourceError(f"{name}: has no end; `genred listen {name}` shows what is on air there", permanent=True)
        case FileSource():
            yield from _expand_path(Path(source.file))
        case _:
            yield from _expand_path(Path(name))


def _expand_path(path: Path) -> Iterator[Target]:
    label = printable(str(path))
    if is_folder(path, label):
        yield from audio_files(path, label)
    elif is_playlist(path.name):
        yield from _expand_playlist(path, label)
    else:
        yield path


def _expand_playlist(path: Path, label: str) -> Iterator[Target]:
    check_readable(path, label)
    with path.open("rb") as file:
        body = file.read(MAX_PLAYLIST_BYTES)
    kind = playlist_kind(body[:512], "", f"file:///x{path.suffix}")
    if kind is PlaylistKind.HLS:
        raise SourceError(f"{label}: is an HLS playlist; give the URL that it came from")
    if kind is None:
        # A playlist by its name alone: of one that begins with anything, each line is an entry.
        kind = PlaylistKind.M3U
    # As the names of files are decoded, so that they come out byte for byte.
    text = decode_playlist(body) if unicode_form(body) else body.decode("utf-8", "surrogateescape")
    entries = list(playlist_entries(kind, text, body, label))
    if not entries:
        raise SourceError(f"{label}: the playlist is empty", permanent=True)
    for entry in entries:
        yield _entry(entry, path.parent)


def _entry(entry: str, folder: Path) -> Target:
    """An address, or a file beside the playlist; in XSPF, and from some players, with its name percent-encoded."""
    if entry.lower().startswith(("http://", "https://")):
        return StreamSource(url=entry)
    if entry.lower().startswith("file:"):
        try:
            return folder / unquote(urlsplit(entry).path, errors="surrogateescape")
        except ValueError:
            # Brackets or signs that no host has: a name like any other, of which the error is told where it is opened.
            return folder / entry
    written = folder / entry
    for name in (unquote(entry, errors="surrogateescape"), entry.replace("\\", "/")):
        if not path_exists(written) and path_exists(folder / name):
            return folder / name
    return written
