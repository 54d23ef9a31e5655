"""HTTP proxies, configured and of the environment."""

from __future__ import annotations

import base64
import socket
import ssl
from typing import TYPE_CHECKING

import pytest

from genred.cause import Cause
from genred.config.schema import StreamSource
from genred.errors import SourceError
from genred.sources.http.proxy import parse_proxy, proxy_for
from genred.sources.stream.internet_stream import InternetStream
from tests.sources import certificates, hostile, sounds
from tests.sources.collect import Collected, collect

if TYPE_CHECKING:
    from pathlib import Path

    from tests.sources.hostile import HostileServer, Line

SOUND = sounds.encoded(sounds.MP3, 3.0)
VARIABLES = [f"{name}_proxy" for name in ("http", "https", "all", "no")]


@pytest.fixture(autouse=True)
def environment(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    for name in VARIABLES:
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)
    return monkeypatch


def listen(url: str, **settings: object) -> Collected:
    config = StreamSource(url=url, **{"connect_timeout_s": 20.0, "stall_timeout_s": 20.0, **settings})  # type: ignore[arg-type]
    return collect(InternetStream(config))


def assert_heard(heard: Collected) -> None:
    assert heard.error is None, heard.error
    assert heard.seconds == pytest.approx(3.0, abs=0.2)


def test_a_configured_proxy_is_asked_for_what_is_far_away(server: HostileServer) -> None:
    """The test's server is the proxy: what it is asked for is the whole address."""
    server.on("http://radio.example:8000/x", hostile.body(b"#EXTM3U\n/y\n", "audio/x-mpegurl"))
    server.on("http://radio.example:8000/y", hostile.body(SOUND))
    assert_heard(listen("http://radio.example:8000/x", proxy=server.url("", credentials="me:p%40ss@")))
    expected = base64.b64encode(b"me:p@ss").decode()
    for request in server.requests:
        assert f"\r\nProxy-Authorization: Basic {expected}\r\n" in request
        assert "\r\nHost: radio.example:8000\r\n" in request


def test_segments_come_through_the_proxy_too(server: HostileServer) -> None:
    text = b"#EXTM3U\n#EXT-X-TARGETDURATION:3\n#EXTINF:3,\n/segment\n#EXT-X-ENDLIST\n"
    server.on("http://radio.example/x", hostile.body(text, "audio/mpegurl"))
    server.on("http://radio.example/segment", hostile.body(SOUND))
    assert_heard(listen("http://radio.example/x", proxy=server.url("")))


def test_a_proxy_of_the_environment_is_used_except_where_it_is_not_to_be(
    server: HostileServer, environment: pytest.MonkeyPatch
) -> None:
    server.on("http://radio.example/x", hostile.body(SOUND))
    environment.setenv("HTTP_PROXY", f"127.0.0.1:{server.port}")
    assert_heard(listen("http://radio.example/x"))
    assert_heard(listen(server.on("/near", hostile.body(SOUND))))
    environment.setenv("NO_PROXY", "radio.example")
    assert listen("http://radio.example/x").error is not None
    environment.delenv("NO_PROXY")
    assert listen("http://radio.example/x", proxy="direct").error is not None


def test_tls_goes_through_a_tunnel_to_the_server_itself(
    server: HostileServer, environment: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    certificate = certificates.make(tmp_path, "radio.example")
    server.on("/x", hostile.body(SOUND))
    with certificates.TlsFront(certificate, ("127.0.0.1", server.port)) as front:

        def tunnel(line: Line) -> None:
            line.send(b"HTTP/1.1 200 Connection established\r\n\r\n")
            line.relay(("127.0.0.1", front.port))

        server.on("radio.example:443", tunnel)
        environment.setenv("HTTPS_PROXY", server.url("", credentials="me:secret@"))
        environment.setenv("SSL_CERT_FILE", str(certificate.file))
        assert_heard(listen("https://radio.example/x"))
    connect, get = server.requests
    assert connect.startswith("CONNECT radio.example:443 HTTP/1.1\r\nHost: radio.example:443\r\n")
    assert "Proxy-Authorization" in connect
    assert get.startswith("GET /x HTTP/1.1\r\nHost: radio.example\r\n")
    assert "Proxy-Authorization" not in get


def test_a_proxy_that_refuses_is_named_without_its_password(server: HostileServer) -> None:
    server.on("radio.example:443", hostile.status(407))
    heard = listen("https://radio.example/x", proxy=server.url("", credentials="me:hunter2@"))
    assert isinstance(heard.error, SourceError)
    assert heard.error.cause == "http_407"
    assert f"through the proxy http://me:********@127.0.0.1:{server.port}" in str(heard.error)
    assert "the proxy answered 407" in str(heard.error)
    assert "hunter2" not in str(heard.error)


def test_a_proxy_that_is_not_there_is_named() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    heard = listen("http://radio.example/x", proxy=f"http://me:hunter2@127.0.0.1:{port}")
    assert isinstance(heard.error, SourceError)
    assert heard.error.cause is Cause.REFUSED
    assert "through the proxy" in str(heard.error)
    assert "hunter2" not in str(heard.error)


@pytest.mark.parametrize(
    ("variables", "scheme", "host", "proxied"),
    [
        ({}, "http", "h", None),
        ({"HTTP_PROXY": "http://p:1"}, "http", "h", ("p", 1)),
        ({"http_proxy": "http://p:1", "HTTP_PROXY": "http://q:2"}, "http", "h", ("p", 1)),
        ({"HTTP_PROXY": "http://p:1"}, "https", "h", None),
        ({"HTTPS_PROXY": "http://p:1"}, "https", "h", ("p", 1)),
        ({"ALL_PROXY": "http://p"}, "https", "h", ("p", 80)),
        ({"HTTP_PROXY": "[::1]:3128"}, "http", "h", ("::1", 3_128)),
        ({"HTTP_PROXY": "p", "NO_PROXY": "*"}, "http", "h", None),
        ({"HTTP_PROXY": "p", "NO_PROXY": "a, h ,b"}, "http", "h", None),
        ({"HTTP_PROXY": "p", "NO_PROXY": "example"}, "http", "radio.EXAMPLE", None),
        ({"HTTP_PROXY": "p", "NO_PROXY": ".example"}, "http", "radio.example", None),
        ({"HTTP_PROXY": "p", "NO_PROXY": "*.example"}, "http", "radio.example", None),
        ({"HTTP_PROXY": "p", "NO_PROXY": "ample"}, "http", "radio.example", ("p", 80)),
        ({"HTTP_PROXY": "p", "NO_PROXY": "h:8000"}, "http", "h", None),
        ({"HTTP_PROXY": "p", "NO_PROXY": "h:80"}, "http", "h", ("p", 80)),
        ({"HTTP_PROXY": "p", "NO_PROXY": "192.168.0.0/16"}, "http", "192.168.7.7", None),
        ({"HTTP_PROXY": "p", "NO_PROXY": "192.168.0.0/16"}, "http", "192.169.7.7", ("p", 80)),
        ({"HTTP_PROXY": "p", "NO_PROXY": "fd00::1"}, "http", "fd00::1", None),
        ({"HTTP_PROXY": "p", "NO_PROXY": "[fd00::1]:8000"}, "http", "fd00::1", None),
        ({"HTTP_PROXY": "p", "NO_PROXY": "fd00::/8"}, "http", "fd00::1", None),
        ({"HTTP_PROXY": "p"}, "http", "LocalHost", None),
        ({"HTTP_PROXY": "p"}, "http", "127.0.0.2", None),
        ({"HTTP_PROXY": "p"}, "http", "::1", None),
        ({"HTTP_PROXY": "p", "NO_PROXY": ",, ,/8,[,:"}, "http", "h", ("p", 80)),
    ],
)
def test_the_environment_is_read_as_by_other_programs(
    variables: dict[str, str],
    scheme: str,
    host: str,
    proxied: tuple[str, int] | None,
    environment: pytest.MonkeyPatch,
) -> None:
    for name, text in variables.items():
        environment.setenv(name, text)
    found = proxy_for(scheme, host, 8_000, "")
    assert (None if found is None else (found.host, found.port)) == proxied


@pytest.mark.parametrize(
    "address", ["socks5://p:1", "https://p", "http://", "http://p:port", "http://[::1", "http://p:" + "9" * 5_000]
)
def test_what_is_no_http_proxy_is_said_to_be_none(address: str) -> None:
    with pytest.raises(SourceError, match="not the address of an HTTP proxy") as error:
        parse_proxy(address, "here")
    assert (error.value.cause, error.value.permanent) == (Cause.UNUSABLE, True)


def test_a_proxys_password_is_masked_where_it_is_malformed_too() -> None:
    with pytest.raises(SourceError) as error:
        parse_proxy("socks5://me:hunter2@p", "here")
    assert "hunter2" not in str(error.value)


def test_a_proxy_that_speaks_where_tls_begins_is_refused(server: HostileServer) -> None:
    server.on("radio.example:443", hostile.raw(b"HTTP/1.1 200 OK\r\n\r\nhello"))
    heard = listen("https://radio.example/x", proxy=server.url(""))
    assert isinstance(heard.error, SourceError)
    assert not isinstance(heard.error, ssl.SSLError)
    assert heard.error.cause in {Cause.NOT_HTTP, Cause.TLS, Cause.RESET}
