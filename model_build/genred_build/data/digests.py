"""Digests of files' bytes: what was computed of a file is kept for as long as the file is the same."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from genred_build.npz import is_made_from

if TYPE_CHECKING:
    from pathlib import Path

DIGEST = "digest"
"""Name in an archive under which the digest lies of the file that it was computed of."""


def file_digest(path: Path) -> str:
    """BLAKE2b of a file's bytes, 128 bits as hex."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, lambda: hashlib.blake2b(digest_size=16)).hexdigest()


def digest_if_readable(path: Path) -> str:
    """Gives nothing for a file that must not be read: that it is skipped, and why, is for its decoding to report."""
    try:
        return file_digest(path)
    except OSError:
        return ""


def is_kept(path: Path, digest: str) -> bool:
    """Whether an archive is there, can be read, and is of a file with this digest, or of a version that stored none."""
    return is_made_from(path, DIGEST, digest)
