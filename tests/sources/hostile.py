"""A server on loopback that does to its listeners whatever a test wants, connection by connection."""

from __future__ import annotations

import contextlib
import select
import socket
import struct
import threading
import time
from typing import TYPE_CHECKING

from tests.sources.sounds import MP3, MP3_BYTES_PER_S, encoded

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from types import TracebackType
    from typing import Self

OK = b"HTTP/1.0 200 OK\r\nContent-Type: audio/mpeg\r\n\r\n"


class Hangup(Exception):  # noqa: N818
    """The listener went away, or the server is being closed."""


class Line:
    """One connection, as a behaviour sees it."""

    def __init__(self, connection: socket.socket, closing: threading.Event, request: bytes) -> None:
        self._connection = connection
        self._closing = closing
        self.request = request.decode("latin-1")

    def send(self, data: bytes) -> None:
        try:
            self._connection.sendall(data)
        except OSError as error:
            raise Hangup from error

    def header(self, name: str) -> str | None:
        for line in self.request.splitlines()[1:]:
            key, _, text = line.partition(":")
            if key.lower() == name.lower():
                return text.strip()
        return None

    def wait(self, seconds: float) -> None:
        """Waits, but not for a listener that is gone."""
        ends_at = time.monotonic() + seconds
        while (left_s := ends_at - time.monotonic()) > 0:
            if self._closing.wait(min(0.05, left_s)):
                raise Hangup
            readable, _, _ = select.select([self._connection], [], [], 0)
            if readable and not self._connection.recv(1, socket.MSG_PEEK):
                raise Hangup

    def hang(self) -> None:
        """Keeps the connection open and says nothing more."""
        self.wait(3_600)

    def relay(self, target: tuple[str, int]) -> None:
        """Joins the connection with another server, as a proxy's tunnel does."""
        relay(self._connection, target)

    def reset(self) -> None:
        """Ends with a TCP reset."""
        self._connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self._connection.close()
        raise Hangup


Behaviour = "Callable[[Line], None]"


class HostileServer:
    """Serves behaviours by path: the nth connection to a path gets the nth, those after the last get the last.

    Attributes:
        default: What happens at all other paths.
    """

    def __init__(self) -> None:
        # Encoded before anybody waits for it: ffmpeg may take longer than a test's stall timeout.
        encoded(MP3, 30.0)
        self._closing = threading.Event()
        self._behaviours: dict[str, list[Callable[[Line], None]]] = {}
        self._lock = threading.Lock()
        self._threads: list[threading.Thread] = []
        self.requests: list[str] = []
        self.default = status(404)
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=64)
        self.port = self._listener.getsockname()[1]
        self._acceptor = threading.Thread(target=self._accept, daemon=True)
        self._acceptor.start()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def on(self, path: str, *behaviours: Callable[[Line], None]) -> str:
        """Sets what happens at a path and gives its URL."""
        with self._lock:
            self._behaviours[path] = list(behaviours)
        return self.url(path)

    def url(self, path: str, credentials: str = "") -> str:
        return f"http://{credentials}127.0.0.1:{self.port}{path}"

    def close(self) -> None:
        self._closing.set()
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self._acceptor.join(5)
        for thread in self._threads:
            thread.join(5)

    def _accept(self) -> None:
        while not self._closing.is_set():
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            thread = threading.Thread(target=self._serve, args=(connection,), daemon=True)
            self._threads = [one for one in self._threads if one.is_alive()] + [thread]
            thread.start()

    def _serve(self, connection: socket.socket) -> None:
        with connection, contextlib.suppress(Hangup, OSError):
            connection.settimeout(10)
            request = b""
            while b"\r\n\r\n" not in request:
                data = connection.recv(4_096)
                if not data:
                    return
                request += data
            line = Line(connection, self._closing, request)
            path = line.request.split(" ", 2)[1]
            with self._lock:
                self.requests.append(line.request)
                behaviours = self._behaviours.get(path, [self.default])
                behaviour = behaviours.pop(0) if len(behaviours) > 1 else behaviours[0]
            behaviour(line)


class Relay:
    """Passes on what comes to a listener, both ways, until the listener is closed."""

    def __init__(self, listener: socket.socket, target: tuple[str, int]) -> None:
        self._listener, self._target = listener, target
        self._threads = [threading.Thread(target=self._accept, daemon=True)]
        self._threads[0].start()

    def join(self) -> None:
        for thread in self._threads:
            thread.join(5)

    def _accept(self) -> None:
        self._listener.settimeout(0.05)
        while self._listener.fileno() >= 0:
            with contextlib.suppress(OSError):
                connection, _ = self._listener.accept()
                thread = threading.Thread(target=relay, args=(connection, self._target), daemon=True)
                self._threads.append(thread)
                thread.start()


def relay(connection: socket.socket, target: tuple[str, int]) -> None:
    """Joins a connection with a new one, until either side ends."""
    with connection, socket.create_connection(target, timeout=10) as other, contextlib.suppress(OSError):
        connection.settimeout(10)
        ways = {connection: other, other: connection}
        while True:
            for ready in select.select(list(ways), [], [], 10)[0]:
                data = ready.recv(65_536)
                if not data:
                    return
                ways[ready].sendall(data)


def body(
    data: bytes, content_type: str = "audio/mpeg", extra: str = "", code: str = "200 OK"
) -> Callable[[Line], None]:
    """Sends all at once and closes."""

    def behave(line: Line) -> None:
        line.send(f"HTTP/1.0 {code}\r\nContent-Type: {content_type}\r\n{extra}\r\n".encode("latin-1") + data)

    return behave


def status(code: int) -> Callable[[Line], None]:
    return body(b"<html>no</html>", "text/html", code=f"{code} Whatever")


def redirect(location: str, code: int = 302) -> Callable[[Line], None]:
    return body(b"", extra=f"Location: {location}\r\n", code=f"{code} Moved")


def raw(*pieces: bytes) -> Callable[[Line], None]:
    """Sends bytes as they are, headers included, and closes."""

    def behave(line: Line) -> None:
        for piece in pieces:
            line.send(piece)

    return behave


def radio(seconds: float | None = None, *, burst_s: float = 4.0, head: bytes = OK) -> Callable[[Line], None]:
    """A good station: a burst, then audio at the pace of time; ends after `seconds` or never."""

    def behave(line: Line) -> None:
        line.send(head)
        play(line, seconds, burst_s)

    return behave


def play(line: Line, seconds: float | None, burst_s: float = 4.0) -> None:
    audio = encoded(MP3, 30.0)
    slice_bytes = MP3_BYTES_PER_S // 10
    sent = 0
    burst = round(burst_s * MP3_BYTES_PER_S)
    total = None if seconds is None else round(seconds * MP3_BYTES_PER_S)
    started_at = time.monotonic()
    while total is None or sent < total:
        start = sent % len(audio)
        piece = audio[start : start + (burst if sent == 0 and burst else slice_bytes)]
        if total is not None:
            piece = piece[: total - sent]
        line.send(piece)
        sent += len(piece)
        due_at = started_at + (sent - burst) / MP3_BYTES_PER_S
        line.wait(max(0.0, due_at - time.monotonic()))


def stalling(seconds: float) -> Callable[[Line], None]:
    """Sends so many seconds of audio at once, then nothing, with the connection open."""

    def behave(line: Line) -> None:
        line.send(OK + encoded(MP3, 30.0)[: round(seconds * MP3_BYTES_PER_S)])
        line.hang()

    return behave


def resetting(seconds: float) -> Callable[[Line], None]:
    """Sends so many seconds of audio, then resets the connection."""

    def behave(line: Line) -> None:
        line.send(OK)
        play(line, seconds)
        line.reset()

    return behave


def silent_server() -> Callable[[Line], None]:
    """Takes the connection and never answers."""
    return Line.hang


def dripping(every_s: float = 0.1) -> Callable[[Line], None]:
    """Sends a burst of audio, then one byte at a time for ever."""

    def behave(line: Line) -> None:
        audio = encoded(MP3, 30.0)
        line.send(OK + audio[:16_000])
        for byte in audio[16_000:]:
            line.send(bytes([byte]))
            line.wait(every_s)

    return behave


def endless_headers() -> Callable[[Line], None]:
    def behave(line: Line) -> None:
        line.send(b"HTTP/1.0 200 OK\r\n")
        while True:
            line.send(b"X-More: " + b"x" * 1_000 + b"\r\n")

    return behave


def garbage_in_the_middle(garbage_bytes: int = 5_000) -> Callable[[Line], None]:
    """Ten seconds of audio at once, with noise in the middle of them."""

    def behave(line: Line) -> None:
        audio = encoded(MP3, 10.0)
        noise = bytes((7 * index * index + 13 * index) % 251 for index in range(garbage_bytes))
        line.send(OK + audio[:40_000] + noise + audio[40_000:])

    return behave


def endless_garbage() -> Callable[[Line], None]:
    """Audio first, then bytes at full speed that are none."""

    def behave(line: Line) -> None:
        line.send(OK + encoded(MP3, 30.0)[:16_000])
        while True:
            line.send(bytes(1_000))
            line.wait(0.01)

    return behave


def flooding(flood: bytes, *, first: bytes = b"") -> Callable[[Line], None]:
    """Sends bytes again and again, as fast as they are taken, after others that it sends once."""

    def behave(line: Line) -> None:
        line.send(OK + first)
        while True:
            line.send(flood)

    return behave


def icy_block(title: bytes) -> bytes:
    text = b"StreamTitle='" + title + b"';StreamUrl='';"
    units = -(-len(text) // 16)
    return bytes([units]) + text.ljust(16 * units, b"\x00")


def icy(
    titles: Sequence[bytes], interval: int = 4_000, *, cut_in_block: bool = False, announced: int | None = None
) -> Callable[[Line], None]:
    """A SHOUTcast server: one metadata block after each interval of audio, `titles` in turn, then closes.

    A title of b"" sends the empty block that means no change.
    """

    def behave(line: Line) -> None:
        metaint = interval if announced is None else announced
        fields = {"content-type": "audio/mpeg", "icy-name": "Test FM", "icy-br": "64", "icy-metaint": metaint}
        head = "".join(f"{name}: {text}\r\n" for name, text in fields.items())
        line.send(f"ICY 200 OK\r\n{head}\r\n".encode())
        audio = encoded(MP3, 30.0)
        for number, title in enumerate(titles):
            line.send(audio[number * interval : (number + 1) * interval])
            block = icy_block(title) if title else b"\x00"
            if cut_in_block and number == len(titles) - 1:
                line.send(block[: len(block) // 2])
                return
            line.send(block)
        line.send(audio[len(titles) * interval : (len(titles) + 1) * interval])

    return behave
