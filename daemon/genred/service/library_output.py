"""What libraries write by themselves, taken into the log: ALSA, PyAV, FFmpeg, LiteRT, Python's tracebacks.

They write past the log: as often as they like, with whatever a server has put into it, and over what is drawn on a
terminal.
"""

from __future__ import annotations

import contextlib
import faulthandler
import fcntl
import io
import logging
import os
import re
import sys
import threading
from typing import TYPE_CHECKING, TextIO

from genred.rate_limited_log import RateLimitedLog

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

_log = logging.getLogger("genred.libraries")

_READ_BYTES = 65_536
_MAX_LINE_BYTES = 2_000
_PIPE_BYTES = 1 << 20
_DRAIN_S = 1.0
_TRACEBACK = "Traceback (most recent call last):"
_VARIABLE = re.compile(r"0x[0-9A-Fa-f]++|\d++|'[^']*+'")
"""What differs between two lines of one kind."""


@contextlib.contextmanager
def library_output_logged() -> Iterator[TextIO]:
    """Takes what libraries write to standard output and standard error meanwhile into the log.

    The log goes where standard error went before, and so does what is written to the stream that is given. `sys.stdout`
    goes on as before; only what passes it by is taken. One line a kind is a warning and the others are counted, as in
    `RateLimitedLog`. Of a traceback only the last line is: the whole is logged at debug level. A crash of the
    interpreter is still told where it was before.
    """
    try:
        kept = os.dup(2)
        read, write = os.pipe()
        # A library that writes while it holds the interpreter must never wait for the reader, which needs it.
        with contextlib.suppress(OSError):
            fcntl.fcntl(write, fcntl.F_SETPIPE_SZ, _PIPE_BYTES)
    except OSError:
        # No descriptors left: then what libraries write stays where it is.
        yield sys.stderr
        return
    with os.fdopen(kept, "w", encoding="utf-8", errors="backslashreplace", buffering=1) as original:
        reader = threading.Thread(target=_read, args=(read,), name="genred-libraries", daemon=True)
        redirected = _redirect_handlers(original)
        os.dup2(write, 2)
        restore_output = _divert_output(write)
        os.close(write)
        had_faulthandler = faulthandler.is_enabled()
        faulthandler.enable(original)
        reader.start()
        try:
            yield original
            # What cannot be written is to be raised while somebody takes it.
            sys.stdout.flush()
        finally:
            restore_output()
            sys.stderr.flush()
            os.dup2(kept, 2)
            faulthandler.disable()
            if had_faulthandler:
                faulthandler.enable()
            # A child of ours may hold the other end for longer.
            reader.join(_DRAIN_S)
            for handler in redirected:
                handler.setStream(sys.stderr)


def _divert_output(target: int) -> Callable[[], None]:
    """Lets descriptor 1 lead elsewhere, but not `sys.stdout`. Gives what puts both right again."""
    before = sys.stdout
    try:
        if not isinstance(before, io.TextIOWrapper) or before.fileno() != 1:
            return lambda: None
        before.flush()
        kept = os.dup(1)
    except (OSError, ValueError):
        return lambda: None
    # With the settings of `prepare_streams`; closed by hand, since closing must not raise.
    sys.stdout = own = os.fdopen(
        kept, "w", encoding=before.encoding, errors=before.errors, buffering=1 if before.line_buffering else -1
    )
    os.dup2(target, 1)

    def restore() -> None:
        sys.stdout = before
        os.dup2(kept, 1)
        # What cannot be written any more has been complained of where it was written.
        with contextlib.suppress(OSError, ValueError):
            own.close()

    return restore


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
