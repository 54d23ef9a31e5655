"""Files that are there whole or not at all, whoever reads them meanwhile and whatever ends their writing."""

from __future__ import annotations

import contextlib
import errno
import os
import shutil
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from genred.file_lock import try_lock

if TYPE_CHECKING:
    from collections.abc import Iterator

_MOST_DRAFTS = 64
"""So many may write one file at once."""

_NAME_BYTES = 200
"""Of the file's name, which may be as long as a name can be, so much is in the draft's (NAME_MAX is 255)."""

_SYSTEM_FOLDERS = (Path("/dev"), Path("/proc"))
"""What a name there leads to is open already, and whoever has it open goes on with it."""


@contextlib.contextmanager
def replacing(
    path: Path,
    *,
    like: Path | None = None,
    mode: int | None = None,
    owner: tuple[int, int] | None = None,
    sync: bool = True,
) -> Iterator[BinaryIO]:
    """Gives a file that takes the place of another one when all is written.

    It is a draft beside the other one, and locked: what a killed process has left is not, and the next that writes the
    same file removes it. Of several that write a file at once, each has its own draft, and the last to end wins.

    Args:
        path: Of the other one, which need not be there. Where it is a link, what it leads to is replaced.
        like: Whose owner and permissions the new one gets, as far as this process may give them; None for the other
            one's, if it is there.
        mode: Permissions from the first byte on, less the umask, in place of those.
        owner: User and group in place of those.
        sync: Whether to wait until it is on the disk, so that a power cut leaves either file whole.

    Yields:
        The draft. Its `name` is its path, for libraries that open files themselves.

    Raises:
        OSError: It cannot be written; the other one is as it was.
    """
    target = Path(os.path.realpath(path))
    if like is None and target.exists():
        like = target
    try:
        draft = _open_draft(target, mode if mode is not None else 0o666 if like is None else 0o600)
    except OSError as error:
        raise OSError(error.errno, error.strerror, str(path)) from None
    with _removed_unless_moved(draft):
        if like is not None:
            copy_owner(like, Path(draft.name))
            if mode is None:
                copy_permissions(like, Path(draft.name))
        if owner is not None:
            os.fchown(draft.fileno(), *owner)
        yield draft
        draft.flush()
        if sync:
            os.fsync(draft.fileno())
        Path(draft.name).replace(target)
        if sync:
            _sync_folder(target.parent)


@contextlib.contextmanager
def output_file(path: Path) -> Iterator[BinaryIO]:
    """Gives a file for what a command writes: as `replacing` does, or where that cannot be, the file itself.

    That is so for a pipe, a terminal, a name below /dev such as /dev/stdout, and a file in a read-only folder.

    Args:
        path: Of the file.

    Raises:
        OSError: It cannot be written.
    """
    with replacing(path) if _can_be_replaced(path) else path.open("wb") as stream:
        yield stream


def write_whole(
    path: Path,
    data: bytes,
    *,
    like: Path | None = None,
    mode: int | None = None,
    owner: tuple[int, int] | None = None,
    sync: bool = True,
) -> None:
    """Writes a file in one go, with the arguments and errors of `replacing`."""
    with replacing(path, like=like, mode=mode, owner=owner, sync=sync) as stream:
        stream.write(data)


def copy_owner(source: Path, path: Path) -> None:
    """Gives a file to whom another belongs, or to that one's group at least, or leaves it whose it is."""
    status = source.stat()
    for user in (status.st_uid, -1):
        with contextlib.suppress(OSError):
            os.chown(path, user, status.st_gid)
            break


def copy_permissions(source: Path, path: Path) -> None:
    """Copies the mode and the access control list, which is an extended attribute, but not the times."""
    shutil.copystat(source, path)
    os.utime(path)


@contextlib.contextmanager
def _removed_unless_moved(draft: BinaryIO) -> Iterator[None]:
    with draft:
        try:
            yield
        finally:
            if _is_at(draft.fileno(), Path(draft.name)):
                Path(draft.name).unlink()


def _open_draft(target: Path, mode: int) -> BinaryIO:
    stem = os.fsdecode(os.fsencode(target.name)[:_NAME_BYTES])
    for number in range(_MOST_DRAFTS):
        path = target.with_name(f".{stem}.{number}.writing")
        _remove_abandoned(path)
        try:
            draft = open(path, "xb", opener=lambda name, flags: os.open(name, flags, mode))  # noqa: SIM115 - given back
        except FileExistsError:
            continue
        if try_lock(draft.fileno(), without_locks=True) and _is_at(draft.fileno(), path):
            return draft
        draft.close()
    raise OSError(errno.EBUSY, f"{_MOST_DRAFTS} others write it, or have left {path.name} and the like")


def _remove_abandoned(draft: Path) -> None:
    """Removes a draft that nobody writes; only who holds its lock may, or two would remove each other's new ones."""
    try:
        descriptor = os.open(draft, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError:
        return
    try:
        if try_lock(descriptor, without_locks=False) and _is_at(descriptor, draft):
            draft.unlink()
    finally:
        os.close(descriptor)


def _is_at(descriptor: int, path: Path) -> bool:
    """Whether an open file still has a name."""
    try:
        return os.path.samestat(os.fstat(descriptor), path.lstat())
    except FileNotFoundError:
        return False


def _can_be_replaced(path: Path) -> bool:
    if path.exists() and not path.is_file():
        return False
    if any(Path(os.path.realpath(path.parent)).is_relative_to(folder) for folder in _SYSTEM_FOLDERS):
        return False
    return os.access(Path(os.path.realpath(path)).parent, os.W_OK, effective_ids=True)


def _sync_folder(folder: Path) -> None:
    # The file is replaced by now: where a folder cannot be opened or synced, there is nothing to take back.
    with contextlib.suppress(OSError):
        descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
