"""A broadcast of known segments through icecast, and what the log, the recording and the report have of it.

python -m tests.airplay.broadcast --minutes 20 --speech talk.opus
"""

from __future__ import annotations

import argparse
import contextlib
import json
import signal
import subprocess
import tempfile
import threading
import time
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from genred.airplay.cutting import cut
from genred.airplay.query import AirplayLog
from genred.audio import SAMPLE_RATE_HZ
from genred.demo.programme import STYLES
from tests.cli.run_genred import COMMAND, genred
from tests.cli.wav import write_wav
from tests.outputs.mqtt.mosquitto import Mosquitto
from tests.patience import PATIENCE_S
from tests.sources.stream.icecast import PASSWORD, Icecast

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from genred.airplay.logged import LoggedEntry

MOUNT = "/city"
PART_S = 100.0
SILENCE_S = 45.0
NOISE = 0.005
AWAY_S = 40.0
"""How long the stream is lost, and the broker, once each."""


@dataclass(frozen=True)
class Segment:
    """Part of the programme.

    Attributes:
        name: What it is.
        start_s: Where in the programme.
        seconds: Its length.
    """

    name: str
    start_s: float
    seconds: float


def make_programme(seconds: float, speech: Path | None) -> tuple[list[Segment], NDArray[np.float32]]:
    """Styles that genred synthesises, silence, and speech where there is some, one after the other."""
    talk = None if speech is None else _decode(speech)
    parts: list[NDArray[np.float32]] = []
    segments: list[Segment] = []
    at_s = 0.0
    while at_s < seconds:
        for name, samples in _round(talk):
            segments.append(Segment(name, at_s, samples.size / SAMPLE_RATE_HZ))
            parts.append(samples.astype(np.float32))
            at_s += samples.size / SAMPLE_RATE_HZ
            if at_s >= seconds:
                break
    return segments, np.concatenate(parts)


def _round(talk: NDArray[np.float32] | None) -> Iterator[tuple[str, NDArray[np.float32]]]:
    rng = np.random.default_rng(1)
    for number, (name, compose) in enumerate(STYLES.items()):
        # The styles repeat themselves; with some noise each moment is found again only where it was.
        music = np.asarray(compose(PART_S), dtype=np.float32)
        yield name, music + rng.normal(0.0, NOISE, music.size).astype(np.float32)
        if number == 1:
            yield "silence", np.zeros(round(SILENCE_S * SAMPLE_RATE_HZ), np.float32)
        if number == 2 and talk is not None:
            yield "speech", np.resize(talk, round(PART_S * SAMPLE_RATE_HZ))


def _decode(path: Path) -> NDArray[np.float32]:
    command = ["ffmpeg", "-v", "error", "-i", str(path), "-ac", "1", "-ar", str(SAMPLE_RATE_HZ), "-f", "f32le", "-"]
    return np.frombuffer(subprocess.run(command, capture_output=True, check=True).stdout, np.float32)


class Broadcast:
    """ffmpeg as the source of icecast; it knows which moment of the programme was sent when."""

    def __init__(self, icecast: Icecast, wav: Path) -> None:
        self._address = f"icecast://source:{PASSWORD}@127.0.0.1:{icecast.port}{MOUNT}"
        self._wav = wav
        self._process: subprocess.Popen[bytes] | None = None
        self.spans: list[tuple[datetime, float]] = []
        """When the sending began anew, and from which second of the programme on."""

    def start(self, from_s: float) -> None:
        form = ["-c:a", "libmp3lame", "-b:a", "128k", "-content_type", "audio/mpeg", "-f", "mp3", self._address]
        command = ["ffmpeg", "-v", "error", "-re", "-ss", f"{from_s}", "-i", str(self._wav), *form]
        self.spans.append((datetime.now(UTC), from_s))
        self._process = subprocess.Popen(command, stderr=subprocess.DEVNULL)

    def stop(self) -> float:
        """Breaks it off. Gives the second of the programme that was reached."""
        assert self._process is not None
        self._process.kill()
        self._process.wait(PATIENCE_S)
        began_at, from_s = self.spans[-1]
        return from_s + (datetime.now(UTC) - began_at).total_seconds()

    def sent_at(self, programme_s: float) -> datetime:
        """When a moment of the programme was sent."""
        began_at, from_s = max((span for span in self.spans if span[1] <= programme_s), key=lambda span: span[1])
        return began_at + timedelta(seconds=programme_s - from_s)


def run(minutes: float, speech: Path | None, folder: Path) -> None:
    """Plays, listens and compares."""
    seconds = minutes * 60.0
    segments, samples = make_programme(seconds, speech)
    wav = write_wav(folder / "programme.wav", samples)
    mosquitto = Mosquitto(folder).start()
    with Icecast(folder) as icecast:
        broadcast = Broadcast(icecast, wav)
        broadcast.start(0.0)
        time.sleep(1.0)
        log = folder / "airplay.sqlite"
        config = folder / "genred.yaml"
        config.write_text(json.dumps(_configuration(folder, log, icecast.url(MOUNT), mosquitto.port)))
        daemon = subprocess.Popen([*COMMAND, "run", "-c", str(config)])
        broker = threading.Timer(seconds / 4, _restart_broker, [mosquitto])
        broker.start()
        time.sleep(seconds / 2)
        reached_s = broadcast.stop()
        time.sleep(AWAY_S)
        broadcast.start(reached_s)
        time.sleep(max(0.0, seconds - reached_s))
        broker.join()
        daemon.send_signal(signal.SIGTERM)
        daemon.wait(PATIENCE_S)
        broadcast.stop()
    mosquitto.stop()
    _compare(segments, broadcast, log, reached_s)
    _compare_sound(broadcast, samples, log, folder)
    commands: list[list[str | Path]] = [
        ["report", "--log", log, "--station", "city", "--day", "today", "--out", folder],
        ["airplay", "--log", log, "--format", "csv", "-o", folder / "city.csv"],
    ]
    for arguments in commands:
        print(genred(*arguments).stdout.strip() or "wrote city.csv")


def _configuration(folder: Path, log: Path, url: str, port: int) -> dict[str, object]:
    return {
        "node": "pi",
        "mqtt": {"broker": f"127.0.0.1:{port}"},
        "airplay": {"file": str(log)},
        "recording": {"folder": str(folder / "sound")},
        "stations": {"city": {"source": {"url": url}, "retry": {"longest_wait_s": 5}, "recording": {"enabled": True}}},
    }


def _restart_broker(mosquitto: Mosquitto) -> None:
    mosquitto.stop()
    time.sleep(AWAY_S)
    mosquitto.start()


def _compare(segments: list[Segment], broadcast: Broadcast, log: Path, lost_at_s: float) -> None:
    with AirplayLog(log) as read:
        (station,) = read.stations()
        entries = list(read.entries(station, None, None))
    print(f"\n{len(entries)} entries; the stream was lost at {lost_at_s:.0f} s of the programme, for {AWAY_S:.0f} s")
    print(f"{'segment':28} {'starts':>7} {'lasts':>6}  {'logged most':14} {'share':>6}  {'begins after':>12}")
    for segment in segments:
        if segment.start_s <= lost_at_s < segment.start_s + segment.seconds:
            print(f"{segment.name:28} {segment.start_s:6.0f} s {segment.seconds:4.0f} s  (the stream was lost in it)")
            continue
        _print_segment(segment, broadcast, entries)


def _print_segment(segment: Segment, broadcast: Broadcast, entries: list[LoggedEntry]) -> None:
    starts, ends = broadcast.sent_at(segment.start_s), broadcast.sent_at(segment.start_s + segment.seconds - 0.01)
    inside = [part for entry in entries if (part := cut(entry, starts, ends)) is not None]
    shares: dict[str, float] = {}
    for part in inside:
        shares[part.announcement] = shares.get(part.announcement, 0.0) + part.seconds
    if not shares:
        print(f"{segment.name:28} {segment.start_s:6.0f} s {segment.seconds:4.0f} s  not in the log")
        return
    most = max(shares, key=lambda name: shares[name])
    first = next(part for part in inside if part.announcement == most)
    after_s = (first.started_at - starts).total_seconds()
    share = shares[most] / sum(shares.values())
    print(
        f"{segment.name:28} {segment.start_s:6.0f} s {segment.seconds:4.0f} s  {most:14} "
        f"{share:6.0%}  {after_s:10.1f} s"
    )


def _compare_sound(broadcast: Broadcast, samples: NDArray[np.float32], log: Path, folder: Path) -> None:
    """Cuts the clip of the longest entry of music, and looks where in the programme its sound is."""
    with AirplayLog(log) as read:
        (station,) = read.stations()
        entries = [one for one in read.entries(station, None, None) if one.genre is not None and one.id is not None]
    for entry in sorted(entries, key=lambda one: -one.seconds)[:3]:
        clip = folder / f"{entry.id}.mp3"
        found = genred("airplay", "--log", log, "--clip", str(entry.id), "-o", clip)
        if not clip.exists():
            print(f"clip of entry {entry.id}: {found.stderr.strip()}")
            continue
        heard = _decode(clip)
        began_at, from_s = max(
            (span for span in broadcast.spans if span[0] <= entry.started_at), key=lambda span: span[0]
        )
        expected_s = from_s + (entry.started_at - began_at).total_seconds()
        found_s, correlation = _find(heard, samples, expected_s)
        print(
            f"clip of entry {entry.id} ({entry.genre}, {entry.seconds:.1f} s): {heard.size / SAMPLE_RATE_HZ:.1f} s, "
            f"its sound was sent {found_s - expected_s:+.2f} s from the entry's start, correlation {correlation:.3f}"
        )


def _find(heard: NDArray[np.float32], samples: NDArray[np.float32], expected_s: float) -> tuple[float, float]:
    """Where ten seconds from the middle of a clip are in the programme, given where its start is expected."""
    middle = heard.size // 2
    piece = heard[middle : middle + 10 * SAMPLE_RATE_HZ]
    start = max(0, round((expected_s - 8.0) * SAMPLE_RATE_HZ) + middle)
    around = samples[start : start + piece.size + 16 * SAMPLE_RATE_HZ]
    size = 1 << (around.size + piece.size).bit_length()
    products = np.fft.irfft(np.fft.rfft(around, size) * np.conj(np.fft.rfft(piece, size)), size)[
        : around.size - piece.size
    ]
    at = int(np.argmax(products))
    matched = around[at : at + piece.size]
    correlation = float(np.dot(matched, piece) / (np.linalg.norm(matched) * np.linalg.norm(piece)))
    return (start + at - middle) / SAMPLE_RATE_HZ, correlation


def main() -> None:
    """Runs it in a folder that is kept where one is named."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--minutes", type=float, default=20.0)
    parser.add_argument("--speech", type=Path)
    parser.add_argument("--folder", type=Path)
    options = parser.parse_args()
    with contextlib.ExitStack() as stack:
        folder = options.folder or Path(stack.enter_context(tempfile.TemporaryDirectory()))
        folder.mkdir(parents=True, exist_ok=True)
        run(options.minutes, options.speech, folder)


if __name__ == "__main__":
    main()
