"""Who has logged in: a signed cookie, so that nothing need be kept and a restart logs nobody out."""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import os
import secrets
from typing import TYPE_CHECKING

from itsdangerous import BadSignature, TimestampSigner

if TYPE_CHECKING:
    from pathlib import Path

COOKIE = "genred_session"

LASTS_S = 30 * 86_400
"""A wall screen is not to ask for a password every morning."""

_KEY_BYTES = 32


def signing_key(folder: Path) -> bytes:
    """Gives the key of the cookies, which is made once; without a folder to keep it in, one for this process.

    Args:
        folder: For what must be kept.
    """
    path = folder / "web-key"
    with contextlib.suppress(OSError):
        folder.mkdir(parents=True, exist_ok=True)
        return _kept_key(path)
    return secrets.token_bytes(_KEY_BYTES)


def _kept_key(path: Path) -> bytes:
    """Reads the key, or makes it where there is none or only part of one; of two processes one makes it."""
    with contextlib.suppress(OSError):
        key = path.read_bytes()
        if len(key) == _KEY_BYTES:
            return key
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    with os.fdopen(descriptor, "r+b") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        key = file.read()
        if len(key) != _KEY_BYTES:
            key = secrets.token_bytes(_KEY_BYTES)
            file.seek(0)
            file.truncate()
            file.write(key)
        return key


class Sessions:
    """Makes cookies and knows them again.

    Args:
        key: Secret.
        password_hash: Sessions end when the password is changed.
    """

    def __init__(self, key: bytes, password_hash: str) -> None:
        self._signer = TimestampSigner(hashlib.sha256(key + password_hash.encode()).digest(), salt="genred session")

    def issue(self) -> str:
        """Makes a session."""
        return self._signer.sign(secrets.token_urlsafe(16)).decode("ascii")

    def is_valid(self, cookie: str) -> bool:
        """Whether a cookie is one of ours that has not run out."""
        try:
            self._signer.unsign(cookie, max_age=LASTS_S)
        except BadSignature:
            return False
        return True
