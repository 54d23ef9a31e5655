"""Answers of servers as they are, down to the audio behind them."""

from __future__ import annotations

import gzip
import socket
from typing import TYPE_CHECKING

import pytest

from genred.config.schema import StreamSource
from genred.errors import SourceError
from genred.sources.http.client import MAX_REDIRECTS
from genred.sources.http.exchange import server_of
from genred.sources.stream.internet_stream import InternetStream
from tests.sources import hostile, sounds
from tests.sources.collect import Collected, collect

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.sources.hostile import HostileServer, Line

SOUND = sounds.encoded(sounds.MP3, 3.0)


def listen(url: str, **settings: object) -> Collected:
    config = StreamSource(url=url, **{"connect_timeout_s": 20.0, "stall_timeout_s": 20.0, **settings})  # type: ignore[arg-type]
    return collect(InternetStream(config))


def assert_heard(heard: Collected) -> None:
    assert heard.error is None, heard.error
    assert heard.seconds == pytest.approx(3.0, abs=0.2)
    assert heard.tone_hz() == pytest.approx(440, abs=1)


def refusal(url: str) -> SourceError:
    heard = listen(url)
    assert isinstance(heard.error, SourceError), heard.error
    return heard.error


@pytest.mark.parametrize(
    "head",
    [
        b"HTTP/1.1 203 Non-Authoritative Information\r\nContent-Type: audio/mpeg",
        b"HTTP/1.1 206 Partial Content\r\nContent-Type: audio/mpeg",
        b"HTTP/1.1 200 OK\r\nContent-Type: text/html",
        b"HTTP/1.1 200 OK\r\nContent-Type: text/plain; charset=utf-8",
        b"HTTP/1.1 200 OK\r\nContent-Type: application/json",
        b"HTTP/1.1 200 OK",
        b"HTTP/1.1 200 OK\r\nContent-Type: audio/mpeg\r\nContent-Length: 0",
        b"HTTP/1.1 200 OK\r\nContent-Type: application/octet-stream\r\nContent-Length: 0",
        b"HTTP/1.1 200 OK\r\nContent-Type: audio/mpeg\r\nContent-Length: 1",
        b"ICY 200 OK\r\nicy-name: x\r\nContent-Length: 54",
        b"HTTP/1.1 200 OK\r\nContent-Type: audio/mpeg\r\nContent-Length: " + b"9" * 5_000,
        b"HTTP/1.1 200 OK\r\nContent-Type: audio/mpeg\r\nContent-Length: -5",
        b"HTTP/1.1 200 OK\r\nContent-Type: audio/mpeg\r\nicy-br: " + b"9" * 5_000,
        b"HTTP/1.1 200 OK\r\nContent-Type: audio/mpeg\r\nicy-metaint: " + b"9" * 5_000,
        b"HTTP/1.1 200 OK\r\nContent-Type: audio/mpeg\r\nTransfer-Encoding: chunked",
        b"HTTP/1.1 200 OK\r\nContent-Type: audio/mpeg\r\nContent-Encoding: gzip",
    ],
)
def test_audio_is_heard_whatever_the_server_says_of_it(head: bytes, server: HostileServer) -> None:
    assert_heard(listen(server.on("/x", hostile.raw(head + b"\r\n\r\n" + SOUND))))


@pytest.mark.parametrize("content_type", ["audio/mpeg", "text/html", "text/plain", "application/octet-stream", ""])
@pytest.mark.parametrize(
    "text", [b"<!DOCTYPE html><p>", b"  <HTML>", b"Station is off air. ", "Überall Pause. ".encode()]
)
def test_text_is_no_audio_whatever_the_server_calls_it(content_type: str, text: bytes, server: HostileServer) -> None:
    error = refusal(server.on("/x", hostile.body(text * 200, content_type)))
    assert (error.cause, error.permanent) == ("not_audio", True)
    assert "not audio" in str(error)


def test_a_length_that_is_right_ends_a_body_though_the_server_stays(server: HostileServer) -> None:
    def staying(data: bytes, content_type: str) -> Callable[[Line], None]:
        def behave(line: Line) -> None:
            head = f"HTTP/1.1 200 OK\r\nContent-Type: {content_type}\r\nContent-Length: {len(data)}\r\n\r\n"
            line.send(head.encode() + data)
            line.hang()

        return behave

    server.on("/sound", staying(SOUND, "audio/mpeg"))
    for content_type in ("audio/x-mpegurl", "audio/x-scpls"):
        text = b"#EXTM3U\n/sound\n" if "url" in content_type else b"[playlist]\nFile1=/sound\n"
        assert_heard(listen(server.on("/x", staying(text, content_type))))
    assert refusal(server.on("/x", staying(b"", "audio/mpeg"))).cause == "not_audio"


@pytest.mark.parametrize("code", [204, 205])
def test_a_success_without_content_is_a_refusal(code: int, server: HostileServer) -> None:
    error = refusal(server.on("/x", hostile.body(b"", code=f"{code} Nothing")))
    assert error.cause == f"http_{code}"
    assert "no content" in str(error)


@pytest.mark.parametrize(
    ("content_type", "text"),
    [
        ("audio/x-scpls", "[playlist]\nFile1=/sound\n"),
        ("audio/x-mpegurl", "#EXTM3U\n/sound\n"),
        ("application/vnd.apple.mpegurl", "#EXTM3U\n#EXT-X-TARGETDURATION:3\n#EXTINF:3,\n/sound\n#EXT-X-ENDLIST\n"),
        ("audio/mpeg", None),
    ],
)
def test_what_is_compressed_unasked_is_read(content_type: str, text: str | None, server: HostileServer) -> None:
    sent = gzip.compress(SOUND if text is None else text.encode())
    server.on("/sound", hostile.body(SOUND))
    assert_heard(listen(server.on("/x", hostile.body(sent, content_type, "Content-Encoding: gzip\r\n"))))
    assert "accept-encoding: identity" in server.requests[0].lower()
    assert "\r\nconnection: close\r\n" in server.requests[0].lower()


@pytest.mark.parametrize("target", ["/sound", "/x"])
def test_a_cookie_that_a_redirect_sets_is_sent_to_where_it_leads(target: str, server: HostileServer) -> None:
    def behave(line: Line) -> None:
        if line.header("Cookie") == "token=1":
            hostile.body(SOUND)(line)
        elif line.request.startswith("GET /x "):
            hostile.body(b"", extra=f"Set-Cookie: token=1; Path=/\r\nLocation: {target}\r\n", code="302 Found")(line)
        else:
            hostile.status(403)(line)

    server.on("/sound", behave)
    source = InternetStream(StreamSource(url=server.on("/x", behave)))
    assert_heard(collect(source))
    assert_heard(collect(source))
    assert [line.partition("Cookie")[2][:9] for line in server.requests] == ["", ": token=1"] * 2


def test_a_cookie_of_a_playlist_is_sent_for_its_segments(server: HostileServer) -> None:
    def segment(line: Line) -> None:
        (hostile.body(SOUND) if line.header("Cookie") == "token=1" else hostile.status(403))(line)

    server.on("/segment", segment)
    text = b"#EXTM3U\n#EXT-X-TARGETDURATION:3\n#EXTINF:3,\n/segment\n#EXT-X-ENDLIST\n"
    assert_heard(listen(server.on("/x", hostile.body(text, "audio/mpegurl", "Set-Cookie: token=1\r\n"))))


def test_as_many_redirects_are_followed_as_counters_of_listeners_take(server: HostileServer) -> None:
    server.on(f"/{MAX_REDIRECTS}", hostile.body(SOUND))
    for number in range(MAX_REDIRECTS):
        server.on(f"/{number}", hostile.redirect(f"/{number + 1}"))
    assert_heard(listen(server.url("/0")))


@pytest.mark.parametrize(
    ("location", "path"),
    [
        (b"/s t.mp3", "/s%20t.mp3"),
        ("/ü".encode(), "/%C3%BC"),
        ("/ü".encode("latin-1"), "/%FC"),
        (b"/\x1b[31m", "/%1B%5B31m"),
        (b"/x?a=b c#part", "/x?a=b%20c"),
    ],
)
def test_a_redirect_is_understood_in_any_encoding(location: bytes, path: str, server: HostileServer) -> None:
    server.on(path, hostile.body(SOUND))
    url = server.on("/first", hostile.raw(b"HTTP/1.1 302 Found\r\nLocation: " + location + b"\r\n\r\n"))
    assert_heard(listen(url))


@pytest.mark.parametrize(
    ("code", "header", "not_before_s", "permanent"),
    [
        (503, "Retry-After: 7", 7.0, False),
        (429, "Retry-After: 3600", 3_600.0, False),
        (403, "Retry-After: 5", 5.0, False),
        (403, "", None, True),
        (503, "Retry-After: " + "9" * 5_000, None, False),
    ],
)
def test_a_server_may_ask_for_patience(
    code: int, header: str, not_before_s: float | None, permanent: bool, server: HostileServer
) -> None:
    extra = f"{header}\r\n" if header else ""
    error = refusal(server.on("/x", hostile.body(b"", extra=extra, code=f"{code} No")))
    assert (error.not_before_s, error.permanent) == (not_before_s, permanent)


def test_an_ipv6_literal_is_an_address(server: HostileServer) -> None:
    with socket.create_server(("::1", 0), family=socket.AF_INET6) as listener:
        relay = hostile.Relay(listener, ("127.0.0.1", server.port))
        server.on("/x", hostile.body(SOUND))
        port = listener.getsockname()[1]
        heard = listen(f"http://[::1]:{port}/x")
    relay.join()
    assert_heard(heard)
    assert f"\r\nHost: [::1]:{port}\r\n" in server.requests[0]


def test_the_zone_of_a_link_local_address_is_for_this_machine_alone() -> None:
    found = server_of("http://[fe80::1%25eth0]:8000/x", "label")
    assert (found.host, found.port, found.shown) == ("fe80::1%eth0", 8_000, "[fe80::1]:8000")


@pytest.mark.parametrize(
    "url",
    ["http://h:" + "9" * 5_000, "http://[::1", "http://[::g]/x", "http://[1.2.3.4]/x", "http://h:x/", "http://:80/"],
)
def test_an_address_that_is_none_is_said_to_be_none(url: str) -> None:
    error = refusal(url)
    assert (error.cause, error.permanent) == ("unusable", True)
