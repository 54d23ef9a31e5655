"""Recordings that are broken, each in a way of its own."""

from __future__ import annotations

import random
import struct
import subprocess
import zipfile
from typing import TYPE_CHECKING

from tests.cli.wav import pcm, sound
from tests.sources import sounds

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


def write_broken(folder: Path) -> list[Path]:
    """Writes twenty of them, named after what is wrong."""
    paths = []
    for name, write in _WAYS.items():
        path = folder / name
        write(path)
        paths.append(path)
    return paths


def _bytes(content: Callable[[], bytes]) -> Callable[[Path], None]:
    return lambda path: (path.write_bytes(content()) and None) or None


def _wav(rate_hz: int = 22_050, channels: int = 1, form: int = 1, bits: int = 16, data: bytes = b"") -> bytes:
    block = channels * bits // 8
    header = struct.pack("<HHIIHH", form, channels, rate_hz, rate_hz * block % 2**32, block % 2**16, bits)
    body = b"WAVEfmt " + struct.pack("<I", len(header)) + header + b"data" + struct.pack("<I", len(data)) + data
    return b"RIFF" + struct.pack("<I", len(body)) + body


def _zip(path: Path) -> None:
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("song.mp3", b"x" * 1_000)


def _video(path: Path) -> None:
    command = ["ffmpeg", "-v", "error", "-nostdin", "-y", "-f", "lavfi", "-i", "testsrc=duration=1:size=64x64:rate=5"]
    subprocess.run([*command, "-an", "-f", "mp4", str(path)], check=True, timeout=60)


def _noise(size: int, seed: int) -> bytes:
    return random.Random(seed).randbytes(size)


_WAYS: dict[str, Callable[[Path], None]] = {
    "empty.wav": _bytes(lambda: b""),
    "one-byte.mp3": _bytes(lambda: b"\xff"),
    "text.mp3": _bytes(lambda: b"This was an hour of radio.\n" * 100),
    "page.mp3": _bytes(lambda: b"<!DOCTYPE html><html><body>404 Not Found</body></html>"),
    "zeros.mp3": _bytes(lambda: bytes(50_000)),
    "noise.bin.wav": _bytes(lambda: _noise(50_000, 3)),
    "half-a-header.wav": _bytes(lambda: _wav()[:20]),
    "no-samples.wav": _bytes(_wav),
    "too-short.wav": _bytes(lambda: _wav(data=pcm(sound("jazz", 0.1)))),
    "no-rate.wav": _bytes(lambda: _wav(rate_hz=0, data=bytes(44_100))),
    "no-channels.wav": _bytes(lambda: _wav(channels=0, data=bytes(44_100))),
    "unknown-codec.wav": _bytes(lambda: _wav(form=0x4242, data=_noise(44_100, 5))),
    "first-frame.mp3": _bytes(lambda: sounds.encoded(sounds.MP3, 1.0)[:150]),
    "header.flac": _bytes(lambda: sounds.encoded(sounds.FLAC, 1.0)[:42]),
    "header.ogg": _bytes(lambda: sounds.encoded(sounds.OGG_OPUS, 1.0)[:47]),
    "garbled.flac": _bytes(lambda: sounds.encoded(sounds.FLAC, 1.0)[:80] + _noise(20_000, 7)),
    "no-index.m4a": _bytes(
        lambda: b"\x00\x00\x00\x1cftypM4A \x00\x00\x02\x00isomiso2\x00\x00\x00\x08mdat" + bytes(9_000)
    ),
    "packed.mp3": _zip,
    "silent-film.mp4": _video,
    "list.mp3": _bytes(lambda: b"#EXTM3U\nhttp://127.0.0.1:9/stream.mp3\n"),
}
