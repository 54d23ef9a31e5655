"""What stood in a configuration before it was written anew."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from genred.masking import mask_text
from genred.whole_file import write_whole

if TYPE_CHECKING:
    from pathlib import Path

FOR_OWNER = 0o600
"""Mode of a file with a secret in it."""


def keep_as_bak(path: Path) -> None:
    """Keeps a configuration as `.bak`, with its owner and times, and its mode unless there is a secret in it.

    Raises:
        OSError: It cannot be read, or its copy not be written.
    """
    copy = path.with_name(f"{path.name}.bak")
    status, data = path.stat(), path.read_bytes()
    write_whole(copy, data, like=path, mode=FOR_OWNER if holds_secret(data.decode(errors="replace")) else None)
    os.utime(copy, ns=(status.st_atime_ns, status.st_mtime_ns))


def holds_secret(text: str) -> bool:
    """Whether there is a password or a token in a configuration, such as one in a stream's address."""
    return any(mask_text(line) != line for line in text.splitlines() if not line.startswith("#"))
