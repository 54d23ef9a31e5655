"""A source in one word."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from genred.config.schema import FileSource, PipeSource, SoundcardSource, SourceConfig, StreamSource
from genred.config.source_text import parse_source
from genred.errors import ConfigError

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize(
    ("text", "config"),
    [
        ("http://host:8000/stream", StreamSource(url="http://host:8000/stream")),
        ("HTTPS://host/x.m3u8", StreamSource(url="HTTPS://host/x.m3u8")),
        ("-", PipeSource()),
        ("soundcard", SoundcardSource()),
        ("soundcard:USB Audio", SoundcardSource(soundcard="USB Audio")),
        ("soundcard:3", SoundcardSource(soundcard=3)),
        ("missing.mp3", FileSource(file="missing.mp3")),
        ("music/missing", FileSource(file="music/missing")),
        ("/srv/radio.example.org/live", FileSource(file="/srv/radio.example.org/live")),
        ("file:radio.example.org", FileSource(file="radio.example.org")),
    ],
)
def test_a_source_is_told_by_its_form(text: str, config: SourceConfig) -> None:
    assert parse_source(text) == config


def test_a_path_is_a_file_and_so_is_a_file_url(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "a.mp3"
    assert parse_source(str(path)) == FileSource(file=str(path))
    assert parse_source(f"file://{path}") == FileSource(file=str(path))
    monkeypatch.chdir(tmp_path)
    (tmp_path / "radio.example.org").touch()
    assert parse_source("radio.example.org") == FileSource(file="radio.example.org")


@pytest.mark.parametrize(
    ("text", "advice"),
    [
        ("", "is empty"),
        ("soundcard:", "genred devices"),
        ("file:", "must be followed by a path"),
        ("rtsp://host/x", "not supported"),
        ("http://", "has no host"),
        ("http://[broken", "not a valid URL"),
        ("radio.example.org:8000/live", "write http://radio.example.org:8000/live"),
        ("radio.example.org/live.mp3", "write http://radio.example.org/live.mp3"),
        ("radio.example.org", "write http://radio.example.org"),
        ("localhost:8000/live", "write http://localhost:8000/live"),
        ("192.168.1.5:8000", "write http://192.168.1.5:8000"),
        (f"radio.example.org/{'x' * 5_000}", "write http://radio.example.org"),
    ],
)
def test_what_is_no_source_is_answered_with_what_would_be_one(text: str, advice: str) -> None:
    with pytest.raises(ConfigError, match=advice):
        parse_source(text)


def test_a_token_in_an_address_without_its_scheme_is_masked() -> None:
    with pytest.raises(ConfigError) as refused:
        parse_source("radio.example.org:8000/live?token=abcdef")
    assert "abcdef" not in str(refused.value)
