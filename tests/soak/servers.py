"""The other side of the soak, a process of its own: a hostile server and an Icecast that is killed and restarted.

Writes one JSON object a line: first the URLs, then every fault as it is injected.
"""

from __future__ import annotations

import json
import random
import sys
import tempfile
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING

from tests.sources import hostile, sounds
from tests.sources.hostile import OK, HostileServer, Line
from tests.sources.stream.icecast import Icecast

if TYPE_CHECKING:
    from collections.abc import Callable

HEALTHY_S = (6.0, 25.0)
"""Between two faults of a station."""

ICECAST_UP_S = (40.0, 70.0)
ICECAST_DOWN_S = (2.0, 6.0)

_output_lock = threading.Lock()


def say(**fields: object) -> None:
    with _output_lock:
        print(json.dumps(fields), flush=True)


def _audio(line: Line, seconds: float) -> None:
    line.send(OK)
    hostile.play(line, seconds)


def _after_audio(fault: Callable[[Line], None]) -> Callable[[Line, float], None]:
    def behave(line: Line, healthy_s: float) -> None:
        _audio(line, healthy_s)
        fault(line)

    return behave


def _drip(line: Line) -> None:
    for byte in sounds.encoded(sounds.MP3, 30.0):
        line.send(bytes([byte]))
        line.wait(1.0)


def _garbage(line: Line) -> None:
    while True:
        line.send(bytes((7 * number * number + 13 * number) % 251 for number in range(800)))
        line.wait(0.1)


def _garbage_burst(line: Line) -> None:
    line.send(bytes((7 * number * number + 13 * number) % 251 for number in range(6_000)))
    hostile.play(line, 10.0, burst_s=0.0)


def _short_pause(line: Line) -> None:
    line.wait(4.0)
    hostile.play(line, 10.0, burst_s=0.0)


def _at_once(behaviour: Callable[[Line], None]) -> Callable[[Line, float], None]:
    def behave(line: Line, _healthy_s: float) -> None:
        behaviour(line)

    return behave


def _broken_title(line: Line, healthy_s: float) -> None:
    titles = [f"Artist {number} - Song {number}".encode() for number in range(round(healthy_s))]
    hostile.icy(titles, interval=sounds.MP3_BYTES_PER_S, cut_in_block=True)(line)


FAULTS: dict[str, Callable[[Line, float], None]] = {
    "ends": _after_audio(lambda _line: None),
    "resets": _after_audio(Line.reset),
    "stalls": _after_audio(Line.hang),
    "drips a byte a second": _after_audio(_drip),
    "endless garbage": _after_audio(_garbage),
    "garbage, then audio": _after_audio(_garbage_burst),
    "pauses 4 s": _after_audio(_short_pause),
    "breaks off in a title": _broken_title,
    "404": _at_once(hostile.status(404)),
    "503": _at_once(hostile.status(503)),
    "web page with 200": _at_once(hostile.body(b"<!DOCTYPE html><html></html>", "text/html")),
    "redirect ring": _at_once(hostile.redirect("/ring")),
    "endless headers": _at_once(hostile.endless_headers()),
    "never answers": _at_once(Line.hang),
    "not HTTP": _at_once(hostile.raw(b"rubbish\r\n\r\n")),
    "hangs up": _at_once(hostile.raw(b"")),
}


SLICE_S = 0.1

LUMPS_S = (0.05, 12.0)
"""Of audio, and of time before each."""

UNEVEN_FOR_S = (45.0, 180.0)
"""Lengths of the connections."""


class _Programme:
    """Audio without an end, sent in parts of any length."""

    def __init__(self, line: Line, chance: random.Random) -> None:
        self._line = line
        self._sent = 0
        self.chance = chance
        self.wait = line.wait

    def send(self, seconds: float) -> None:
        audio = sounds.encoded(sounds.MP3, 30.0)
        end = self._sent + round(seconds * sounds.MP3_BYTES_PER_S)
        while self._sent < end:
            start = self._sent % len(audio)
            piece = audio[start : start + end - self._sent]
            self._line.send(piece)
            self._sent += len(piece)


def _slow(pace: float) -> Callable[[_Programme], None]:
    def go_on(programme: _Programme) -> None:
        programme.send(SLICE_S * pace)
        programme.wait(SLICE_S)

    return go_on


def _bursty(programme: _Programme) -> None:
    programme.send(30.0)
    programme.wait(25.0)


def _lumpy(programme: _Programme) -> None:
    seconds = programme.chance.uniform(*LUMPS_S)
    programme.wait(seconds)
    programme.send(seconds)


UNEVEN: dict[str, Callable[[_Programme], None]] = {
    "slow80": _slow(0.8),
    "slow95": _slow(0.95),
    "bursty": _bursty,
    "lumpy": _lumpy,
}
"""Servers whose audio does not come at the pace of time, and which end the connection now and then, wherever it is."""


def _uneven(name: str, go_on: Callable[[_Programme], None], seed: int) -> Callable[[Line], None]:
    chance = random.Random(seed)

    def behave(line: Line) -> None:
        line.send(OK)
        programme = _Programme(line, chance)
        ends_at = time.monotonic() + chance.uniform(*UNEVEN_FOR_S)
        while time.monotonic() < ends_at:
            go_on(programme)
        say(station=name, fault="uneven server ends")

    return behave


def _station(name: str, seed: int) -> Callable[[Line], None]:
    chance = random.Random(seed)

    def behave(line: Line) -> None:
        kind = chance.choice(list(FAULTS))
        healthy_s = chance.uniform(*HEALTHY_S)
        say(station=name, fault=kind)
        FAULTS[kind](line, healthy_s)

    return behave


def main() -> None:
    """Serves until standard input is closed."""
    count, seed = int(sys.argv[1]), int(sys.argv[2])
    chance = random.Random(seed)
    with (
        tempfile.TemporaryDirectory(prefix="genred-soak-") as temporary,
        HostileServer() as server,
        Icecast(Path(temporary)) as icecast,
    ):
        server.on("/ring", hostile.redirect("/ring2"))
        server.on("/ring2", hostile.redirect("/ring"))
        urls = {
            f"radio{number}": server.on(f"/radio{number}", _station(f"radio{number}", seed + number))
            for number in range(count)
        }
        urls |= {name: server.on(f"/{name}", _uneven(name, go_on, seed)) for name, go_on in UNEVEN.items()}
        urls["icecast"] = icecast.feed("/x", sounds.MP3, "audio/mpeg")
        say(urls=urls)
        closed = threading.Event()

        def wait_for_the_end() -> None:
            sys.stdin.read()
            closed.set()

        threading.Thread(target=wait_for_the_end, daemon=True).start()
        while not closed.wait(chance.uniform(*ICECAST_UP_S)):
            say(station="icecast", fault="server killed")
            icecast.kill()
            if closed.wait(chance.uniform(*ICECAST_DOWN_S)):
                break
            icecast.start()
            icecast.feed("/x", sounds.MP3, "audio/mpeg")
        time.sleep(0.1)


if __name__ == "__main__":
    main()
