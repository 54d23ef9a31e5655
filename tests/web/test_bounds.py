"""Who holds connections and sends next to nothing holds up nobody else."""

from __future__ import annotations

import contextlib
import re
import socket
import time
from pathlib import Path
from typing import TYPE_CHECKING

import httpx
import pytest

from genred.config.schema import WebConfig
from genred.web import live, protocol
from genred.web.app import make_app
from genred.web.board import Board
from tests.patience import PATIENCE_S, wait_until
from tests.web.serving import rss_bytes, serving, threaded

if TYPE_CHECKING:
    from collections.abc import Iterator

STREAMS = 1_000
MOST_GROWTH_BYTES = 60_000_000
"""A hundred and twenty-eight streams and three hundred connections."""


@pytest.fixture
def address(monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[str, int]]:
    """Pages that wait for a request for half a second."""
    monkeypatch.setattr(protocol, "HEAD_WITHIN_S", 0.5)
    with threaded(make_app(WebConfig(control=True), Board({"one": "One"}), key=b"k" * 32)) as url:
        yield "127.0.0.1", int(url.rpartition(":")[2])


def connected(address: tuple[str, int]) -> socket.socket:
    return socket.create_connection(address, timeout=PATIENCE_S)


def is_served(connection: socket.socket) -> bool:
    connection.sendall(b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n")
    answer = b""
    while not answer.endswith(b"alive\n") and (more := connection.recv(1_024)):
        answer += more
    return answer.startswith(b"HTTP/1.1 200")


def is_closed_while_it_dribbles(connection: socket.socket) -> bool:
    """Sends a byte now and then until the server has enough of it."""
    until = time.monotonic() + PATIENCE_S
    connection.settimeout(0.05)
    while time.monotonic() < until:
        try:
            connection.sendall(b"x")
            if connection.recv(1_024) == b"":
                return True
        except TimeoutError:
            continue
        except OSError:
            return True
    return False


def sockets(pid: int) -> int:
    found = [link for link in Path(f"/proc/{pid}/fd").iterdir() if link.is_symlink()]
    return sum(str(link.readlink()).startswith("socket:") for link in found)


@pytest.mark.parametrize(
    "beginning",
    [
        b"",
        b"GET / HTTP/1.1\r\nHost: localhost\r\nX-Slow: ",
        b"POST /stations/one/command HTTP/1.1\r\nHost: localhost\r\nContent-Length: 4000\r\n\r\n{",
        b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\nGET /",
    ],
)
def test_a_request_that_comes_byte_by_byte_is_given_up(address: tuple[str, int], beginning: bytes) -> None:
    with connected(address) as connection:
        connection.sendall(beginning)
        assert is_closed_while_it_dribbles(connection)


def test_a_slow_body_that_gets_on_is_taken(address: tuple[str, int], monkeypatch: pytest.MonkeyPatch) -> None:
    # Of which a busy machine may be still for more than half a second.
    monkeypatch.setattr(protocol, "HEAD_WITHIN_S", 1.5)
    monkeypatch.setattr(protocol, "LEAST_BODY_BYTES", 1)
    with connected(address) as connection:
        connection.sendall(b"POST /stations/one/command HTTP/1.1\r\nHost: localhost\r\nContent-Length: 20\r\n\r\n")
        for _ in range(20):
            connection.sendall(b"x")
            time.sleep(0.1)
        assert connection.recv(1_024).startswith(b"HTTP/1.1 400")


def test_a_body_that_is_cut_off_is_no_fault_of_ours(caplog: pytest.LogCaptureFixture) -> None:
    with threaded(make_app(WebConfig(control=True), Board({"one": "One"}), key=b"k" * 32)) as url:
        with connected(("127.0.0.1", int(url.rpartition(":")[2]))) as connection:
            connection.sendall(
                b"POST /stations/one/command HTTP/1.1\r\nHost: localhost\r\nContent-Length: 4000\r\n\r\n{"
            )
        assert httpx.get(f"{url}/healthz", timeout=PATIENCE_S).status_code == 200
    assert [record.getMessage() for record in caplog.records if record.exc_info] == []


def test_connections_beyond_the_bound_are_closed_and_the_others_served(
    address: tuple[str, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(protocol, "MAX_CONNECTIONS", 8)
    monkeypatch.setattr(protocol, "HEAD_WITHIN_S", PATIENCE_S)
    with contextlib.ExitStack() as stack:
        held = [stack.enter_context(connected(address)) for _ in range(8)]
        assert all(is_served(connection) for connection in held)
        late = stack.enter_context(connected(address))
        with contextlib.suppress(ConnectionError):
            assert late.recv(1) == b""
        assert is_served(held[0])


def test_a_thousand_event_streams_are_bounded(tmp_path: Path) -> None:
    with serving(tmp_path) as served, contextlib.ExitStack() as stack:
        port = int(served.address.rpartition(":")[2])
        before = rss_bytes(served.pid)
        answers = []
        for _ in range(STREAMS):
            connection = stack.enter_context(connected(("127.0.0.1", port)))
            with contextlib.suppress(OSError):
                connection.sendall(b"GET /events HTTP/1.1\r\nHost: localhost\r\n\r\n")
                answers.append(connection.recv(12))
        grown = rss_bytes(served.pid) - before
        found = [int(match[1]) for answer in answers if (match := re.match(rb"HTTP/1.1 (\d+)", answer))]
        assert 0 < found.count(200) <= live.MAX_STREAMS
        assert set(found) <= {200, 429, 503}
        assert sockets(served.pid) <= protocol.MAX_CONNECTIONS + 10
        assert grown < MOST_GROWTH_BYTES
        print(f"\n{STREAMS} asked, {found.count(200)} served, {grown / 1e6:.1f} MB more")
        stack.close()

        def is_back() -> bool:
            with contextlib.suppress(httpx.TransportError):
                return httpx.get(f"{served.address}/healthz", timeout=PATIENCE_S).status_code == 200
            return False

        # Those who asked last have used up what one address may ask for.
        wait_until(is_back)
