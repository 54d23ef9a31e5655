"""The web server of the metrics page: bounded, whoever connects and however slowly."""

from __future__ import annotations

import errno
import logging
import socket
import socketserver
import sys
import threading
import time
from typing import TYPE_CHECKING, Any
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer

from prometheus_client import make_wsgi_app

if TYPE_CHECKING:
    from collections.abc import Iterable
    from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

    from prometheus_client import CollectorRegistry

_LOGGER = logging.getLogger(__name__)

MAX_CONNECTIONS = 8
"""Served at a time. Beyond it the oldest is cut off: a scrape takes milliseconds, an old one is a client that hangs."""

REQUEST_TIMEOUT_S = 5.0
"""For a whole request and its answer, however many bytes drip in; Prometheus's own default is ten seconds."""

_POLL_S = 0.25
_BACKLOG = 128
"""Connections that wait to be accepted; one that finds no room is tried again only after a second, by the client."""
_NO_DESCRIPTORS_PAUSE_S = 0.1
_PATHS = frozenset({"/", "/metrics"})


class MetricsServer(socketserver.ThreadingMixIn, WSGIServer):
    """Serves a registry at `/metrics`, in threads that are few and end.

    Args:
        address: To listen at.
        port: Likewise; 0 for a free one.
        registry: What is served.

    Raises:
        OSError: The address cannot be used.
    """

    daemon_threads = True
    block_on_close = False
    request_queue_size = _BACKLOG

    def __init__(self, address: str, port: int, registry: CollectorRegistry) -> None:
        self.address_family = socket.AF_INET6 if ":" in address else socket.AF_INET
        self._lock = threading.Lock()
        # In order of their acceptance, with the monotonic time of it.
        self._connections: dict[socket.socket, float] = {}
        super().__init__((address, port), _Handler)
        self.set_app(_known_paths_only(make_wsgi_app(registry)))
        self._thread = threading.Thread(target=self.serve_forever, args=(_POLL_S,), name="genred-metrics", daemon=True)

    def start(self) -> None:
        """Begins to serve, in a thread of its own."""
        self._thread.start()

    @property
    def alive(self) -> bool:
        """Whether the thread that accepts connections runs."""
        return self._thread.is_alive()

    def stop(self, timeout_s: float) -> None:
        """Ends the page and every connection to it."""
        if self._thread.is_alive():
            self.shutdown()
            self._thread.join(timeout_s)
        self.server_close()
        with self._lock:
            for connection in self._connections:
                _cut_off(connection)

    # What follows are hooks of socketserver.

    def server_bind(self) -> None:
        """Binds without a look-up of the host's name, which may take a name server's timeout."""
        socketserver.TCPServer.server_bind(self)
        self.server_name, self.server_port = str(self.server_address[0]), int(self.server_address[1])
        self.setup_environ()

    def get_request(self) -> tuple[socket.socket, Any]:
        """Accepts a connection; without descriptors left it waits a moment, as the listener stays readable."""
        try:
            return super().get_request()
        except OSError as error:
            if error.errno in {errno.EMFILE, errno.ENFILE}:
                self.service_actions()
                time.sleep(_NO_DESCRIPTORS_PAUSE_S)
            raise

    def process_request(self, request: Any, client_address: Any) -> None:
        """Serves a connection in a thread of its own; the oldest makes room for it."""
        with self._lock:
            while len(self._connections) >= MAX_CONNECTIONS:
                oldest = next(iter(self._connections))
                del self._connections[oldest]
                _cut_off(oldest)
            self._connections[request] = time.monotonic()
        super().process_request(request, client_address)

    def shutdown_request(self, request: Any) -> None:
        """Forgets a connection and closes it."""
        with self._lock:
            self._connections.pop(request, None)
        super().shutdown_request(request)

    def service_actions(self) -> None:
        """Cuts off what takes too long; called by `serve_forever` some times a second."""
        expired_at = time.monotonic() - REQUEST_TIMEOUT_S
        with self._lock:
            for connection, accepted_at in self._connections.items():
                if accepted_at < expired_at:
                    _cut_off(connection)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that goes away in the middle is no news."""
        _LOGGER.debug("a request of %s failed", client_address, exc_info=sys.exc_info())


class _Handler(WSGIRequestHandler):
    """Logs no requests."""

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the standard library's name
        """Logs nothing."""


def _known_paths_only(app: WSGIApplication) -> WSGIApplication:
    def answer(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        if environ["PATH_INFO"] in _PATHS:
            return app(environ, start_response)
        start_response("404 Not Found", [("Content-Type", "text/plain; charset=utf-8")])
        return [b"the metrics are at /metrics\n"]

    return answer


def _cut_off(connection: socket.socket) -> None:
    """Ends a connection whose thread may be waiting in it; the thread then closes it."""
    try:
        connection.shutdown(socket.SHUT_RDWR)
    except OSError:
        return
