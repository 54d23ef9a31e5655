"""The demonstration's programme: a few styles, a bar or two of each, as a source like any other."""

from __future__ import annotations

from typing import TYPE_CHECKING

from genred.audio import SAMPLE_RATE_HZ, AudioBlock, SourceInfo
from genred.demo.synthesis import (
    bass_guitar,
    bowed_string,
    hat,
    kick,
    mix,
    skank,
    snare,
    struck_string,
)
from genred.engine.flag import Flag
from genred.sources.pacing import Pacer
from genred.sources.source import Meter, SourceItem, Title

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    import numpy as np
    from numpy.typing import NDArray

    from genred.demo.synthesis import Samples

BLOCK_S = 0.1
"""Length of the blocks that the programme gives."""

STYLE_S = 15.0
"""Shortest time for a style: the shipped models announce each within ten seconds."""


class DemoProgramme:
    """Plays styles in turn in real time, with a title each, and ends.

    Args:
        seconds: Length of the whole programme. It has as many styles as get `STYLE_S` each, and at least one.
    """

    label = "the demonstration's programme"
    live = True
    endless = False
    patience_s = None
    own_thread = True
    contiguous = True

    def __init__(self, seconds: float) -> None:
        self.meter = Meter()
        count = max(1, min(len(STYLES), int(seconds / STYLE_S)))
        self.styles = tuple(STYLES)[:count]
        self._part_s = seconds / count
        self._interrupted = Flag()

    def session(self) -> Iterator[SourceItem]:
        """Yields the programme; see `Source.session`."""
        self._interrupted.clear()
        yield SourceInfo(codec="synthesised", rate_hz=SAMPLE_RATE_HZ, channels=1, name="genred demo")
        pacer = Pacer(self._interrupted)
        for name in self.styles:
            yield Title(text=f"genred - {name}", artist="genred", song=name)
            for block in _blocks(STYLES[name](self._part_s)):
                pacer.hold(block)
                if self._interrupted.is_set():
                    return
                yield block

    def interrupt(self) -> None:
        """Ends the session; see `Source.interrupt`."""
        self._interrupted.set()


def _blocks(samples: NDArray[np.float32]) -> Iterator[AudioBlock]:
    size = round(BLOCK_S * SAMPLE_RATE_HZ)
    for start in range(0, samples.size, size):
        yield AudioBlock(samples[start : start + size])


def _slow_movement(seconds: float) -> Samples:
    """Held chords of a string orchestra and a line above them, one chord every two seconds."""
    chords = [(48, 55, 64, 67, 72, 76), (45, 52, 60, 64, 69, 72), (41, 53, 60, 65, 69, 72), (43, 55, 59, 62, 67, 71)]
    line = (84, 83, 81, 79)
    events = []
    for bar in range(int(seconds / 2) + 1):
        start_s = 2.0 * bar
        events += [(start_s, bowed_string(note, 2.2)) for note in chords[bar % len(chords)]]
        events += [(start_s + step / 2, 0.8 * bowed_string(note, 0.6)) for step, note in enumerate(line)]
    return mix(seconds, events)


def _four_on_the_floor(seconds: float) -> Samples:
    """Bass drum on every beat, open hat between, octaves in the bass, choked chords and strings, 116 to the minute."""
    beat_s = 60 / 116
    roots = [45, 45, 41, 43]
    events = []
    for beat in range(int(seconds / beat_s) + 1):
        start_s = beat * beat_s
        root = roots[beat // 4 % len(roots)]
        events += [(start_s, kick()), (start_s + beat_s / 2, 9.0 * hat(0.3))]
        for quarter in range(4):
            events.append((start_s + quarter * beat_s / 4, 2.0 * hat(0.04)))
            if quarter:
                events.append((start_s + quarter * beat_s / 4, 0.5 * skank((root + 24, root + 27, root + 31), 0.08)))
        for half in range(2):
            events.append((start_s + half * beat_s / 2, 0.8 * bass_guitar(root - 12 + 12 * half, beat_s / 2)))
        if beat % 2:
            events.append((start_s, 0.7 * snare()))
        else:
            events += [(start_s, 2.2 * bowed_string(root + interval, 2.1 * beat_s)) for interval in (36, 39, 43)]
        if beat % 8 == 6:
            run = range(8)
            events += [(start_s + step * beat_s / 4, 0.5 * bowed_string(root + 36 + 2 * step, 0.25)) for step in run]
    return mix(seconds, events)


def _drums_and_bass_line(seconds: float) -> Samples:
    """A heavy bass drum, a dry snare, sixteenths on the hat and a long low bass, 84 to the minute."""
    beat_s = 60 / 84
    events = []
    for beat in range(int(seconds / beat_s) + 1):
        start_s = beat * beat_s
        if beat % 4 == 0:
            events += [
                (start_s, 2.2 * kick(0.5)),
                (start_s, bass_guitar(29 + (0, 0, 3, -2)[beat // 4 % 4], beat_s * 2)),
            ]
        if beat % 4 == 2:
            events += [(start_s + beat_s / 2, 2.2 * kick(0.5)), (start_s + 3 * beat_s / 4, 1.4 * kick(0.4))]
        if beat % 2:
            events.append((start_s, 1.6 * snare(0.15)))
        for quarter in range(4):
            events.append((start_s + quarter * beat_s / 4, (0.5 if quarter % 2 else 0.2) * hat(0.05)))
    return mix(seconds, events)


def _walking_bass(seconds: float) -> Samples:
    """Piano over a walking bass and a ride cymbal in triplets, 150 to the minute."""
    beat_s = 60 / 150
    late_s = beat_s * 0.66
    chords = [(50, 53, 57, 60), (55, 59, 62, 65), (48, 52, 55, 59), (48, 52, 57, 60)]
    walk = (0, 4, 7, 9)
    melody = (1, 3, 2, 0, 3, 1)
    events = []
    for beat in range(int(seconds / beat_s) + 1):
        start_s = beat * beat_s
        chord = chords[beat // 4 % len(chords)]
        events += [(start_s, 1.6 * bass_guitar(chord[0] - 12 + walk[beat % 4], beat_s)), (start_s, 3.2 * hat(0.6))]
        if beat % 2:
            events += [(start_s, 0.6 * hat(0.05)), (start_s + late_s, 3.2 * hat(0.1))]
        if beat % 4 == 1:
            events += [(start_s + late_s, 1.2 * struck_string(note + 12, 0.4)) for note in chord]
        note = chord[melody[beat % len(melody)]] + 12 + beat % 5 - 2
        events.append((start_s + (late_s if beat % 3 else 0.0), 0.55 * struck_string(note, 0.6)))
    return mix(seconds, events)


STYLES: dict[str, Callable[[float], Samples]] = {
    "slow movement for strings": _slow_movement,
    "four on the floor": _four_on_the_floor,
    "drums and a bass line": _drums_and_bass_line,
    "piano over a walking bass": _walking_bass,
}
"""Title, and what composes so many seconds of it. The titles name no genre: that is for the model to say."""
