"""What was named on the command line as recordings: files, folders, globs, addresses of any file system of fsspec."""

from __future__ import annotations

import glob
import posixpath
import stat
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from genred.archive.remote import describe_remote_errors, is_remote, open_filesystem
from genred.cause import Cause
from genred.errors import SourceError
from genred.masking import masked
from genred.printable import printable
from genred.sources.folder import AUDIO_SUFFIXES
from genred.sources.path_check import audio_files, is_folder, unreadable

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

_DIGEST_KEYS = ("ETag", "etag", "md5Hash", "checksum", "content-md5")
"""What file systems call a hash of the content."""

_MAX_DEPTH = 12
"""Of folders at an address: pages that list files may lead to each other for ever."""


@dataclass(frozen=True, slots=True)
class ArchiveFile:
    """A recording as it lies there.

    Attributes:
        path: Absolute path, or address.
        size: In bytes; -1 where it is not known.
        version: What changes when the file does: size and time, or what a server calls it.
        digest: Hash of the content, where the file system knows one; else empty.
    """

    path: str
    size: int
    version: str
    digest: str = ""


def list_files(names: Iterable[str]) -> Iterator[ArchiveFile | SourceError]:
    """Gives the recordings that names stand for, or why a name stands for none; each as often as it is named."""
    for name in names:
        try:
            yield from _remote_files(name) if is_remote(name) else _local_files(name)
        except SourceError as error:
            yield error


def local_file(path: Path) -> ArchiveFile:
    """Gives a file of this machine.

    Raises:
        SourceError: It is not there, or cannot be looked at.
    """
    label = printable(str(path))
    try:
        found = path.stat()
    except OSError as error:
        raise unreadable(path, label, error) from error
    if not stat.S_ISREG(found.st_mode):
        # Of a pipe or a device, even the hash would have no end.
        raise SourceError(f"{label}: is no file", permanent=True, cause=Cause.UNREADABLE)
    return ArchiveFile(str(path), found.st_size, f"{found.st_size}-{found.st_mtime_ns}")


def _local_files(name: str) -> Iterator[ArchiveFile]:
    path = Path(name).expanduser().absolute()
    if not path.exists() and glob.has_magic(name):
        matches = sorted(glob.glob(str(path), recursive=True))  # noqa: PTH207 - that of a pattern with a folder before it
        if not matches:
            raise SourceError(f"{printable(name)}: no such file or folder", permanent=True)
        for match in matches:
            yield from _local_path(Path(match))
        return
    yield from _local_path(path)


def _local_path(path: Path) -> Iterator[ArchiveFile]:
    label = printable(str(path))
    if not is_folder(path, label):
        yield local_file(path)
        return
    for file in audio_files(path, label):
        yield local_file(file)


def _remote_files(name: str) -> Iterator[ArchiveFile]:
    filesystem, path = open_filesystem(name)
    scheme = name.partition("://")[0]
    with describe_remote_errors(name):
        if glob.has_magic(path):
            found = filesystem.glob(path, detail=True)
        elif _is_audio(path):
            found = {path: filesystem.info(path)}
        else:
            found = filesystem.find(path, maxdepth=_MAX_DEPTH, detail=True)
            found = {each: info for each, info in found.items() if _is_audio(each)}
            if not found and not name.endswith("/") and filesystem.isfile(path):
                found = {path: filesystem.info(path)}
    files = [(each, info) for each, info in sorted(found.items()) if info.get("type", "file") == "file"]
    if not files:
        raise SourceError(f"{masked(name)}: contains no audio files", permanent=True)
    for each, info in files:
        yield _remote_file(each if "://" in each else f"{scheme}://{each}", info)


def _is_audio(path: str) -> bool:
    return posixpath.splitext(path)[1].lower() in AUDIO_SUFFIXES


def _remote_file(address: str, info: dict[str, Any]) -> ArchiveFile:
    size = info.get("size")
    digest = next((str(info[key]).strip('"') for key in _DIGEST_KEYS if info.get(key)), "")
    if digest.startswith("W/"):
        digest = ""
    changed = next((str(info[key]) for key in ("LastModified", "updated", "mtime", "created") if info.get(key)), "")
    known = -1 if size is None else int(size)
    return ArchiveFile(address, known, f"{known}-{digest or changed}", f"{digest}-{known}" if digest else "")
