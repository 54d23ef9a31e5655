"""Raw PCM from a command's standard output: rtl_fm, arecord, pw-record, ffmpeg."""

from __future__ import annotations

import logging
import os
import select
import signal
import subprocess
import threading
from collections import deque
from typing import TYPE_CHECKING

from genred.cause import Cause
from genred.engine.flag import Flag
from genred.errors import SourceError
from genred.sources.argument_secrets import masked_text, secrets_of
from genred.sources.label import label_of
from genred.sources.pcm import PcmFormat, read_pcm
from genred.sources.source import Meter
from genred.sources.started_processes import TERMINATE_WAIT_S, StartedProcesses

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import IO

    from genred.config.schema import CommandSource
    from genred.sources.source import SourceItem

_LOGGER = logging.getLogger(__name__)

KEPT_LINES = 5
"""Last lines of a command's standard error that an error message quotes."""

MAX_LINE_CHARACTERS = 500
"""A longer line of standard error is cut."""

MAX_UNCUT_BYTES = 8_192
"""So much of a line is kept until it ends; a flood without line ends must not grow the daemon."""

_READ_BYTES = 65_536
_SLICE_MS = 100


class Command:
    """Runs a command without any shell and reads what it writes.

    Each session starts it anew, and ends it with all that it started: see `StartedProcesses`.

    Args:
        config: The argument list and what the bytes mean.

    Attributes:
        label: The program's name; its arguments may hold secrets.
    """

    live = True
    endless = True
    patience_s = None
    own_thread = True
    contiguous = True

    def __init__(self, config: CommandSource) -> None:
        self._config = config
        self._format = PcmFormat(config.format, config.rate_hz, config.channels)
        self.label = label_of(config)
        self._secrets = secrets_of(config.command)
        self.meter = Meter()
        self._interrupted = Flag()

    def session(self) -> Iterator[SourceItem]:
        """Starts the command and yields its audio until it ends.

        Raises:
            SourceError: It cannot be started, gives nothing for `stall_timeout_s`, or ended with a code other
                than 0; the message quotes the last lines of its standard error.
        """
        self._interrupted.clear()
        try:
            processes = StartedProcesses(self._config.command)
        except OSError as error:
            raise SourceError(
                f"{self.label}: cannot be started: {error.strerror}; give the program's full path or install it",
                permanent=True,
                cause=Cause.NOT_STARTED,
            ) from error
        process = processes.leader
        assert process.stdout is not None and process.stderr is not None  # noqa: S101, PT018
        try:
            complaints = _Complaints(process.stderr, self.label, self._secrets)
        except RuntimeError:
            # There is no thread for it; the command would run on, and keep its device from the next attempt.
            processes.end()
            process.stdout.close()
            process.stderr.close()
            raise
        try:
            try:
                yield from read_pcm(
                    process.stdout.fileno(),
                    self._format,
                    self.label,
                    self.meter,
                    self._interrupted,
                    stall_timeout_s=self._config.stall_timeout_s,
                )
            except SourceError:
                # Where it has ended and a child of it holds its output, its end says more than the silence does.
                if process.poll():
                    self._judge(process, complaints)
                raise
            if not self._interrupted.is_set():
                self._judge(process, complaints)
        finally:
            processes.end()
            process.stdout.close()
            complaints.close()

    def interrupt(self) -> None:
        """Ends the session, and the command with it."""
        self._interrupted.set()

    def _judge(self, process: subprocess.Popen[bytes], complaints: _Complaints) -> None:
        try:
            code = process.wait(TERMINATE_WAIT_S)
        except subprocess.TimeoutExpired:
            raise SourceError(f"{self.label}: closed its output without exiting", cause=Cause.ENDED) from None
        if code:
            how = f"exited with code {code}" if code > 0 else f"was killed by {signal.Signals(-code).name}"
            stderr_text = complaints.text()
            raise SourceError(
                f"{self.label}: {how}" + (f", saying: {stderr_text}" if stderr_text else ""), cause=Cause.EXITED
            )


class _Complaints:
    """Drains a command's standard error, so that it never blocks there, and keeps its last lines, secrets masked."""

    def __init__(self, stream: IO[bytes], label: str, secrets: frozenset[str]) -> None:
        self._secrets = secrets
        self._stream = stream
        self._label = label
        self._lines: deque[str] = deque(maxlen=KEPT_LINES)
        self._closed = threading.Event()
        os.set_blocking(stream.fileno(), False)
        self._thread = threading.Thread(target=self._drain, name=f"{label} stderr", daemon=True)
        self._thread.start()

    def text(self) -> str:
        self._thread.join(TERMINATE_WAIT_S)
        self._closed.set()
        self._thread.join()
        return " / ".join(self._lines)

    def close(self) -> None:
        """Gives thread and descriptor back, though a process in a session of its own may still hold the pipe."""
        self._closed.set()
        self._thread.join()
        self._stream.close()

    def _drain(self) -> None:
        rest = b""
        descriptor = self._stream.fileno()
        poll = select.poll()
        poll.register(descriptor, select.POLLIN)
        while True:
            closed = self._closed.is_set()
            try:
                ready = poll.poll(0 if closed else _SLICE_MS)
                data = os.read(descriptor, _READ_BYTES) if ready else b""
            except OSError:
                break
            if not data and (ready or closed):
                break
            *lines, rest = (rest + data).replace(b"\r", b"\n").split(b"\n")
            rest = rest[:MAX_UNCUT_BYTES]
            for line in lines[-KEPT_LINES:]:
                self._keep(line)
            if closed:
                # A flood has no end; what has come until now is enough.
                break
        self._keep(rest)

    def _keep(self, line: bytes) -> None:
        # Masked before it is cut, so that no half of a secret is left.
        text = masked_text(line[:MAX_UNCUT_BYTES].decode("utf-8", "replace"), self._secrets)[
            :MAX_LINE_CHARACTERS
        ].strip()
        if text:
            self._lines.append(text)
            _LOGGER.debug("%s: %s", self._label, text)
