"""A shard's process as the daemon holds it: started, spoken to through a pipe, ended."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import struct
import subprocess
from multiprocessing.connection import Connection
from typing import TYPE_CHECKING

from genred.service.library_output import log_descriptor
from genred.service.shards import wire

if TYPE_CHECKING:
    from collections.abc import Sequence

    from genred.service.shards.marker import WorkMarker

SEND_WITHIN_S = 10.0
"""A process that takes no command for so long hangs."""

_END_WITHIN_S = 1.0

_CRASHES = frozenset({signal.SIGSEGV, signal.SIGABRT, signal.SIGBUS, signal.SIGILL, signal.SIGFPE})
"""The ends that come from what was at work; SIGKILL comes from outside."""


class Child:
    """One process, from its start to its end. Sending is for one thread at a time, hearing for another.

    Args:
        command: What it is; two descriptors are added.
        marker: Which it writes.
        keeps_stdin: Whether it gets the daemon's standard input.

    Raises:
        OSError: It cannot be started.
    """

    def __init__(self, command: Sequence[str], marker: WorkMarker, *, keeps_stdin: bool) -> None:
        self._socket, theirs = socket.socketpair()
        with theirs:
            self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_SNDTIMEO, struct.pack("@ll", int(SEND_WITHIN_S), 0))
            self._pipe: Connection[bytes, bytes] = Connection(os.dup(self._socket.fileno()))
            descriptors = theirs.fileno(), marker.descriptor
            try:
                self._process = subprocess.Popen(
                    [*command, *map(str, descriptors)],
                    pass_fds=descriptors,
                    stdin=None if keeps_stdin else subprocess.DEVNULL,
                    stderr=log_descriptor(),
                )
            except OSError:
                self._close_pipe()
                raise

    @property
    def pid(self) -> int:
        """Of the process."""
        return self._process.pid

    def send(self, command: wire.Command) -> bool:
        """Gives a command. One that takes none is ended; then and after its end it is False."""
        try:
            self._pipe.send_bytes(wire.encode(command))
        except OSError:
            self.kill()
            return False
        return True

    def receive(self) -> wire.Answer | None:
        """Waits for what the process says next; None once it says nothing any more."""
        try:
            message = self._pipe.recv_bytes(wire.MAX_MESSAGE_BYTES)
        except (EOFError, OSError):
            return None
        answer: wire.Answer = wire.decode_answer(message)
        return answer

    def kill(self) -> None:
        """Ends it at once."""
        self._process.kill()

    def end(self) -> None:
        """Has it end by itself, and kills it where it does not."""
        # It may have ended, and been buried by who listens to it, at this very moment.
        with contextlib.suppress(OSError):
            self._socket.shutdown(socket.SHUT_WR)
        try:
            self._process.wait(_END_WITHIN_S)
        except subprocess.TimeoutExpired:
            self.kill()

    def bury(self) -> tuple[str, bool]:
        """Waits for the end of a process that says nothing any more, and lets go of the pipe.

        Returns:
            How it ended, as the end of a sentence, and whether it crashed.
        """
        try:
            code = self._process.wait(_END_WITHIN_S)
        except subprocess.TimeoutExpired:
            self.kill()
            code = self._process.wait()
        self._close_pipe()
        if code >= 0:
            return f"exited with code {code}", False
        return f"was ended by {signal.Signals(-code).name}", -code in _CRASHES

    def _close_pipe(self) -> None:
        self._pipe.close()
        self._socket.close()
