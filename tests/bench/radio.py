"""A loopback radio: one MP3 at the pace of time to as many listeners as come, each at a place of its own.

Run as a process by `tests.bench.rig`. It notes when each piece was sent, by the monotonic clock, which all processes of
a machine share, and writes the notes down when it is terminated.
"""

from __future__ import annotations

import heapq
import json
import re
import selectors
import signal
import socket
import sys
import time
from array import array
from dataclasses import dataclass, field
from pathlib import Path

BYTES_PER_S = 16_000
"""Of 128 kbit/s, constant."""

PIECE_S = 0.1
METAINT_BYTES = 16_000
_STEP_BYTES = METAINT_BYTES + 1
_MOST_WAITING_BYTES = 512 << 10
"""As icecast's queue-size: who is further behind is disconnected."""


@dataclass(slots=True)
class Listener:
    """One connection.

    Attributes:
        connection: Non-blocking.
        station: Number in the path that it asked for.
        place: Byte of the programme that comes next.
        sent_at: Monotonic seconds at which each piece of `PIECE_S` was sent.
        disconnected: Whether it fell too far behind.
    """

    connection: socket.socket
    station: int
    place: int
    sent_at: array[float] = field(default_factory=lambda: array("d"))
    started_at: float = field(default_factory=time.monotonic)
    waiting: bytearray = field(default_factory=bytearray)
    disconnected: bool = False

    def piece_end(self) -> int:
        """Bytes sent since the beginning, with the next piece."""
        return round((len(self.sent_at) + 1) * PIECE_S * BYTES_PER_S * _STEP_BYTES / METAINT_BYTES)


class Radio:
    """Serves until `stop`.

    Args:
        programme: MP3 of constant bit rate, whole seconds of it; played again and again.
        port: On loopback.
    """

    def __init__(self, programme: bytes, port: int) -> None:
        seconds = len(programme) // BYTES_PER_S
        # A block of length zero after each second: no title.
        cut = [programme[start : start + METAINT_BYTES] for start in range(0, seconds * METAINT_BYTES, METAINT_BYTES)]
        self._body = b"\0".join(cut) + b"\0"
        self._seconds = seconds
        self._selector = selectors.DefaultSelector()
        self._server = socket.create_server(("127.0.0.1", port), backlog=1024)
        self._server.setblocking(False)
        self._selector.register(self._server, selectors.EVENT_READ)
        self._due: list[tuple[float, int, Listener]] = []
        self._requests: dict[socket.socket, bytes] = {}
        self.sessions: list[Listener] = []
        self.stopping = False

    def run(self) -> None:
        """Accepts and sends, until it is stopping."""
        while not self.stopping:
            wait_s = min(0.2, max(0.0, self._due[0][0] - time.monotonic())) if self._due else 0.2
            for key, _ in self._selector.select(wait_s):
                if key.fileobj is self._server:
                    connection, _ = self._server.accept()
                    connection.setblocking(False)
                    self._requests[connection] = b""
                    self._selector.register(connection, selectors.EVENT_READ)
                else:
                    self._read_request(key.fileobj)  # type: ignore[arg-type]
            now = time.monotonic()
            while self._due and self._due[0][0] <= now:
                due_at, number, listener = heapq.heappop(self._due)
                if self._send(listener):
                    heapq.heappush(self._due, (due_at + PIECE_S, number, listener))
                else:
                    listener.connection.close()
        for open_one in (self._server, *self._requests, *(listener.connection for listener in self.sessions)):
            open_one.close()
        self._selector.close()

    def _read_request(self, connection: socket.socket) -> None:
        head = self._requests[connection] = self._requests[connection] + connection.recv(4096)
        if b"\r\n\r\n" not in head:
            return
        del self._requests[connection]
        self._selector.unregister(connection)
        found = re.match(rb"GET /s(\d+)", head)
        if not found or b"icy-metadata: 1" not in head.lower():
            connection.close()
            return
        station = int(found[1])
        connection.send(b"HTTP/1.0 200 OK\r\nContent-Type: audio/mpeg\r\nicy-br:128\r\nicy-metaint:16000\r\n\r\n")
        listener = Listener(connection, station, station * 37 % self._seconds * _STEP_BYTES)
        self.sessions.append(listener)
        heapq.heappush(self._due, (listener.started_at + PIECE_S, len(self.sessions), listener))

    def _send(self, listener: Listener) -> bool:
        """Sends the next piece. Returns whether the listener is still there."""
        size = listener.piece_end() - (listener.place - listener.station * 37 % self._seconds * _STEP_BYTES)
        start = listener.place % len(self._body)
        piece = self._body[start : start + size]
        listener.place += size
        listener.waiting += piece + self._body[: size - len(piece)]
        try:
            del listener.waiting[: listener.connection.send(listener.waiting)]
        except BlockingIOError:
            listener.disconnected = len(listener.waiting) > _MOST_WAITING_BYTES
        except OSError:
            return False
        listener.sent_at.append(time.monotonic())
        return not listener.disconnected


def main() -> None:
    """Arguments: MP3 file, port, file for the notes."""
    mp3, port, notes = sys.argv[1:]
    radio = Radio(Path(mp3).read_bytes(), int(port))

    def stop(*_: object) -> None:
        radio.stopping = True

    signal.signal(signal.SIGTERM, stop)
    radio.run()
    sessions = [
        {"station": listener.station, "disconnected": listener.disconnected, "sent_at": listener.sent_at.tolist()}
        for listener in radio.sessions
    ]
    Path(notes).write_text(json.dumps(sessions))


if __name__ == "__main__":
    main()
