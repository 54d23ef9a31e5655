"""The demonstration's programme: a few styles, a bar or two of each, as a source like any other."""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING

from genred.analysis.frontend import SAMPLE_RATE_HZ
from genred.demo.synthesis import (
    bass_guitar,
    bowed_string,
    distorted_guitar,
    hat,
    kick,
    mix,
    skank,
    snare,
    struck_string,
)
from genred.sources.source import AudioBlock, Meter, SourceInfo, SourceItem, Title

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    import numpy as np
    from numpy.typing import NDArray

    from genred.demo.synthesis import Samples

BLOCK_S = 0.1
"""Length of the blocks that the programme gives."""


class DemoProgramme:
    """Plays each style in turn at the pace of time, with a title each, and ends.

    Args:
        seconds: Length of the whole programme.
    """

    label = "the demonstration's programme"
    live = True
    endless = False

    def __init__(self, seconds: float) -> None:
        self.meter = Meter()
        self._seconds = seconds
        self._interrupted = threading.Event()

    def session(self) -> Iterator[SourceItem]:
        """Yields the programme; see `Source.session`."""
        self._interrupted.clear()
        yield SourceInfo(codec="synthesised", rate_hz=SAMPLE_RATE_HZ, channels=1, name="genred demo")
        part_s = self._seconds / len(STYLES)
        due = time.monotonic()
        for name, compose in STYLES.items():
            yield Title(text=f"genred - {name}", artist="genred", song=name)
            for block in _blocks(compose(part_s)):
                due += block.size / SAMPLE_RATE_HZ
                if self._interrupted.wait(max(0.0, due - time.monotonic())):
                    return
                yield AudioBlock(block)

    def interrupt(self) -> None:
        """Ends the session; see `Source.interrupt`."""
        self._interrupted.set()


def _blocks(samples: NDArray[np.float32]) -> Iterator[NDArray[np.float32]]:
    size = round(BLOCK_S * SAMPLE_RATE_HZ)
    for start in range(0, samples.size, size):
        yield samples[start : start + size]


def _slow_movement(seconds: float) -> Samples:
    """Broken chords on a piano over held strings, 66 to the minute."""
    beat_s = 60 / 66
    chords = [(48, 55, 64, 67, 72), (45, 52, 60, 64, 69), (41, 53, 60, 65, 69), (43, 55, 59, 62, 67)]
    events = []
    for bar in range(int(seconds / (4 * beat_s)) + 1):
        chord = chords[bar % len(chords)]
        start_s = bar * 4 * beat_s
        events += [(start_s, 0.5 * bowed_string(note, 4 * beat_s)) for note in chord[1:4]]
        for step in range(8):
            note = chord[[0, 2, 3, 4, 3, 2, 4, 3][step]] + (12 if step in {3, 6} else 0)
            events.append((start_s + step * beat_s / 2, struck_string(note, 2.0, brightness=1.3)))
    return mix(seconds, events)


def _fast_riff(seconds: float) -> Samples:
    """Muted sixteenths and open power chords over a double bass drum, 170 to the minute."""
    beat_s = 60 / 170
    riff = [40, 40, 43, 40, 40, 46, 45, 43]
    events = []
    for beat in range(int(seconds / beat_s) + 1):
        start_s = beat * beat_s
        root = riff[beat % len(riff)]
        for quarter in range(4):
            events.append((start_s + quarter * beat_s / 4, 0.8 * kick(0.12)))
            events.append((start_s + quarter * beat_s / 4, distorted_guitar((root, root + 7), beat_s / 4, muted=True)))
        if beat % 4 in {2, 3}:
            events.append((start_s, distorted_guitar((root, root + 7, root + 12), beat_s)))
        if beat % 2:
            events.append((start_s, 1.2 * snare()))
        events.append((start_s, 1.5 * hat(0.2)))
    return mix(seconds, events)


def _four_on_the_floor(seconds: float) -> Samples:
    """Bass drum on every beat, open hat between, octaves in the bass, strings above, 120 to the minute."""
    beat_s = 60 / 120
    roots = [45, 45, 41, 43]
    events = []
    for beat in range(int(seconds / beat_s) + 1):
        start_s = beat * beat_s
        root = roots[beat // 4 % len(roots)]
        events += [(start_s, kick()), (start_s + beat_s / 2, 2.0 * hat(0.15))]
        events += [(start_s + quarter * beat_s / 4, hat(0.04)) for quarter in range(4)]
        events += [(start_s, bass_guitar(root - 12, beat_s / 2)), (start_s + beat_s / 2, bass_guitar(root, beat_s / 2))]
        if beat % 2:
            events.append((start_s, snare()))
        if beat % 4 == 0:
            events += [(start_s, 0.7 * bowed_string(root + interval, 4 * beat_s)) for interval in (12, 15, 19, 24)]
    return mix(seconds, events)


def _off_beat(seconds: float) -> Samples:
    """Choked chords on the off-beat, a melodic bass, one drop on the third beat, 74 to the minute."""
    beat_s = 60 / 74
    chords = [(57, 60, 64), (57, 60, 64), (55, 59, 62), (53, 57, 60)]
    line = [0, None, 7, 5, 0, 3, None, 7]
    events = []
    for half in range(int(seconds / beat_s * 2) + 1):
        start_s = half * beat_s / 2
        chord = chords[half // 8 % len(chords)]
        step = line[half % len(line)]
        if step is not None:
            events.append((start_s, 1.3 * bass_guitar(chord[0] - 24 + step, beat_s * 0.55)))
        if half % 2:
            events += [(start_s, skank(chord, 0.15)), (start_s, 0.4 * struck_string(chord[1] + 12, 0.2))]
        if half % 8 == 4:
            events += [(start_s, kick()), (start_s, snare())]
        events.append((start_s, 0.7 * hat(0.05)))
    return mix(seconds, events)


STYLES: dict[str, Callable[[float], Samples]] = {
    "slow movement for piano and strings": _slow_movement,
    "fast riff with double bass drum": _fast_riff,
    "four on the floor": _four_on_the_floor,
    "off-beat": _off_beat,
}
"""Title, and what composes so many seconds of it. The titles name no genre: that is for the model to say."""
