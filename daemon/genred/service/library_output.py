"""What libraries write to standard error by themselves, taken into the log: ALSA, PyAV, FFmpeg, Python's tracebacks.

They write past the log: as often as they like, with whatever a server has put into it, and over what is drawn on a
terminal.
"""

from __future__ import annotations

import contextlib
import faulthandler
import fcntl
import logging
import os
import re
import sys
import threading
from typing import TYPE_CHECKING, TextIO

from genred.rate_limited_log import RateLimitedLog

if TYPE_CHECKING:
    from collections.abc import Iterator

_log = logging.getLogger("genred.libraries")

_READ_BYTES = 65_536
_MAX_LINE_BYTES = 2_000
_PIPE_BYTES = 1 << 20
_DRAIN_S = 1.0
_TRACEBACK = "Traceback (most recent call last):"
_VARIABLE = re.compile(r"0x[0-9A-Fa-f]++|\d++|'[^']*+'")
"""What differs between two lines of one kind."""


@contextlib.contextmanager
def library_output_logged() -> Iterator[None]:
    """Takes what is written to standard error meanwhile into the log, which goes where standard error went before.

    One line a kind is a warning and the others are counted, as in `RateLimitedLog`. Of a traceback only the last line
    is: the whole is logged at debug level. A crash of the interpreter is still told where it was before.
    """
    try:
        kept = os.dup(2)
        read, write = os.pipe()
        # A library that writes while it holds the interpreter must never wait for the reader, which needs it.
        with contextlib.suppress(OSError):
            fcntl.fcntl(write, fcntl.F_SETPIPE_SZ, _PIPE_BYTES)
    except OSError:
        # No descriptors left: then what libraries write stays where it is.
        yield
        return
    with os.fdopen(kept, "w", encoding="utf-8", errors="backslashreplace", buffering=1) as original:
        reader = threading.Thread(target=_read, args=(read,), name="genred-libraries", daemon=True)
        redirected = _redirect_handlers(original)
        os.dup2(write, 2)
        os.close(write)
        had_faulthandler = faulthandler.is_enabled()
        faulthandler.enable(original)
        reader.start()
        try:
            yield
        finally:
            sys.stderr.flush()
            os.dup2(kept, 2)
            faulthandler.disable()
            if had_faulthandler:
                faulthandler.enable()
            # A child of ours may hold the other end for longer.
            reader.join(_DRAIN_S)
            for handler in redirected:
                handler.setStream(sys.stderr)


def log_descriptor() -> int | None:
    """Gives the descriptor that the log goes to, for a child process to log to; None where it goes to none."""
    for handler in logging.getLogger().handlers:
        if isinstance(handler, logging.StreamHandler):
            with contextlib.suppress(OSError, ValueError, AttributeError):
                descriptor: int = handler.stream.fileno()
                return descriptor
    return None


def _redirect_handlers(original: TextIO) -> list[logging.StreamHandler[TextIO]]:
    found = [
        handler
        for handler in logging.getLogger().handlers
        if isinstance(handler, logging.StreamHandler) and handler.stream is sys.stderr
    ]
    for handler in found:
        handler.setStream(original)
    return found


def _read(descriptor: int) -> None:
    lines = LibraryLines()
    rest = b""
    with os.fdopen(descriptor, "rb", buffering=0) as pipe:
        while data := pipe.read(_READ_BYTES):
            *whole, rest = (rest + data).split(b"\n")
            for line in whole:
                lines.take(line[:_MAX_LINE_BYTES].decode("utf-8", "backslashreplace"))
            rest = rest[:_MAX_LINE_BYTES]
    lines.take(rest.decode("utf-8", "backslashreplace"))


class LibraryLines:
    """Makes log messages of lines, and one of a traceback."""

    def __init__(self) -> None:
        self._log = RateLimitedLog(_log)
        self._heading = ""
        self._in_traceback = False

    def take(self, line: str) -> None:
        """Takes a line without its end."""
        if line.strip() == _TRACEBACK:
            self._in_traceback = True
            _log.debug("%s", line)
        elif self._in_traceback and (not line.strip() or line.startswith(" ")):
            _log.debug("%s", line)
        elif self._in_traceback:
            self._in_traceback = False
            self._warn(f"{self._heading} {line}".strip())
            self._heading = ""
        elif line.strip():
            if self._heading:
                self._warn(self._heading)
            # A line that ends so is about the traceback that follows.
            self._heading = line.strip() if line.rstrip().endswith(":") else ""
            if not self._heading:
                self._warn(line.strip())

    def _warn(self, text: str) -> None:
        self._log.warn(f"a library says: {text}", kind=_VARIABLE.sub("", text))
