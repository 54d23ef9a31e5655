"""Standard output and standard error as their readers can take them: encodings, colours, and signs to draw with."""

from __future__ import annotations

import os
import sys
from dataclasses import dataclass
from io import TextIOWrapper
from typing import TYPE_CHECKING, TextIO

from genred.printable import printable_lines
from genred.terminal_text import fitted

if TYPE_CHECKING:
    from collections.abc import Mapping

_RED, _PLAIN = "\x1b[31m", "\x1b[0m"
_CHOSEN = ("PYTHONIOENCODING", "PYTHONUTF8")
_LOCALE = ("LC_ALL", "LC_CTYPE", "LANG")


def prepare_streams(*, json: bool, environment: Mapping[str, str] = os.environ) -> None:
    """Sets the encodings: no character ever ends a command.

    JSON is UTF-8, whatever the locale (RFC 8259). Text is in the locale's encoding; in the locale `C` it is ASCII,
    where Python alone would write UTF-8. What an encoding does not have is written as an escape.
    """
    locale = next((environment[name] for name in _LOCALE if environment.get(name)), "")
    chosen = any(environment.get(name) for name in _CHOSEN)
    encoding = "ascii" if locale in {"C", "POSIX"} and not chosen else None
    if isinstance(sys.stderr, TextIOWrapper):
        sys.stderr.reconfigure(encoding=encoding, errors="backslashreplace")
    if isinstance(sys.stdout, TextIOWrapper):
        if json:
            sys.stdout.reconfigure(encoding="utf-8", errors="strict")
        else:
            sys.stdout.reconfigure(encoding=encoding, errors="backslashreplace")


def has_colours(stream: TextIO, environment: Mapping[str, str] = os.environ) -> bool:
    """Whether colours may be written: to a terminal that is not dumb, unless `NO_COLOR` is set (no-color.org)."""
    return is_drawable(stream, environment) and not environment.get("NO_COLOR")


def complain(message: str, stream: TextIO | None = None) -> None:
    """Writes a message, in red where there are colours, its control characters as escapes; to standard error."""
    stream = stream or sys.stderr
    text = fitted(printable_lines(message), stream)
    print(f"{_RED}{text}{_PLAIN}" if has_colours(stream) else text, file=stream, flush=True)


def is_drawable(stream: TextIO, environment: Mapping[str, str] = os.environ) -> bool:
    """Whether it is a terminal on which lines can be drawn anew."""
    return stream.isatty() and environment.get("TERM", "") not in {"", "dumb", "unknown"}


@dataclass(frozen=True, slots=True)
class Signs:
    """What to draw with.

    Attributes:
        full: A filled place of a bar.
        empty: One that is not.
        dash: Between a beginning and an end.
        dot: Between parts of a line.
        more: For what is left out.
        is_unicode: Whether the encoding has all signs.
    """

    full: str
    empty: str
    dash: str
    dot: str
    more: str
    is_unicode: bool

    def fit(self, text: str) -> str:
        """Gives a text in which nothing is that the encoding does not have."""
        if self.is_unicode:
            return text
        known = {ord(_UNICODE.dash): self.dash, ord(_UNICODE.dot): self.dot, ord(_UNICODE.more): self.more}
        text = text.translate(known)
        return text.encode("ascii", "backslashreplace").decode("ascii")


_UNICODE = Signs("█", "░", "–", "·", "…", is_unicode=True)
_ASCII = Signs("#", ".", "-", "|", "...", is_unicode=False)


def signs_for(encoding: str | None) -> Signs:
    """Gives signs that an encoding has."""
    return _UNICODE if (encoding or "").lower().replace("-", "").startswith("utf") else _ASCII
