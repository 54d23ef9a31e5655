"""What a path leads to, before FFmpeg is given it: each fault in words, with what to do about it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from genred.cause import Cause
from genred.errors import SourceError
from genred.masking import masked
from genred.sources.folder import list_folder
from genred.sources.http.response import PEEK_BYTES
from genred.sources.sandbox import permission_remedy, sandbox_remedy
from genred.sources.stream.playlist import MAX_PLAYLIST_BYTES, PlaylistKind, playlist_kind, read_playlist

if TYPE_CHECKING:
    from pathlib import Path


def is_folder(path: Path, label: str) -> bool:
    """Says whether a path is a folder; what is not there is none.

    Raises:
        SourceError: It cannot be told, since a folder above it must not be entered.
    """
    try:
        return path.is_dir()
    except OSError as error:
        raise unreadable(path, label, error) from error


def check_readable(path: Path, label: str) -> None:
    """Opens a file as a trial.

    Raises:
        SourceError: It is not there, is empty, is no file, or must not be read.
    """
    try:
        if path.is_fifo() or path.is_char_device():
            # Opening it would wait for a writer, perhaps for ever.
            raise SourceError(
                f"{label}: is a pipe or device, not a file; read it with `cat {label} | genred listen -`, "
                f"or in a configuration with `command: [cat, {label}]`",
                permanent=True,
                cause=Cause.UNREADABLE,
            )
        with path.open("rb") as file:
            if path.is_file() and not file.read(1):
                raise SourceError(f"{label}: the file is empty (0 bytes)", permanent=True, cause=Cause.NO_AUDIO)
    except OSError as error:
        raise unreadable(path, label, error) from error
    except ValueError as error:
        # A null character, as a playlist may have it in a name.
        raise SourceError(f"{label}: cannot be read: {error}", permanent=True, cause=Cause.UNREADABLE) from error


def audio_files(folder: Path, label: str) -> tuple[Path, ...]:
    """Gives the audio files under a folder; see `list_folder`.

    Args:
        folder: Of them.
        label: What it is called in messages.

    Raises:
        SourceError: It cannot be read, or there are none.
    """
    try:
        found = list_folder(folder).files
    except OSError as error:
        raise unreadable(folder, label, error) from error
    if not found:
        raise SourceError(f"{label}: the folder contains no audio files", permanent=True)
    return found


def unreadable(path: Path, label: str, error: OSError) -> SourceError:
    """Gives the error of a path that is not there or must not be read, with what to do about it."""
    missing = isinstance(error, FileNotFoundError)
    fault = "no such file" if missing else f"cannot be read: {error.strerror}"
    remedy = sandbox_remedy(path)
    if remedy is None and isinstance(error, PermissionError):
        remedy = permission_remedy()
    return SourceError(
        f"{label}: {fault}" + (f"; {remedy}" if remedy else ""),
        permanent=True,
        cause=Cause.MISSING if missing else Cause.UNREADABLE,
    )


def refuse_playlist(path: Path, label: str) -> None:
    """Tells a playlist from audio before FFmpeg would open what it names.

    Raises:
        SourceError: It is one; the message says what to give instead.
    """
    with path.open("rb") as file:
        head = file.read(PEEK_BYTES)
        kind = playlist_kind(head, "", f"file:///x{path.suffix}")
        if kind is None:
            return
        body = head + file.read(MAX_PLAYLIST_BYTES)
    urls = [] if kind is PlaylistKind.HLS else read_playlist(kind, body, "")
    advice = (
        f"give the stream that it contains instead: {masked(urls[0])}"
        if urls
        else "give the URL that it came from, or the folder or file that it contains"
    )
    raise SourceError(f"{label}: is a playlist, not audio; {advice}", permanent=True, cause=Cause.PLAYLIST)
