"""File descriptors: a station has one or two, and a thousand of them are more than the usual limit."""

from __future__ import annotations

import contextlib
import resource

MOST = 65_536
"""More than stations can need; some systems allow a thousand times as many."""


def raise_descriptor_limit() -> None:
    """Allows this process as many descriptors as it may have.

    The soft limit of 1,024 is there for programs that use select(2), which knows no more (systemd.exec(5),
    `LimitNOFILE`); nothing in genred does.
    """
    # A service manager may forbid to ask and to change; then it has set what it wants.
    with contextlib.suppress(OSError, ValueError):
        soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        wanted = MOST if hard == resource.RLIM_INFINITY else min(MOST, hard)
        if soft != resource.RLIM_INFINITY and soft < wanted:
            resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
