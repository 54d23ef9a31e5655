"""Questions and answers in a terminal."""

from __future__ import annotations

import getpass
import os
import sys
from typing import TYPE_CHECKING, TextIO

from genred.errors import GenredError
from genred.printable import printable, printable_lines
from genred.terminal_text import fitted

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from genred.setup.step import CheckStep

_GREEN, _RED, _BOLD, _DIM, _PLAIN = "\x1b[32m", "\x1b[31m", "\x1b[1m", "\x1b[2m", "\x1b[0m"
_MARK = "...."
_NAME_WIDTH = 16
_TEXT_INDENT = 8 + _NAME_WIDTH


class AbandonedError(GenredError):
    """Whoever was asked has gone."""


class Console:
    """Asks on one stream and listens on another.

    Args:
        reader: Where answers come from.
        writer: Where questions go to.
    """

    def __init__(self, reader: TextIO | None = None, writer: TextIO | None = None) -> None:
        self._reader = reader or sys.stdin
        self._writer = writer or sys.stdout
        terminal = self._writer.isatty() and os.environ.get("TERM", "") not in {"", "dumb", "unknown"}
        self._colours = terminal and not os.environ.get("NO_COLOR")

    def write(self, text: str = "") -> None:
        """Lines, without anything that a terminal obeys."""
        self._emit(fitted(printable_lines(text), self._writer, indent=0))

    def head(self, text: str) -> None:
        """The beginning of a part."""
        self.write()
        self._emit(self._coloured(printable(text), _BOLD))

    def steps(self, steps: Iterable[CheckStep]) -> bool:
        """Shows steps as they come; whether all of them are well."""
        well = True
        for step in steps:
            mark = self._coloured("ok  ", _GREEN) if step.ok else self._coloured("FAIL", _RED)
            line = f"  {_MARK}  {step.name:<{_NAME_WIDTH}}  {printable(step.text)}"
            self._emit(fitted(line, self._writer, indent=_TEXT_INDENT).replace(_MARK, mark, 1))
            well = well and step.ok
        return well

    def ask(self, question: str, default: str = "", check: Callable[[str], str | None] = lambda _answer: None) -> str:
        """Asks for a line until it will do.

        Args:
            question: Without a mark at its end.
            default: What an empty answer means; empty where there must be one.
            check: Says what is wrong with an answer, or None.
        """
        hint = self._coloured(f" [{printable(default)}]", _DIM) if default else ""
        while True:
            answer = self._line(f"{question}{hint}: ") or default
            fault = check(answer) if answer else "an answer is needed"
            if fault is None:
                return answer
            self._emit(self._coloured(fitted(f"  {printable(fault)}", self._writer), _RED))

    def choose(self, question: str, options: Sequence[tuple[str, str]], default: str) -> str:
        """Asks for one of several; an option is what to type and what it means."""
        self.write(question)
        for key, meaning in options:
            self.write(f"  {key}  {meaning}")
        keys = [key for key, _ in options]
        return self.ask(
            "Choice", default, lambda answer: None if answer in keys else f"one of {', '.join(keys)} is needed"
        )

    def confirm(self, question: str, *, default: bool) -> bool:
        """Asks for yes or no."""
        known = {"y": True, "yes": True, "n": False, "no": False}
        answer = self.ask(
            f"{question} (y/n)",
            "y" if default else "n",
            lambda answer: None if answer.lower() in known else "y or n is needed",
        )
        return known[answer.lower()]

    def secret(self, question: str) -> str:
        """Asks for a line that is not shown."""
        if not self._reader.isatty():
            return self._line(f"{question}: ")
        try:
            return getpass.getpass(f"{question}: ", self._writer)
        except EOFError:
            raise AbandonedError("no more answers: nothing was written") from None

    def _line(self, prompt: str) -> str:
        self._writer.write(prompt)
        self._writer.flush()
        line = self._reader.readline()
        if not line:
            raise AbandonedError("no more answers: nothing was written")
        return line.strip()

    def _emit(self, line: str) -> None:
        self._writer.write(line + "\n")
        self._writer.flush()

    def _coloured(self, text: str, colour: str) -> str:
        return f"{colour}{text}{_PLAIN}" if self._colours else text
