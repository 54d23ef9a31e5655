"""Names on a command line as the files that they stand for."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from genred.classification.expansion import expand
from genred.classification.file import FileClassifier
from genred.classification.target import Target, name_of, path_b64
from genred.config.schema import PipeSource, StreamSource
from genred.errors import SourceError

if TYPE_CHECKING:
    from genred.analysis.bundle import ModelBundle

PIPE = PipeSource(rate_hz=8_000)


def expanded(*names: str | Path) -> list[Target | SourceError]:
    return list(expand([str(name) for name in names], PIPE))


def put(path: Path, content: bytes = b"x") -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    return path


def test_files_addresses_and_standard_input_are_what_they_are(tmp_path: Path) -> None:
    assert expanded(tmp_path / "a.wav", "https://host/a.mp3", "-", f"file://{tmp_path}/b.wav") == [
        tmp_path / "a.wav",
        StreamSource(url="https://host/a.mp3"),
        PIPE,
        tmp_path / "b.wav",
    ]


def test_a_folder_is_all_audio_under_it(tmp_path: Path) -> None:
    files = [put(tmp_path / name) for name in ("a.wav", "b/c.MP3")]
    put(tmp_path / "notes.txt")
    assert expanded(tmp_path) == files
    (error,) = expanded(put(tmp_path / "empty" / "notes.txt").parent)
    assert isinstance(error, SourceError)
    assert "contains no audio files" in str(error)


def test_a_playlists_entries_are_found_beside_it(tmp_path: Path) -> None:
    beside, below, outside = (put(tmp_path / name) for name in ("list/a.mp3", "list/b c/d.mp3", "e.mp3"))
    lines = f"\ufeff#EXTM3U\r\n#EXTINF:1,x\r\na.mp3\r\nb c\\d.mp3\r\n{outside}\r\nhttp://host/x.mp3\r\nnowhere.mp3\r\n"
    playlist = put(tmp_path / "list" / "l.m3u", lines.encode())
    assert expanded(playlist) == [
        beside,
        below,
        outside,
        StreamSource(url="http://host/x.mp3"),
        tmp_path / "list" / "nowhere.mp3",
    ]


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("l.pls", "[playlist]\nFile2=b.mp3\nFile1=a%20a.mp3\n"),
        (
            "l.xspf",
            "<playlist><track><location>a%20a.mp3</location></track><track><location>b.mp3</location></track></playlist>",
        ),
        ("l.m3u8", "a a.mp3\nb.mp3\n"),
    ],
)
def test_playlists_of_each_kind_are_followed(name: str, content: str, tmp_path: Path) -> None:
    files = [put(tmp_path / each) for each in ("a a.mp3", "b.mp3")]
    assert expanded(put(tmp_path / name, content.encode())) == files


def test_an_entry_that_is_no_utf_8_is_kept_byte_for_byte(tmp_path: Path) -> None:
    (target,) = expanded(put(tmp_path / "l.m3u", b"caf\xe9.mp3\n"))
    assert isinstance(target, Path)
    assert os.fsencode(target) == os.fsencode(tmp_path) + b"/caf\xe9.mp3"
    assert name_of(target).endswith("caf\ufffd.mp3")
    assert path_b64(target) is not None


@pytest.mark.parametrize(
    ("name", "fault"),
    [
        ("soundcard", "genred listen soundcard"),
        ("rtsp://host/x", "not supported"),
        ("", "the name of a file is empty"),
        ("nowhere.m3u", "no such file"),
        ("empty.m3u", "the file is empty"),
        ("comments.m3u", "the playlist is empty"),
        ("hls.m3u8", "is an HLS playlist"),
    ],
)
def test_what_cannot_be_classified_says_why(
    name: str, fault: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    put(tmp_path / "empty.m3u", b"")
    put(tmp_path / "comments.m3u", b"#EXTM3U\n# nothing\n")
    put(tmp_path / "hls.m3u8", b"#EXTM3U\n#EXT-X-TARGETDURATION:6\n1.ts\n")
    (error,) = expanded(name)
    assert isinstance(error, SourceError)
    assert fault in str(error)


@pytest.mark.parametrize("entry", ["x" * 400 + ".mp3", "file:///x%00.mp3", "file://[x/y.mp3", "file:///" + "x" * 400])
def test_an_entry_that_no_file_can_be_called_fails_alone(entry: str, tmp_path: Path, tiny_bundle: ModelBundle) -> None:
    song = put(tmp_path / "a.mp3")
    first, second = expanded(put(tmp_path / "l.m3u", f"{entry}\na.mp3\n".encode()))
    assert second == song
    assert isinstance(first, Path)
    with pytest.raises(SourceError, match=r"cannot be read|no such file"):
        FileClassifier(tiny_bundle).classify(first)


def test_passwords_of_an_address_are_not_named() -> None:
    assert name_of(StreamSource(url="http://me:hunter2@host/x")) == "http://me:********@host/x"
