"""Locks of files: whoever writes one holds it, and the system lets go of it when the process ends, however it does."""

from __future__ import annotations

import fcntl


def try_lock(descriptor: int, *, without_locks: bool) -> bool:
    """Locks a file until it is closed, unless it is locked.

    Args:
        descriptor: Of the file.
        without_locks: The answer where its file system knows no locks.
    """
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except OSError:
        return without_locks
    return True
