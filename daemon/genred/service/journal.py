"""Log lines for a terminal, a file, or systemd's journal: nothing in them is a secret or is obeyed by a terminal."""

from __future__ import annotations

import logging
import os
import sys
from typing import TYPE_CHECKING, TextIO

from genred.masking import mask_text
from genred.printable import printable

if TYPE_CHECKING:
    from collections.abc import Mapping

_SYSLOG_LEVELS = ((logging.CRITICAL, 2), (logging.ERROR, 3), (logging.WARNING, 4), (logging.INFO, 6))
_SYSLOG_DEBUG = 7


class LogFormatter(logging.Formatter):
    """A time, a level and a name before each message; its further lines are indented: none looks like another message.

    Args:
        layout: As of `logging.Formatter`.
    """

    def __init__(self, layout: str = "%(asctime)s %(levelname)s %(name)s: %(message)s") -> None:
        super().__init__(layout)

    def format(self, record: logging.LogRecord) -> str:
        """The lines of a record."""
        return "\n    ".join(self.lines(record))

    def lines(self, record: logging.LogRecord) -> list[str]:
        """The lines of a record, without secrets and control characters."""
        return [mask_text(printable(line)) for line in super().format(record).split("\n")]


class JournalFormatter(LogFormatter):
    """With their level, and without a time of their own.

    Puts the level before each line as sd-daemon(3) says, `<4>` for a warning; `journalctl -p warning` then finds it.

    Every line of a message of several lines gets the level: the journal makes an entry of each.
    """

    def __init__(self) -> None:
        super().__init__("%(message)s")

    def format(self, record: logging.LogRecord) -> str:
        """The lines of a record."""
        prefix = f"<{_syslog_level(record.levelno)}>"
        return "\n".join(prefix + line for line in self.lines(record))


def log_to_stderr(level: int) -> None:
    """Has everything logged to standard error: with times for people, or as the journal takes it.

    Args:
        level: Least level that is logged.
    """
    # Of a log that cannot be written, nothing can be said.
    logging.raiseExceptions = False
    logging.basicConfig(level=level, stream=sys.stderr)
    for handler in logging.getLogger().handlers:
        handler.setFormatter(JournalFormatter() if goes_to_journal(sys.stderr) else LogFormatter())


def goes_to_journal(stream: TextIO, environment: Mapping[str, str] | None = None) -> bool:
    """Whether a stream is the one that systemd has connected to its journal (systemd.exec(5), JOURNAL_STREAM).

    The variable alone says nothing: a shell in a service hands it on to what it has redirected elsewhere.
    """
    named = (os.environ if environment is None else environment).get("JOURNAL_STREAM", "")
    try:
        found = os.fstat(stream.fileno())
    except (OSError, ValueError):
        return False
    return named == f"{found.st_dev}:{found.st_ino}"


def _syslog_level(level: int) -> int:
    return next((number for least, number in _SYSLOG_LEVELS if level >= least), _SYSLOG_DEBUG)
