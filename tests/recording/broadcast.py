"""A radio on loopback that plays audio which a test knows, at the pace of time, and sends some seconds in advance."""

from __future__ import annotations

import contextlib
import http.server
import subprocess
import threading
import time
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from types import TracebackType
    from typing import Self

    from numpy.typing import NDArray

RATE_HZ = 22_050
BYTES_PER_S = 8_000
"""Of 64 kbit/s, constant."""

PIECE_S = 0.1
LONGEST_S = 240.0


@cache
def programme() -> tuple[NDArray[np.float32], bytes]:
    """Noise whose loudness changes, which is nowhere like itself, and the MP3 of it."""
    rng = np.random.default_rng(7)
    count = round(LONGEST_S * RATE_HZ)
    noise = np.convolve(rng.standard_normal(count), np.ones(4) / 4, mode="same")
    gain = np.interp(np.arange(count), np.arange(0, count, 4_410), rng.uniform(0.05, 0.4, -(-count // 4_410)))
    samples = (noise * gain).astype(np.float32)
    form = ("-c:a", "libmp3lame", "-b:a", "64k", "-write_xing", "0", "-id3v2_version", "0", "-f", "mp3")
    done = subprocess.run(
        ["ffmpeg", "-v", "error", "-f", "f32le", "-ar", str(RATE_HZ), "-ac", "1", "-i", "pipe:0", *form, "pipe:1"],
        input=samples.tobytes(),
        capture_output=True,
        check=True,
        timeout=120,
    )
    return samples, done.stdout


class Broadcast:
    """Plays the programme from its making on; whoever connects gets what is on air, and what was on air just before.

    Args:
        burst_s: Of what was on air before.
    """

    def __init__(self, burst_s: float = 4.0) -> None:
        self.samples, mp3 = programme()
        self.began_at = datetime.now(UTC)
        began_s = time.monotonic()

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                self.send_response(200)
                self.send_header("Content-Type", "audio/mpeg")
                self.end_headers()
                place = round(max(0.0, time.monotonic() - began_s - burst_s) * BYTES_PER_S)
                with contextlib.suppress(OSError):
                    while place < len(mp3):
                        due = round((time.monotonic() - began_s) * BYTES_PER_S)
                        self.wfile.write(mp3[place:due])
                        place = max(place, due)
                        time.sleep(PIECE_S)

            def log_message(self, *_: Any) -> None:
                pass

        self._server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)
        self._thread.start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_port}/live"

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.shutdown()
        self._server.server_close()

    def at(self, seconds: float) -> datetime:
        """When a second of the programme is on air."""
        return self.began_at + timedelta(seconds=seconds)

    def place_of(self, samples: NDArray[np.float32], rate_hz: int) -> tuple[float, float]:
        """Finds where in the programme some audio is.

        Returns:
            Seconds from its beginning, and how alike both are there (the normalized correlation, 1 for equal).
        """
        times = np.arange(0, samples.size / rate_hz, 1 / RATE_HZ)
        piece = np.interp(times, np.arange(samples.size) / rate_hz, samples).astype(np.float64)
        # What an encoder puts before its first sample is before the beginning.
        whole = np.concatenate([np.zeros(RATE_HZ, np.float32), self.samples])
        size = 1 << (whole.size + piece.size - 1).bit_length()
        product = np.fft.rfft(whole, size) * np.conj(np.fft.rfft(piece, size))
        place = int(np.argmax(np.fft.irfft(product, size)[: whole.size - piece.size]))
        there = whole[place : place + piece.size].astype(np.float64)
        return place / RATE_HZ - 1.0, float(there @ piece / np.sqrt((there @ there) * (piece @ piece)))
