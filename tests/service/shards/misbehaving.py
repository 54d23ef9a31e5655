"""A shard's process whose sources do what their URL says: crash it, hang, or play."""

from __future__ import annotations

import functools
import os
import signal
import sys
import threading
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
    """Plays for so many seconds at the pace of time, then does what it is for."""

    live = True
    endless = True

    def __init__(self, deed: str) -> None:
        self.label = deed
        self.own_thread = deed == "hang"
        self.contiguous = True
        self.patience_s = 0.1 if deed == "hang" else None
        self.meter = Meter()
        self._ending = Flag()

    def interrupt(self) -> None:
        self._ending.set()

    def session(self) -> Iterator[SourceItem]:
        self._ending.clear()
        for _ in range(3):
            yield AudioBlock(_BLOCK)
            if self._ending.wait(0.2):
                return
        if self.label == "crash":
            os.kill(os.getpid(), signal.SIGSEGV)
        threading.Event().wait()


def _open(config: SourceConfig) -> Source:
    if isinstance(config, StreamSource) and config.url.startswith("http://does."):
        return Misbehaving(config.url.removeprefix("http://does."))
    return open_source(config)


if __name__ == "__main__":
    watched_source.WEDGE_GRACE_S = 0.1
    process.LocalHost = functools.partial(LocalHost, source=_open)  # type: ignore[assignment, attr-defined]
    process.main(sys.argv[1:])
