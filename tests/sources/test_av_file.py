"""Faults of what FFmpeg reads from come out as they are, once."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

import av
import pytest

from genred.config.schema import StreamSource
from genred.sources.av_file import AvFile, SeekableAvFile
from genred.sources.stream.internet_stream import InternetStream
from tests.sources import hostile, sounds
from tests.sources.collect import collect

if TYPE_CHECKING:
    from tests.sources.hostile import HostileServer, Line


class Failing(io.BytesIO):
    """Fails at every call from some byte on."""

    def __init__(self, data: bytes, from_byte: int, *, at_seek: bool = False) -> None:
        super().__init__(data)
        self.failures = 0
        self._from_byte = from_byte
        self._at_seek = at_seek

    def _fail(self) -> None:
        self.failures += 1
        raise ConnectionError(f"fault {self.failures}")

    def read(self, size: int | None = -1) -> bytes:
        if self.tell() >= self._from_byte:
            self._fail()
        return super().read(size)

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        if self._at_seek:
            self._fail()
        return super().seek(offset, whence)


def decode(file: AvFile, form: str) -> None:
    with av.open(file, "r", format=form) as container:
        for packet in container.demux(audio=0):
            packet.decode()


@pytest.mark.parametrize("form", ["mp3", "ogg", "mov", "wav"])
@pytest.mark.parametrize("from_byte", [0, 1, 5_000, 20_000])
@pytest.mark.parametrize("seekable", [False, True])
def test_a_reader_that_fails_and_fails_is_heard_of_once(
    form: str, from_byte: int, seekable: bool, capfd: pytest.CaptureFixture[str]
) -> None:
    kind = {"mp3": sounds.MP3, "ogg": sounds.OGG_VORBIS, "mov": sounds.M4A, "wav": sounds.WAV}[form]
    failing = Failing(sounds.encoded(kind, 10.0), from_byte)
    file = SeekableAvFile(failing.read, failing.seek, failing.tell) if seekable else AvFile(failing.read)
    with pytest.raises(ConnectionError, match="fault 1"):
        decode(file, form)
    assert failing.failures == 1
    assert capfd.readouterr().err == ""


def test_a_seek_that_fails_is_heard_of_once(capfd: pytest.CaptureFixture[str]) -> None:
    failing = Failing(sounds.encoded(sounds.M4A, 10.0), 1 << 30, at_seek=True)
    with pytest.raises((ConnectionError, av.FFmpegError)):
        decode(SeekableAvFile(failing.read, failing.seek, failing.tell), "mov")
    assert failing.failures == 1
    assert "being dropped" not in capfd.readouterr().err


def test_a_stream_that_breaks_off_while_it_is_opened_is_heard_of_once(
    server: HostileServer, capfd: pytest.CaptureFixture[str]
) -> None:
    def break_off(line: Line) -> None:
        line.send(hostile.OK + sounds.encoded(sounds.OGG_VORBIS, 10.0)[:2_000])
        line.reset()

    assert collect(InternetStream(StreamSource(url=server.on("/x", break_off)))).error is not None
    assert "being dropped" not in capfd.readouterr().err
