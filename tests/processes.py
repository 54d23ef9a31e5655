"""Other processes as Linux shows them: who is whose child, what is open, and when one has ended."""

from __future__ import annotations

import os
import select
import signal
import subprocess
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from tests.patience import PATIENCE_S

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence


def workers_of(pid: int) -> list[int]:
    """The process ids of multiprocessing's children of a process, without its resource tracker."""
    return _children_of(pid, b"spawn_main")


def shards_of(pid: int) -> list[int]:
    """The process ids of a daemon's processes of stations."""
    return _children_of(pid, b"genred.service.shards.process")


def _children_of(pid: int, command_part: bytes) -> list[int]:
    found = []
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            parent = int((entry / "stat").read_text().rpartition(")")[2].split()[1])
            command = (entry / "cmdline").read_bytes()
        except (FileNotFoundError, ProcessLookupError):
            continue
        if parent == pid and command_part in command:
            found.append(int(entry.name))
    return found


def reader_of(path: Path, pid: int, within_s: float = PATIENCE_S) -> int:
    """The process id of the worker of a process that has a file open; waits until one has."""
    deadline = time.monotonic() + within_s
    while time.monotonic() < deadline:
        for worker in workers_of(pid):
            if any(link.exists() and link.samefile(path) for link in Path(f"/proc/{worker}/fd").iterdir()):
                return worker
        # Linux has no event for it.
        time.sleep(0.02)
    raise AssertionError(f"no worker of {pid} has opened {path}")


def watch(pid: int) -> int:
    """A file descriptor for `has_ended`; it goes on meaning this process when its id is used again."""
    return os.pidfd_open(pid)


def has_ended(watched: int, within_s: float = PATIENCE_S) -> bool:
    """Waits until a process has ended, whoever's child it is, and closes the descriptor."""
    ended, _, _ = select.select([watched], [], [], within_s)
    os.close(watched)
    return bool(ended)


def run_and_kill(
    command: Sequence[str], has_begun: Callable[[], bool], after_s: float, *, begins_within_s: float = PATIENCE_S
) -> datetime:
    """Lets a process live for a while after it has begun its work, and kills it. Gives the moment."""
    with subprocess.Popen(command, stderr=subprocess.DEVNULL) as process:
        try:
            ends_at = time.monotonic() + begins_within_s
            while not has_begun():
                assert process.poll() is None, "the process has ended by itself"
                assert time.monotonic() < ends_at, "the process does not begin its work"
                time.sleep(0.05)
            time.sleep(after_s)
        finally:
            process.send_signal(signal.SIGKILL)
            killed_at = datetime.now(UTC)
    return killed_at
