"""Files behind an address whose index stands at their end."""

from __future__ import annotations

import subprocess
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from genred.cause import Cause
from genred.config.schema import StreamSource
from genred.errors import SourceError
from genred.sources.stream.indexed_file import MAX_REQUESTS, has_index_at_end
from genred.sources.stream.internet_stream import InternetStream
from tests.sources import hostile, sounds
from tests.sources.collect import Collected, collect

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.sources.hostile import HostileServer, Line

SECONDS = 40.0


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """An M4A as ffmpeg writes it into a file: sound first, index last."""
    path: Path = tmp_path_factory.mktemp("m4a") / "x.m4a"
    tone = f"sine=frequency=440:sample_rate=44100:duration={SECONDS}"
    tags = ("-metadata", "artist=Björk", "-metadata", "title=Jóga")
    sound = ("-f", "lavfi", "-i", tone, "-c:a", "aac", "-b:a", "192k", *tags)
    subprocess.run(["ffmpeg", "-v", "error", *sound, str(path)], check=True, timeout=60)
    data = path.read_bytes()
    assert data.find(b"mdat") < data.find(b"moov")
    return data


def serve(data: bytes, *, announces_length: bool = True, gives_parts: bool = True) -> Callable[[Line], None]:
    def behave(line: Line) -> None:
        wanted = line.header("Range")
        begin = int(wanted.removeprefix("bytes=").partition("-")[0]) if wanted and gives_parts else 0
        length = f"Content-Length: {len(data) - begin}\r\n" if announces_length else ""
        part = f"Content-Range: bytes {begin}-{len(data) - 1}/{len(data)}\r\n" if wanted and gives_parts else ""
        code = "206 Partial Content" if part else "200 OK"
        line.send(f"HTTP/1.1 {code}\r\nContent-Type: audio/mp4\r\n{length}{part}\r\n".encode() + data[begin:])

    return behave


def listen(url: str) -> Collected:
    return collect(InternetStream(StreamSource(url=url, stall_timeout_s=30.0)), until_s=19.0)


@pytest.mark.parametrize("announces_length", [True, False])
def test_it_is_read_in_parts(announces_length: bool, file: bytes, server: HostileServer) -> None:
    heard = listen(server.on("/x.m4a", serve(file, announces_length=announces_length)))
    assert heard.error is None
    assert heard.seconds == pytest.approx(19.0, abs=1.0)
    assert heard.tone_hz() == pytest.approx(440, abs=1)
    assert [title.text for title in heard.titles] == ["Björk - Jóga"]
    assert heard.infos[0].codec == "aac"
    assert len(server.requests) <= 5


def test_a_server_that_gives_no_parts_is_told_what_would_help(file: bytes, server: HostileServer) -> None:
    heard = listen(server.on("/x.m4a", serve(file, gives_parts=False)))
    assert isinstance(heard.error, SourceError)
    assert (heard.error.cause, heard.error.permanent) == (Cause.UNUSABLE, True)
    assert "+faststart" in str(heard.error)


def test_a_file_that_changes_between_two_parts_is_not_put_together(file: bytes, server: HostileServer) -> None:
    heard = listen(server.on("/x.m4a", serve(file), serve(file + b"more")))
    assert isinstance(heard.error, SourceError)
    assert "changed" in str(heard.error)


def test_the_password_of_an_address_is_sent_for_each_part(file: bytes, server: HostileServer) -> None:
    server.on("/x.m4a", hostile.redirect("/y.m4a"))
    server.on("/y.m4a", serve(file))
    heard = listen(server.url("/x.m4a", credentials="me:secret@"))
    assert heard.error is None
    assert all("Authorization" in request for request in server.requests)


def test_a_damaged_index_is_an_error_of_the_source_and_asks_for_no_end_of_parts(
    file: bytes, server: HostileServer
) -> None:
    index = file.find(b"moov")
    damaged = file[:index] + bytes((byte * 7 + 3) % 256 for byte in file[index:])
    heard = listen(server.on("/x.m4a", serve(damaged)))
    assert isinstance(heard.error, SourceError)
    assert len(server.requests) <= MAX_REQUESTS


def test_a_file_that_ends_before_its_index_is_an_error_of_the_source(file: bytes, server: HostileServer) -> None:
    heard = listen(server.on("/x.m4a", serve(file[: len(file) // 2])))
    assert isinstance(heard.error, SourceError)


def test_an_index_at_the_beginning_or_in_pieces_needs_no_parts(server: HostileServer) -> None:
    heard = listen(server.on("/x.m4a", serve(sounds.encoded(sounds.M4A, 3.0), gives_parts=False)))
    assert heard.error is None
    assert len(server.requests) == 1


def box(kind: bytes, size: int = 8) -> bytes:
    return size.to_bytes(4, "big") + kind + bytes(max(0, size - 8))


@pytest.mark.parametrize(
    ("head", "expected"),
    [
        (box(b"ftyp", 32) + box(b"mdat", 5_000), True),
        (box(b"ftyp", 32) + box(b"free", 8) + box(b"mdat", 5_000), True),
        (box(b"wide") + box(b"mdat", 5_000), True),
        (box(b"ftyp", 32) + box(b"moov", 5_000), False),
        (box(b"ftyp", 32) + box(b"free", 9_000)[:100], True),
        (box(b"ftyp", 32) + box(b"moof", 5_000), False),
        (b"FORM\0\0\0\0AIFFSSND" + bytes(100), True),
        (b"FORM\0\0\0\0AIFFCOMM" + bytes(30) + b"SSND" + bytes(100), False),
        (b"ID3\x04" + bytes(100), False),
        (b"", False),
    ],
)
def test_where_the_index_stands_shows_at_the_beginning(head: bytes, expected: bool) -> None:
    assert has_index_at_end(head) is expected


@given(st.binary(max_size=600))
def test_any_beginning_is_judged(head: bytes) -> None:
    has_index_at_end(b"\0\0\0\x08ftyp" + head)
    has_index_at_end(head)
