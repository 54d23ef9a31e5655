from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from genred.cause import Cause
from genred.errors import SourceError
from genred.sources.http.head import MAX_INTERIM_ANSWERS, MAX_REASON_CHARACTERS, Head, read_head
from tests.sources.http.wire import later, wire


def read(data: bytes, piece_bytes: int = 65_536) -> Head:
    return read_head(wire(data, piece_bytes), "label", later)


@pytest.mark.parametrize("piece_bytes", [1, 7, 65_536])
@pytest.mark.parametrize(
    "data",
    [
        b"HTTP/1.1 200 OK\r\nContent-Type: audio/mpeg\r\n\r\nsound",
        b"HTTP/1.0 200\nContent-Type:audio/mpeg\n\nsound",
        b"HTTP/1.1 200 OK\nContent-Type: audio/mpeg\n\r\nsound",
        b"ICY 200 OK\r\ncontent-type :audio/mpeg\r\n\r\nsound",
        b"HTTP/1.0 200 OK\r\nICY 200 OK\r\nContent-Type: audio/mpeg\r\n\r\nsound",
        b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nContent-Type: audio/mpeg\r\n\r\nsound",
        b"HTTP/1.1 103 Hints\r\nLink: x\r\n\r\nHTTP/1.1 100\r\n\r\nICY 200\r\nContent-Type: audio/mpeg\r\n\r\nsound",
    ],
)
def test_what_web_servers_and_shoutcast_write_is_the_same_answer(data: bytes, piece_bytes: int) -> None:
    connection = wire(data, piece_bytes)
    head = read_head(connection, "label", later)
    rest = head.rest + b"".join(iter(connection.receive, b""))  # type: ignore[arg-type]
    assert (head.status, head.headers, rest) == (200, {"content-type": "audio/mpeg"}, b"sound")


def test_a_folded_line_goes_on_with_the_one_before() -> None:
    head = read(b"HTTP/1.1 200 OK\r\nicy-name: one\r\n  two: three\r\n\tfour\r\nicy-br: 64\r\n\r\n")
    assert head.headers == {"icy-name": "one two: three four", "icy-br": "64"}


def test_all_cookies_are_kept_and_of_other_headers_the_last() -> None:
    head = read(b"HTTP/1.1 200 OK\r\nSet-Cookie: a=1\r\nset-cookie: b=2\r\nicy-br: 1\r\nicy-br: 2\r\n\r\n")
    assert head.cookies == ["a=1", "b=2"]
    assert head.headers["icy-br"] == "2"


def test_every_byte_of_a_header_is_kept() -> None:
    name = bytes(byte for byte in range(0x21, 0x100) if byte not in b"\x85\xa0")
    head = read(b"HTTP/1.1 200 OK\r\nicy-name: " + name + b"\r\n\r\n")
    assert head.headers["icy-name"].encode("latin-1") == name


@pytest.mark.parametrize(
    "line",
    [
        b"HTTP/1.1 2000 OK",
        b"HTTP/1.1 99",
        b"HTTP/1.1 " + b"2" * 5_000,
        b"HTTP/1.1 \xd9\xa2\xd9\xa0\xd9\xa0",
        b"HTTP/1.1 -20",
        b"SSH-2.0-x",
        b"",
    ],
)
def test_what_is_no_status_line_is_quoted(line: bytes) -> None:
    with pytest.raises(SourceError, match="the answer begins with") as error:
        read(line + b"\r\nx: y\r\n\r\n")
    assert error.value.cause is Cause.NOT_HTTP


def test_interim_answers_without_end_are_refused() -> None:
    with pytest.raises(SourceError, match="keeps answering 100"):
        read(b"HTTP/1.1 100 Continue\r\n\r\n" * (MAX_INTERIM_ANSWERS + 1))


def test_another_protocol_is_the_answer_to_no_request() -> None:
    assert read(b"HTTP/1.1 101 Switching Protocols\r\n\r\n").status == 101


@given(st.binary(max_size=200))
def test_any_reason_is_short_and_printable(reason: bytes) -> None:
    head = read(b"HTTP/1.1 404 " + reason.replace(b"\n", b"") + b"\r\n\r\n")
    assert head.reason.isprintable()
    assert len(head.reason) <= MAX_REASON_CHARACTERS
