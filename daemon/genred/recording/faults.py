"""What it means for a recording that a write failed."""

from __future__ import annotations

import errno

from genred.cause import Cause

_FULL = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})


def cause_of(error: OSError) -> Cause:
    """Gives why nothing is recorded: the disk is full, or it fails."""
    return Cause.DISK_FULL if error.errno in _FULL else Cause.DISK_FAILED
