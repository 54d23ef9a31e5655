"""Headers of WAV files that give less than there is, and those that only seem to."""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING

import numpy as np
import pytest

from genred.config.schema import FileSource
from genred.sources.file import FilePlayer
from genred.sources.wav_header import find_understatement
from tests.sources.collect import collect

if TYPE_CHECKING:
    from pathlib import Path

PCM = (np.random.default_rng(1).standard_normal(22_050 * 4) * 3_000).astype("<i2").tobytes()
FORMAT = b"fmt " + struct.pack("<IHHIIHH", 16, 1, 1, 22_050, 44_100, 2, 16)
UNKNOWN = 0xFFFF_FFFF


def wav(data_size: int, *, magic: bytes = b"RIFF", before: bytes = b"", body: bytes = PCM, after: bytes = b"") -> bytes:
    size = struct.pack("<I", min(data_size + 36, UNKNOWN))
    return magic + size + b"WAVE" + before + FORMAT + b"data" + struct.pack("<I", data_size) + body + after


def ds64(data_size: int) -> bytes:
    return b"ds64" + struct.pack("<IQQQI", 28, 0, data_size, 0, 0)


def chunk(name: bytes, body: bytes) -> bytes:
    return name + struct.pack("<I", len(body)) + body + bytes(len(body) % 2)


SHORT = {
    "data": wav(44_100),
    "odd": wav(44_101),
    "RF64": wav(UNKNOWN, magic=b"RF64", before=ds64(44_100)),
    "RF64 of 0": wav(UNKNOWN, magic=b"RF64", before=ds64(0)),
    "with a chunk before": wav(44_100, before=chunk(b"bext", bytes(603))),
}


@pytest.mark.parametrize("content", SHORT.values(), ids=SHORT)
def test_a_header_that_gives_too_little_is_read_to_its_end_and_named(content: bytes, tmp_path: Path) -> None:
    path = tmp_path / "recorder died.wav"
    path.write_bytes(content)
    heard = collect(FilePlayer(FileSource(file=str(path), pace="fast")))
    assert heard.error is None
    assert heard.seconds == pytest.approx(4.0, abs=0.01)
    (info,) = heard.infos
    assert info.duration_s == pytest.approx(4.0, abs=0.01)
    assert info.note is not None
    assert "read to its end" in info.note


RIGHT = {
    "right": wav(len(PCM)),
    "unknown": wav(UNKNOWN),
    "zero": wav(0),
    "too large": wav(len(PCM) + 44),
    "tags behind": wav(44_100, body=PCM[:44_100], after=chunk(b"LIST", bytes(90_001)) + chunk(b"id3 ", bytes(30))),
    "padding behind": wav(44_100, body=PCM[:44_100], after=bytes(3_000)),
    "ID3v1 behind": wav(44_100, body=PCM[:44_100], after=b"TAG" + bytes(125)),
    "no data": b"RIFF\x24\0\0\0WAVE" + FORMAT,
    "no format": b"RIFF\x24\0\0\0WAVEdata\x01\0\0\0" + PCM,
    "no WAVE": b"RIFF\x24\0\0\0AVI " + PCM,
}


@pytest.mark.parametrize("content", RIGHT.values(), ids=RIGHT)
def test_other_headers_are_believed(content: bytes, tmp_path: Path) -> None:
    path = tmp_path / "x.wav"
    path.write_bytes(content)
    assert find_understatement(path) is None
