"""NumPy archives that a kill leaves whole: either the old file or the new one."""

from __future__ import annotations

import zipfile
from typing import TYPE_CHECKING, Any

import msgspec
import numpy as np

from genred.whole_file import replacing

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

DAMAGED = (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile, msgspec.DecodeError)
"""What reading a missing, truncated or foreign archive raises."""


def write_npz(path: Path, arrays: dict[str, NDArray[Any]], *, compress: bool = True) -> None:
    """Writes an archive. What can be computed again does not wait for the disk.

    Args:
        path: The archive.
        arrays: By name.
        compress: Deflate takes longer than computing features does; what is soon read again goes without.
    """
    save = np.savez_compressed if compress else np.savez
    with replacing(path, sync=False) as out:
        save(out, **arrays)  # type: ignore[arg-type]


def is_made_from(path: Path, name: str, value: object) -> bool:
    """Whether an archive is there, can be read, and holds a value under a name; one of a version that stored none does.

    Args:
        path: The archive.
        name: Under which it says what it was made from.
        value: Text or array.
    """
    try:
        with np.load(path) as stored:
            return name not in stored or np.array_equal(stored[name], np.asarray(value))
    except DAMAGED:
        return False
