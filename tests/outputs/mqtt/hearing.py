"""Waits for a line in the log."""

from __future__ import annotations

import logging
import threading
from typing import Self

from tests.patience import PATIENCE_S


class Hearing(logging.Handler):
    """Hears what a logger says at warning level and above."""

    def __init__(self, name: str) -> None:
        super().__init__(logging.WARNING)
        self.heard: list[str] = []
        self._logger = logging.getLogger(name)
        self._condition = threading.Condition()

    def __enter__(self) -> Self:
        self._logger.addHandler(self)
        return self

    def __exit__(self, *_: object) -> None:
        self._logger.removeHandler(self)

    def emit(self, record: logging.LogRecord) -> None:
        with self._condition:
            self.heard.append(record.getMessage())
            self._condition.notify_all()

    def wait_for(self, text: str) -> None:
        with self._condition:
            found = self._condition.wait_for(lambda: any(text in line for line in self.heard), PATIENCE_S)
        assert found, self.heard
