"""A folder's audio files, with what people and systems have in folders: linked albums, hidden files, litter."""

from __future__ import annotations

import os
from collections import deque
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

AUDIO_SUFFIXES = frozenset(
    f".{name}"
    for name in (
        *("aac", "aif", "aiff", "ape", "au", "caf", "flac", "m4a", "m4b", "mka", "mp2", "mp3", "mp4", "mpc"),
        *("oga", "ogg", "opus", "spx", "tta", "wav", "weba", "webm", "wma", "wv"),
    )
)
"""What of a folder counts as its programme; a file given by name may be called anything."""

_LITTER = frozenset(
    {"__macosx", "@eadir", "#recycle", "$recycle.bin", "recycler", "lost+found", "system volume information"}
)
"""Folders that archives, network drives and file systems leave behind; their names in lower case."""


@dataclass(frozen=True, slots=True)
class Folder:
    """What was found under a folder.

    Attributes:
        files: Audio files in the order of their paths, each once, however many links lead to it.
        subfolders: Those directly in it, links too, without what is hidden.
        hidden: Files that would be audio by their names but for the dot that these begin with.
        faults: What could not be looked into, and why: a sentence each.
    """

    files: tuple[Path, ...]
    subfolders: tuple[Path, ...] = ()
    hidden: tuple[Path, ...] = ()
    faults: tuple[str, ...] = ()


def list_folder(folder: Path, suffixes: Iterable[str] = AUDIO_SUFFIXES) -> Folder:
    """Lists the audio files under a folder.

    Links to folders are followed, so a link back to where it stands is no loop: each real folder is read once. What
    begins with a dot (`._song.mp3` of macOS, `.Trash`) is left out, as is what other systems leave in folders.

    Raises:
        OSError: The folder itself cannot be read.
    """
    walk = _Walk(frozenset(suffixes))
    subfolders = walk.read(folder)
    walk.rest()
    return Folder(
        tuple(sorted(walk.files())), tuple(sorted(subfolders)), tuple(sorted(walk.hidden)), tuple(walk.faults)
    )


@dataclass(slots=True)
class _Walk:
    suffixes: frozenset[str]
    hidden: list[Path] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)
    _found: dict[str, Path] = field(default_factory=dict)
    _linked: list[Path] = field(default_factory=list)
    _seen: set[str] = field(default_factory=set)
    _folders: deque[Path] = field(default_factory=deque)
    _linked_folders: deque[Path] = field(default_factory=deque)

    def rest(self) -> None:
        """Reads all folders that were met, real ones first: an album is found at its own place, not behind a link."""
        while self._folders or self._linked_folders:
            folder = self._folders.pop() if self._folders else self._linked_folders.popleft()
            try:
                self.read(folder)
            except OSError as error:
                self.faults.append(f"{folder}: cannot be read: {error.strerror}")

    def read(self, folder: Path) -> list[Path]:
        """Reads one folder and gives its subfolders; of one that was read before, none."""
        real = os.path.realpath(folder)
        if real in self._seen:
            return []
        self._seen.add(real)
        subfolders = []
        with os.scandir(folder) as entries:
            for entry in entries:
                path = Path(entry.path)
                if entry.name.startswith("."):
                    if path.suffix.lower() in self.suffixes and entry.is_file():
                        self.hidden.append(path)
                elif entry.name.lower() in _LITTER:
                    continue
                elif entry.is_dir():
                    subfolders.append(path)
                    (self._linked_folders if entry.is_symlink() else self._folders).append(path)
                elif path.suffix.lower() in self.suffixes:
                    self._take(entry, path, real)
        return subfolders

    def files(self) -> list[Path]:
        """All files, those behind links unless they were found at their own places."""
        for path in sorted(self._linked):
            self._found.setdefault(os.path.realpath(path), path)
        return list(self._found.values())

    def _take(self, entry: os.DirEntry[str], path: Path, real_folder: str) -> None:
        if not entry.is_file():
            if entry.is_symlink():
                self.faults.append(f"{path}: is a link to {path.readlink()}, which does not exist")
        elif entry.is_symlink():
            self._linked.append(path)
        else:
            self._found[f"{real_folder}{os.sep}{entry.name}"] = path
