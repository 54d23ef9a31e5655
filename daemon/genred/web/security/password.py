"""The password of the pages: only its hash is kept, in a file of its own."""

from __future__ import annotations

from typing import TYPE_CHECKING

from argon2 import PasswordHasher
from argon2.exceptions import Argon2Error, InvalidHashError

from genred.config.secret import secret_lines
from genred.errors import ConfigError
from genred.whole_file import write_whole

if TYPE_CHECKING:
    from pathlib import Path

_HASHER = PasswordHasher(time_cost=2, memory_cost=19_456, parallelism=1)
"""OWASP's least for Argon2id ("Password Storage Cheat Sheet"): 19 MiB and two rounds, about 0.1 s on a Pi."""


def write_password(path: Path, password: str) -> None:
    """Writes the hash of a password, readable by its owner only.

    Raises:
        OSError: The file cannot be written.
    """
    write_whole(path, f"{_HASHER.hash(password)}\n".encode(), mode=0o600)


def read_hash(path: str) -> str:
    """Gives the hash that a file holds, or the credential of its name.

    Raises:
        ConfigError: The file cannot be read, or holds no hash.
    """
    _, lines = secret_lines(path, "web.password_file", "the hash of a password")
    text = lines[0].strip() if lines else ""
    try:
        _HASHER.check_needs_rehash(text)
    except InvalidHashError:
        raise ConfigError(
            f"web.password_file: {path}: contains no password hash; write one with: genred web-password {path}"
        ) from None
    return text


def is_password(hash_: str, password: str) -> bool:
    """Whether a password is the one of a hash; takes the same time either way."""
    try:
        return _HASHER.verify(hash_, password)
    except (Argon2Error, InvalidHashError):
        return False
