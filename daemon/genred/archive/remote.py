"""Files that lie elsewhere, through fsspec: s3://, gs://, http:// and whatever else has a file system there."""

from __future__ import annotations

import contextlib
import hashlib
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

from genred.cause import Cause
from genred.errors import SourceError
from genred.extras import how_to_install_package
from genred.masking import masked

if TYPE_CHECKING:
    from collections.abc import Iterator

_PIECE_BYTES = 1 << 20
HEAD_BYTES = 4 << 20
"""Of a recording that another one goes on with, so much is fetched: more than ten seconds of any usual format."""

_PROJECTS = {"s3": "s3fs", "gs": "gcsfs", "gcs": "gcsfs", "http": "aiohttp", "https": "aiohttp", "abfs": "adlfs"}
"""What fsspec needs for each scheme."""


def is_remote(name: str) -> bool:
    """Whether a name is an address."""
    return "://" in name and not name.startswith("file://")


def open_filesystem(address: str) -> tuple[Any, str]:
    """Gives the file system of an address, and its path there.

    Raises:
        SourceError: There is no such file system, or it needs a package that is missing.
        ModuleNotFoundError: fsspec is missing.
    """
    from fsspec.core import url_to_fs  # noqa: PLC0415 - an extra

    scheme = address.partition("://")[0]
    try:
        filesystem, path = url_to_fs(address)
    except ImportError as error:
        project = _PROJECTS.get(scheme)
        remedy = how_to_install_package(project) if project else str(error)
        raise SourceError(f"{masked(address)}: {scheme}:// needs another package: {remedy}", permanent=True) from error
    except ValueError as error:
        raise SourceError(
            f"{masked(address)}: fsspec does not support {scheme}:// ({error})", permanent=True
        ) from error
    return filesystem, str(path)


@contextlib.contextmanager
def describe_remote_errors(address: str) -> Iterator[None]:
    """Turns whatever a file system raises into a `SourceError` that names the address.

    Each library has errors of its own, without a common base.
    """
    try:
        yield
    except (SourceError, ModuleNotFoundError):
        raise
    except FileNotFoundError as error:
        raise SourceError(f"{masked(address)}: no such file", cause=Cause.MISSING) from error
    except Exception as error:
        reason = str(error) or type(error).__name__
        raise SourceError(f"{masked(address)}: cannot be read: {reason}", cause=Cause.UNREADABLE) from error


@contextlib.contextmanager
def fetched(path: str, most_bytes: int | None = None) -> Iterator[Path]:
    """Gives a local file with the content of a path or an address: itself, or a temporary copy.

    Args:
        path: Of the file.
        most_bytes: Of a copy, no more than its beginning.

    Raises:
        SourceError: It cannot be fetched.
    """
    if not is_remote(path):
        yield Path(path.removeprefix("file://"))
        return
    filesystem, remote = open_filesystem(path)
    suffix = Path(remote).suffix[:16]
    with tempfile.NamedTemporaryFile(prefix="genred-archive-", suffix=suffix) as copy:
        with describe_remote_errors(path), filesystem.open(remote, "rb") as stream:
            left = most_bytes
            while piece := stream.read(_PIECE_BYTES if left is None else min(left, _PIECE_BYTES)):
                copy.write(piece)
                left = None if left is None else left - len(piece)
        copy.flush()
        yield Path(copy.name)


def digest_of(path: str) -> str:
    """Gives the SHA-256 of a file's content.

    Raises:
        SourceError: It cannot be read.
    """
    try:
        with fetched(path) as local, local.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise SourceError(f"{path}: cannot be read: {error.strerror or error}", cause=Cause.UNREADABLE) from error
