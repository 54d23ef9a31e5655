"""A command and all that it starts, so that all of it ends with it: as systemd does by a control group, without one."""

from __future__ import annotations

import contextlib
import os
import secrets
import signal
import subprocess
import time
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

TERMINATE_WAIT_S = 1.0
"""What processes have for ending themselves after SIGTERM, before SIGKILL."""

_FIRST_LOOK_S, _LONGEST_LOOK_S = 0.01, 0.1
"""Between two looks at all processes, each of which costs some milliseconds; the wait doubles."""

_VARIABLE = "GENRED_COMMAND"
_PROC = Path("/proc")
_ENDED = frozenset({b"Z", b"X"})


class _Process(NamedTuple):
    """A process as proc(5) shows it; its id and when it was started, in ticks, are no other's."""

    pid: int
    started_at: int
    parent: int
    session: int
    has_ended: bool


class StartedProcesses:
    """The processes of one run of a command, which leads a session of the system's.

    They are known by that session, by who started whom, and by a variable of the environment that each inherits: a
    child that leaves the session (setsid), or whose parent has ended, is found, too. Only what rids itself of all three
    lives on.

    Args:
        arguments: Program and its arguments; no shell is asked.

    Attributes:
        leader: The command itself, with pipes for what it writes.

    Raises:
        OSError: The command cannot be started.
    """

    def __init__(self, arguments: Sequence[str]) -> None:
        token = secrets.token_hex(16)
        self._mark = f"{_VARIABLE}={token}".encode()
        self.leader = subprocess.Popen(
            list(arguments),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            start_new_session=True,
            bufsize=0,
            env={**os.environ, _VARIABLE: token},
        )

    def end(self) -> None:
        """Ends all of them, gently and then not; gives up after twice `TERMINATE_WAIT_S`."""
        try:
            found = {pid for sent in (signal.SIGTERM, signal.SIGKILL) for pid in self._send_all(sent)}
        except OSError:
            # No descriptors are left to look with: those that are easily named end at least.
            found = set()
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(self.leader.pid, signal.SIGKILL)
        with contextlib.suppress(subprocess.TimeoutExpired):
            self.leader.wait(0.0 if found else TERMINATE_WAIT_S)
        _reap(found - {self.leader.pid})

    def _send_all(self, sent: signal.Signals) -> set[int]:
        """Sends a signal to each of them once, and waits until they have ended. Returns whom it was sent to."""
        deadline_at = time.monotonic() + TERMINATE_WAIT_S
        refused: set[_Process] = set()
        asked: set[int] = set()
        look_s = _FIRST_LOOK_S
        while members := self._members() - refused:
            # What starts others while it is being ended is followed by these.
            refused |= {member for member in members if member.pid not in asked and not _send(member, sent)}
            asked |= {member.pid for member in members}
            if time.monotonic() >= deadline_at:
                break
            time.sleep(look_s)
            look_s = min(2 * look_s, _LONGEST_LOOK_S)
        return asked

    def _members(self) -> set[_Process]:
        living = [process for process in _processes() if not process.has_ended]
        members = {process for process in living if process.session == self.leader.pid or self._is_marked(process.pid)}
        while True:
            known = {member.pid for member in members}
            children = {process for process in living if process.parent in known} - members
            if not children:
                return members
            members |= children

    def _is_marked(self, pid: int) -> bool:
        try:
            return self._mark in (_PROC / str(pid) / "environ").read_bytes().split(b"\0")
        except OSError:  # of another user, or gone
            return False


def _send(process: _Process, sent: signal.Signals) -> bool:
    """Sends a signal, and to no other process that has been given the id since. Returns whether that is allowed."""
    try:
        descriptor = os.pidfd_open(process.pid)
    except ProcessLookupError:
        return True
    try:
        now = _process(process.pid)
        if now is not None and now.started_at == process.started_at:
            signal.pidfd_send_signal(descriptor, sent)
    except ProcessLookupError:
        return True
    except PermissionError:
        return False
    finally:
        os.close(descriptor)
    return True


def _processes() -> Iterator[_Process]:
    for entry in _PROC.iterdir():
        process = _process(int(entry.name)) if entry.name.isdecimal() else None
        if process is not None:
            yield process


def _process(pid: int) -> _Process | None:
    try:
        # The name is in parentheses and may hold any character.
        fields = (_PROC / str(pid) / "stat").read_bytes().rpartition(b")")[2].split()
    except (FileNotFoundError, ProcessLookupError, PermissionError):
        return None
    return _Process(pid, int(fields[19]), int(fields[1]), int(fields[3]), fields[0] in _ENDED)


def _reap(pids: Iterable[int]) -> None:
    """Takes note of the end of orphans: they are left to the system's first process, which in a container is this."""
    for pid in pids:
        with contextlib.suppress(ChildProcessError):
            os.waitpid(pid, os.WNOHANG)
