"""A way to a broker that a test can shut, open and block."""

from __future__ import annotations

import contextlib
import socket
import threading
from typing import Self


class Gate:
    """Forwards a loopback port to another one.

    Shut, it takes a connection and hangs up at once. Blocked, it takes bytes no more in either direction, as a broker
    that hangs does. It hangs up on the first `turned_away` connections, open or not.
    """

    def __init__(self, target_port: int, *, turned_away: int = 0) -> None:
        self._target_port = target_port
        self._turned_away = turned_away
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.port = int(self._listening.getsockname()[1])
        self._open = threading.Event()
        self._flowing = threading.Event()
        self._flowing.set()
        self._ended = False
        self._lock = threading.Lock()
        self._sockets: list[socket.socket] = []
        self.knocks = 0
        threading.Thread(target=self._accept, daemon=True).start()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._ended = True
        self._flowing.set()
        self._listening.close()
        self.shut()

    def open(self) -> None:
        self._open.set()

    def shut(self) -> None:
        self._open.clear()
        self._hang_up()

    def block(self) -> None:
        self._flowing.clear()

    def unblock(self) -> None:
        self._flowing.set()

    def _hang_up(self) -> None:
        with self._lock:
            for each in self._sockets:
                with contextlib.suppress(OSError):
                    each.shutdown(socket.SHUT_RDWR)
                each.close()
            self._sockets.clear()

    def _accept(self) -> None:
        while not self._ended:
            try:
                near, _ = self._listening.accept()
            except OSError:
                return
            self.knocks += 1
            if not self._open.is_set() or self.knocks <= self._turned_away:
                near.close()
                continue
            try:
                far = socket.create_connection(("127.0.0.1", self._target_port))
            except OSError:
                near.close()
                continue
            with self._lock:
                self._sockets += [near, far]
            # It may have been shut meanwhile, and has hung up on the others already.
            if not self._open.is_set():
                self._hang_up()
            threading.Thread(target=self._forward, args=(near, far), daemon=True).start()
            threading.Thread(target=self._forward, args=(far, near), daemon=True).start()

    def _forward(self, source: socket.socket, sink: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while data := source.recv(4_096):
                self._flowing.wait()
                sink.sendall(data)
        for each in (source, sink):
            with contextlib.suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)
