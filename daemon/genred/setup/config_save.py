"""Puts a changed configuration into the place of the old one: checked first, whole or not at all, the old one kept."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from genred.config.read import MAX_CONFIG_BYTES
from genred.errors import ConfigError
from genred.setup.config_backup import keep_as_bak
from genred.whole_file import replacing

_CHECK_WITHIN_S = 120.0
"""Models are loaded and tried, which takes a cold Raspberry Pi its time."""


def read_text(path: Path) -> str:
    """Reads a configuration as it is, its line ends included.

    Raises:
        ConfigError: It cannot be read.
    """
    try:
        with path.open(encoding="utf-8", newline="") as file:
            text = file.read(MAX_CONFIG_BYTES + 1)
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path}: cannot be read: {_reason(error)}") from None
    if len(text) > MAX_CONFIG_BYTES:
        raise ConfigError(f"{path}: is larger than {MAX_CONFIG_BYTES} bytes: not a configuration")
    return text


def save_checked(path: Path, before: str, after: str, *, address: str | None = None) -> None:
    """Replaces a configuration, with its mode, owner and links kept, and what stood there before as `.bak`.

    Args:
        path: Of the configuration.
        before: What is to be there still.
        after: What is to be there.
        address: That the pages are served on in place of `web.address`.

    Raises:
        ConfigError: The new one does not pass `genred check-config`, the file has changed meanwhile, or cannot be
            written; nothing has changed then.
    """
    path = path.resolve()
    _require_unchanged(path, before)
    try:
        with replacing(path) as stream:
            stream.write(after.encode())
            stream.flush()
            _check(Path(stream.name), path, address)
            _require_unchanged(path, before)
            keep_as_bak(path)
    except (OSError, UnicodeEncodeError) as error:
        raise ConfigError(f"{path}: cannot be written by {_user()}: {_reason(error)}") from None


def _require_unchanged(path: Path, before: str) -> None:
    if read_text(path) != before:
        raise ConfigError(f"{path}: it has been changed in the meantime; check it and try again")


def _check(draft: Path, path: Path, address: str | None) -> None:
    """Checks in a process of its own, since models are loaded for it."""
    options = [] if address is None else [f"--address={address}"]
    command = [sys.executable, "-m", "genred", "check-config", *options, str(draft)]
    try:
        done = subprocess.run(
            command, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=_CHECK_WITHIN_S, check=False
        )
    except subprocess.TimeoutExpired:
        raise ConfigError(f"{path}: could not be checked within {_CHECK_WITHIN_S:.0f} s") from None
    if done.returncode:
        told = (done.stderr.strip() or f"ended with {done.returncode}").removeprefix("genred check-config: ")
        raise ConfigError(told.replace(str(draft), str(path)))


def _user() -> str:
    return f"the user with id {os.geteuid()}"


def _reason(error: Exception) -> str:
    return (error.strerror or str(error)) if isinstance(error, OSError) else str(error)
