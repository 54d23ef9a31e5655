"""A person at a pseudo-terminal."""

from __future__ import annotations

import os
import pty
import re
import select
import subprocess
import sys
import time
from typing import Self

from tests.patience import PATIENCE_S

_COLOURS = re.compile(r"\x1b\[[0-9;]*m")


class Terminal:
    """Runs a Python program on a terminal of its own; reads what it says, types what it asks for.

    Args:
        program: In Python.
        kind: Of the terminal, whatever the tests themselves run on.
    """

    def __init__(self, program: str, *, kind: str = "xterm") -> None:
        ours, its = pty.openpty()
        self._fd = ours
        self._text = ""
        self._read_to = 0
        self._process = subprocess.Popen(
            [sys.executable, "-c", program],
            stdin=its,
            stdout=its,
            stderr=its,
            start_new_session=True,
            env={**os.environ, "COLUMNS": "200", "TERM": kind},
        )
        os.close(its)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._process.kill()
        self._process.wait(PATIENCE_S)
        os.close(self._fd)

    @property
    def text(self) -> str:
        """All that has been shown, without colours."""
        return self._text

    def expect(self, text: str) -> None:
        """Waits until the program says this, after what was expected before."""
        deadline = time.monotonic() + PATIENCE_S
        while (found := self._text.find(text, self._read_to)) < 0:
            if not self._read(deadline - time.monotonic()):
                raise AssertionError(f"{text!r} did not come; the terminal shows:\n{self._text}")
        self._read_to = found + len(text)

    def type(self, line: str) -> None:
        os.write(self._fd, line.encode() + b"\n")

    def answer(self, question: str, line: str) -> None:
        self.expect(question)
        self.type(line)

    def press_ctrl_c(self) -> None:
        self._process.send_signal(2)

    def press_ctrl_d(self) -> None:
        os.write(self._fd, b"\x04")

    def wait(self) -> int:
        """The exit code, when everything has been shown."""
        while self._read(PATIENCE_S):
            pass
        return self._process.wait(PATIENCE_S)

    def _read(self, timeout_s: float) -> bool:
        ready, _, _ = select.select([self._fd], [], [], max(0.0, timeout_s))
        if not ready:
            return False
        try:
            data = os.read(self._fd, 65_536)
        except OSError:
            # The other side has closed: how Linux says so of a terminal.
            return False
        self._text += _COLOURS.sub("", data.decode(errors="replace")).replace("\r\n", "\n")
        return bool(data)
