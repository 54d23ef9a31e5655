"""What the operating system has refused, in words: full disks, closed pipes, exhausted tables."""

from __future__ import annotations

import errno

_REMEDIES = {
    errno.ENOSPC: "the disk of the output file is full",
    errno.EDQUOT: "the disk quota of the output file is used up",
    errno.EFBIG: "the output file has reached its size limit",
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
