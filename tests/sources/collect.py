"""Runs a source to its end and keeps what it gave."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from genred.audio import SAMPLE_RATE_HZ, AudioBlock, SourceInfo
from genred.sources.source import Title

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from genred.sources.source import Source


@dataclass
class Collected:
    infos: list[SourceInfo] = field(default_factory=list)
    titles: list[Title] = field(default_factory=list)
    blocks: list[AudioBlock] = field(default_factory=list)
    error: Exception | None = None

    @property
    def samples(self) -> NDArray[np.float32]:
        return np.concatenate([block.samples for block in self.blocks]) if self.blocks else np.zeros(0, np.float32)

    @property
    def seconds(self) -> float:
        return self.samples.size / SAMPLE_RATE_HZ

    @property
    def lost_s(self) -> float:
        return sum(block.lost_s for block in self.blocks)

    def tone_hz(self) -> float:
        """The strongest frequency."""
        spectrum = np.abs(np.fft.rfft(self.samples))
        return float(np.argmax(spectrum) * SAMPLE_RATE_HZ / self.samples.size)


def collect(source: Source, *, until_s: float | None = None) -> Collected:
    """Takes what one session gives: to its end, to its error, or to so many seconds of audio."""
    kept = Collected()
    items = source.session()
    try:
        for item in items:
            if isinstance(item, AudioBlock):
                kept.blocks.append(item)
                if until_s is not None and kept.seconds >= until_s:
                    break
            elif isinstance(item, Title):
                kept.titles.append(item)
            elif isinstance(item, SourceInfo):
                kept.infos.append(item)
    except Exception as error:  # noqa: BLE001 - whatever it is, the test judges it
        kept.error = error
    finally:
        items.close()  # type: ignore[attr-defined]
    return kept
