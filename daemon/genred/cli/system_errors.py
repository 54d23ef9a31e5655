"""What the operating system has refused, in words: full disks, closed pipes, exhausted tables."""

from __future__ import annotations

import errno

_REMEDIES = {
    errno.ENOSPC: "the disk that the output goes to is full",
    errno.EDQUOT: "the quota of the disk that the output goes to is used up",
    errno.EFBIG: "the file that the output goes to may not grow further",
    errno.EIO: "the output's device or terminal is gone",
    errno.EBADF: "an output is closed",
    errno.EMFILE: "this process has too many open files; raise `ulimit -n`",
    errno.ENFILE: "this machine has too many open files",
    errno.EAGAIN: "this user has too many processes or threads; raise `ulimit -u`",
    errno.ENOMEM: "there is no memory left",
}


def describe_system_error(error: OSError) -> str:
    """Names what is exhausted or gone, and the file where one is known."""
    where = f"{error.filename}: " if error.filename else ""
    said = error.strerror or str(error)
    remedy = _REMEDIES.get(error.errno or 0)
    return f"{where}{remedy} ({said})" if remedy else f"{where}{said}"
