"""Clients that hang, drip and flood, and the scrape that gets through all the same."""

from __future__ import annotations

import socket
import threading
import urllib.error
import urllib.request
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from prometheus_client import CollectorRegistry, Gauge

from genred.outputs.prometheus import server as metrics_server
from genred.outputs.prometheus.server import MAX_CONNECTIONS, MetricsServer
from tests.patience import PATIENCE_S, wait_until

if TYPE_CHECKING:
    from collections.abc import Iterator

LARGE_PAGE_SERIES = 40_000
"""Enough that the answer is larger than any socket's buffers."""


@pytest.fixture
def server() -> Iterator[MetricsServer]:
    registry = CollectorRegistry()
    Gauge("genred_test", "A value.", registry=registry).set(1)
    with_thread = MetricsServer("127.0.0.1", 0, registry)
    with_thread.start()
    yield with_thread
    with_thread.stop(5.0)


def connect(server: MetricsServer) -> socket.socket:
    return socket.create_connection(("127.0.0.1", server.server_port), timeout=PATIENCE_S)


def scrape(server: MetricsServer, path: str = "/metrics") -> str:
    with urllib.request.urlopen(f"http://127.0.0.1:{server.server_port}{path}", timeout=PATIENCE_S) as answer:
        return str(answer.read().decode())


def descriptors() -> int:
    return len(list(Path("/proc/self/fd").iterdir()))


def test_half_open_requests_take_a_bounded_share_and_keep_no_scrape_away(server: MetricsServer) -> None:
    before = descriptors()
    clients = [connect(server) for _ in range(200)]
    try:
        assert "genred_test 1.0" in scrape(server)
        assert descriptors() - before - len(clients) <= MAX_CONNECTIONS + 2
        serving = [thread for thread in threading.enumerate() if "process_request" in thread.name]
        assert len([thread for thread in serving if thread.is_alive()]) <= MAX_CONNECTIONS
    finally:
        for client in clients:
            client.close()
    wait_until(lambda: descriptors() <= before)


def test_a_client_that_drips_is_cut_off(server: MetricsServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(metrics_server, "REQUEST_TIMEOUT_S", 0.5)
    with connect(server) as client:
        with pytest.raises(OSError, match=r"reset|pipe"):  # noqa: PT012 - which byte is one too many is not known
            for _ in range(1_000):
                client.sendall(b"G")
                threading.Event().wait(0.05)
        assert "genred_test 1.0" in scrape(server)


def test_a_client_that_never_reads_is_cut_off(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(metrics_server, "REQUEST_TIMEOUT_S", 0.5)
    registry = CollectorRegistry()
    gauge = Gauge("genred_test", "A value.", ["number"], registry=registry)
    for number in range(LARGE_PAGE_SERIES):
        gauge.labels(str(number)).set(1)
    server = MetricsServer("127.0.0.1", 0, registry)
    server.start()
    try:
        with connect(server) as client:
            client.sendall(b"GET /metrics HTTP/1.0\r\n\r\n")
            wait_until(lambda: bool(server._connections))
            wait_until(lambda: not server._connections)
    finally:
        server.stop(5.0)


def test_clients_that_hang_do_not_hold_up_the_end(server: MetricsServer) -> None:
    clients = [connect(server) for _ in range(4)]
    wait_until(lambda: len(server._connections) == len(clients))
    server.stop(5.0)
    assert not server.alive
    for client in clients:
        assert client.recv(1) == b""
        client.close()


def test_only_the_page_is_served(server: MetricsServer) -> None:
    assert scrape(server, "/") == scrape(server)
    for path in ("/etc/passwd", "/metrics/../x"):
        with pytest.raises(urllib.error.HTTPError, match="404"):
            scrape(server, path)
