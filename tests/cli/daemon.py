"""`genred run` as a process of its own, with what it logs at hand."""

from __future__ import annotations

import subprocess
import threading
from typing import TYPE_CHECKING, Self

from tests.cli.run_genred import COMMAND
from tests.patience import PATIENCE_S

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path


class Daemon:
    """A running `genred run`; killed at the end of the test if it still runs."""

    def __init__(self, config: Path, options: Sequence[str] = ("--log-level", "info")) -> None:
        self.log: list[str] = []
        self._condition = threading.Condition()
        self.process = subprocess.Popen(
            [*COMMAND, *options, "run", "-c", str(config)],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
        )
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait(PATIENCE_S)
        self._reader.join(PATIENCE_S)

    def wait_for_log(self, text: str) -> None:
        with self._condition:
            found = self._condition.wait_for(lambda: any(text in line for line in self.log), PATIENCE_S)
        assert found, self.log

    def _read(self) -> None:
        assert self.process.stderr is not None
        with self.process.stderr as lines:
            for line in lines:
                with self._condition:
                    self.log.append(line)
                    self._condition.notify_all()
