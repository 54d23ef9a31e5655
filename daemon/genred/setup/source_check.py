"""Tests a source: does it open, is something to be heard, and what does it sound like?"""

from __future__ import annotations

import queue
import threading
from typing import TYPE_CHECKING

import msgspec
import numpy as np

from genred.analysis.analyzer import Analyzer
from genred.analysis.bundle import load_bundle
from genred.analysis.level import measure_level
from genred.audio import SAMPLE_RATE_HZ, AudioBlock, SourceInfo
from genred.classification.windows import estimate_windows
from genred.config.schema import FileSource
from genred.errors import GenredError, SourceError
from genred.setup.step import CheckStep
from genred.sources.opening import open_source
from genred.sources.source import Title

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from genred.config.schema import SourceConfig
    from genred.sources.source import Source, SourceItem

LISTEN_S = 8.0
"""Audio that is listened to: a window, and some steps for the genre filter."""

_OPEN_TIMEOUT_S = 25.0
"""Longer than a source's own timeouts for connecting."""
_SILENT_DBFS = -60.0


def check_source(config: SourceConfig, model: str = "default") -> Iterator[CheckStep]:
    """Opens a source and listens for some seconds; ends with the first step that fails."""
    if isinstance(config, FileSource):
        config = msgspec.structs.replace(config, pace="fast")
    try:
        source = open_source(config)
        received = _Received(source)
    except GenredError as error:
        yield CheckStep("open", ok=False, text=str(error))
        return
    try:
        yield from _listen(received, model)
    finally:
        received.stop()


def _listen(received: _Received, model: str) -> Iterator[CheckStep]:
    blocks: list[NDArray[np.float32]] = []
    title = ""
    opened = False
    while sum(block.size for block in blocks) < LISTEN_S * SAMPLE_RATE_HZ:
        match received.next():
            case SourceInfo() as info:
                name = f", calls itself {info.name!r}" if info.name else ""
                channels = {1: "mono", 2: "stereo"}.get(info.channels, f"{info.channels} channels")
                yield CheckStep("open", ok=True, text=f"{info.codec}, {info.rate_hz:,} Hz, {channels}{name}")
                opened = True
            case Title() as found:
                title = found.text
            case AudioBlock() as block:
                blocks.append(block.samples)
            case GenredError() as error:
                yield CheckStep("listen" if opened else "open", ok=False, text=str(error))
                return
            case None:
                break
    if not blocks:
        yield CheckStep("listen", ok=False, text="no audio arrived; does it play in another program?")
        return
    samples = np.concatenate(blocks)
    level_dbfs = measure_level(samples).rms_dbfs
    loud = level_dbfs > _SILENT_DBFS
    words = f"{samples.size / SAMPLE_RATE_HZ:.1f} s at {level_dbfs:.0f} dBFS"
    yield CheckStep(
        "listen",
        ok=loud,
        text=words if loud else f"{words}: silent; is something playing, and is the gain high enough?",
    )
    if title:
        yield CheckStep("title", ok=True, text=title)
    if loud:
        yield from _sounds_like(samples, model)


def _sounds_like(samples: NDArray[np.float32], model: str) -> Iterator[CheckStep]:
    try:
        analyzer = Analyzer(load_bundle(model))
        estimates = list(estimate_windows(analyzer, [samples]))
    except GenredError as error:
        yield CheckStep("genre", ok=False, text=str(error))
        return
    if estimates:
        last = estimates[-1]
        best = sorted(zip(last.probabilities, analyzer.labels, strict=True), reverse=True)[:3]
        shares = ", ".join(f"{label} {share:.0%}" for share, label in best)
        yield CheckStep("genre", ok=True, text=f"{last.announcement}  ({shares})")


class _Received:
    """What a source gives, fetched by a thread that can be left behind when it hangs."""

    def __init__(self, source: Source) -> None:
        self._source = source
        self._items: queue.Queue[SourceItem | GenredError | None] = queue.Queue(maxsize=1_000)
        self._stopped = threading.Event()
        threading.Thread(target=self._read, name="genred-check", daemon=True).start()

    def next(self) -> SourceItem | GenredError | None:
        """The next item, the error that ended it, or None at the end."""
        try:
            return self._items.get(timeout=_OPEN_TIMEOUT_S)
        except queue.Empty:
            return SourceError(f"{self._source.label}: nothing arrived for {_OPEN_TIMEOUT_S:.0f} s")

    def stop(self) -> None:
        """Lets go of the source."""
        self._stopped.set()
        self._source.interrupt()

    def _read(self) -> None:
        try:
            for item in self._source.session():
                while not self._stopped.is_set():
                    try:
                        self._items.put(item, timeout=0.5)
                        break
                    except queue.Full:
                        continue
                if self._stopped.is_set():
                    return
            self._items.put(None)
        except GenredError as error:
            self._items.put(error)
