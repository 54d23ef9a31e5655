"""Messages on a terminal: broken between words, not wherever the line is full."""

from __future__ import annotations

import os
from textwrap import wrap
from typing import TYPE_CHECKING, TextIO

if TYPE_CHECKING:
    from collections.abc import Mapping

_LEAST_TEXT_COLUMNS = 40


def width_of(stream: TextIO, environment: Mapping[str, str] = os.environ) -> int:
    """Columns to write in: the terminal's, `COLUMNS` where that is set, or 80."""
    given = environment.get("COLUMNS", "")
    if given.isdecimal() and int(given[:5]) > 0:
        return int(given[:5])
    try:
        return os.get_terminal_size(stream.fileno()).columns or 80
    except (OSError, ValueError):
        return 80


def fitted(text: str, stream: TextIO, *, indent: int = 2) -> str:
    """Breaks lines that are longer than a terminal is wide; for a pipe or a file, all stay as they are.

    Args:
        text: One line or several.
        stream: Where it is to be written.
        indent: Of what follows the first part of a line, beside the line's own; small on a narrow terminal.
    """
    if not stream.isatty():
        return text
    width = width_of(stream)
    indent = indent if width - indent >= _LEAST_TEXT_COLUMNS else 2
    return "\n".join(part for line in text.split("\n") for part in _broken(line, width, indent))


def _broken(line: str, width: int, indent: int) -> list[str]:
    if len(line) <= width:
        return [line]
    own = len(line) - len(line.lstrip())
    return wrap(line, width, subsequent_indent=" " * (own + indent), break_long_words=False, break_on_hyphens=False)
