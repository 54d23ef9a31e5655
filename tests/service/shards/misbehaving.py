"""A shard's process whose sources do what their URL says: crash it or hang, once, when they are told to."""

from __future__ import annotations

import functools
import os
import signal
import sys
import threading
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from genred.audio import SAMPLE_RATE_HZ, AudioBlock
from genred.config.schema import StreamSource
from genred.engine.flag import Flag
from genred.service.local_host import LocalHost
from genred.service.shards import process
from genred.sources.opening import open_source
from genred.sources.source import Meter
from genred.stations import watched_source

if TYPE_CHECKING:
    from collections.abc import Iterator

    from genred.config.schema import SourceConfig
    from genred.sources.source import Source, SourceItem

COMMAND = (sys.executable, "-m", "tests.service.shards.misbehaving")

_BLOCK = np.sin(np.arange(SAMPLE_RATE_HZ // 5) * 0.3).astype(np.float32) / 4


class Misbehaving:
    """Plays at the pace of time until a file is there, then removes that and does what it is for.

    Args:
        deed: `crash` or `hang`.
        told: The file.
    """

    live = True
    endless = True

    def __init__(self, deed: str, told: Path) -> None:
        self.label = deed
        self.own_thread = deed == "hang"
        self.contiguous = True
        self.patience_s: float | None = None
        self.meter = Meter()
        self._told = told
        self._ending = Flag()

    def interrupt(self) -> None:
        self._ending.set()

    def session(self) -> Iterator[SourceItem]:
        self._ending.clear()
        while not self._told.exists():
            yield AudioBlock(_BLOCK)
            if self._ending.wait(0.2):
                return
        self._told.unlink()
        if self.label == "crash":
            os.kill(os.getpid(), signal.SIGSEGV)
        self.patience_s = 0.1
        threading.Event().wait()


def _open(config: SourceConfig) -> Source:
    if isinstance(config, StreamSource) and config.url.startswith("http://does."):
        deed, _, told = config.url.removeprefix("http://does.").partition("/")
        return Misbehaving(deed, Path("/") / told)
    return open_source(config)


if __name__ == "__main__":
    watched_source.WEDGE_GRACE_S = 0.1
    process.LocalHost = functools.partial(LocalHost, source=_open)  # type: ignore[assignment, attr-defined]
    process.main(sys.argv[1:])
