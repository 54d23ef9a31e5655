"""Files that are there whole or not at all, whoever reads them meanwhile and whatever ends their writing."""

from __future__ import annotations

import contextlib
import os
import shutil
from typing import TYPE_CHECKING, BinaryIO

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@contextlib.contextmanager
def replacing(path: Path) -> Iterator[BinaryIO]:
    """Gives a file that takes the place of another one when all is written; the other's mode is kept.

    What cannot be replaced, such as a pipe, a terminal, or a file in a folder that may not be written to, is written
    itself.

    Args:
        path: Of the other one, which need not be there. Where it is a link, what it leads to is replaced.

    Raises:
        OSError: It cannot be written; the other one is as it was.
    """
    target = path.resolve()
    if (target.exists() and not target.is_file()) or not os.access(target.parent, os.W_OK):
        with path.open("wb") as stream:
            yield stream
        return
    draft = target.with_name(f".{target.name}.{os.getpid()}.writing")
    try:
        with draft.open("wb") as stream:
            if target.exists():
                shutil.copymode(target, draft)
            yield stream
            stream.flush()
            os.fsync(stream.fileno())
        draft.replace(target)
    except BaseException:
        with contextlib.suppress(OSError):
            draft.unlink()
        raise
