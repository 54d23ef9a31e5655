from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from genred.config.schema import (
    CommandSource,
    FileSource,
    PipeSource,
    SoundcardSource,
    SourceConfig,
    StreamSource,
)
from genred.errors import SourceError
from genred.sources import open_source, parse_source
from genred.sources.address import masked

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
    ],
)
def test_a_source_on_the_command_line_is_told_by_its_form(text: str, config: SourceConfig) -> None:
    assert parse_source(text) == config


def test_a_path_is_a_file_and_so_is_a_file_url(tmp_path: Path) -> None:
    path = tmp_path / "a.mp3"
    path.touch()
    assert parse_source(str(path)) == FileSource(file=str(path))
    assert parse_source(f"file://{path}") == FileSource(file=str(path))
    assert parse_source(str(tmp_path)) == FileSource(file=str(tmp_path))


@pytest.mark.parametrize(
    ("text", "advice"),
    [
        ("", "a SOURCE is"),
        ("soundcard:", "genred devices"),
        ("rtsp://host/x", "only http:// and https://"),
        ("http://", "names no host"),
        ("http://[broken", "names no host"),
        ("missing.mp3", "no such file"),
        ("radio.example.org:8000/live", "write http://radio.example.org:8000/live"),
    ],
)
def test_what_is_no_source_is_answered_with_what_would_be_one(text: str, advice: str) -> None:
    with pytest.raises(SourceError, match=advice) as refused:
        parse_source(text)
    assert refused.value.permanent


def test_every_kind_of_source_can_be_made_and_masks_its_secrets() -> None:
    configs: list[SourceConfig] = [
        StreamSource(url="http://me:secret@host/x?token=abc&q=1"),
        FileSource(file="x.mp3"),
        SoundcardSource(),
        CommandSource(command=("rtl_fm", "--key", "secret")),
        PipeSource(),
    ]
    labels = [open_source(config).label for config in configs]
    assert labels == [
        "http://me:***@host/x?token=***&q=1",
        "x.mp3",
        "soundcard default",
        "command rtl_fm",
        "standard input",
    ]


def test_making_a_source_loads_only_the_library_that_it_needs() -> None:
    program = (
        "import sys; from genred.sources import open_source, parse_source; open_source(parse_source('-'));"
        "assert 'av' not in sys.modules and 'sounddevice' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", program], check=True, timeout=60)


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("http://host:8000/x?a=1", "http://host:8000/x?a=1"),
        ("http://me:pa@ss@host/x", "http://me:***@host/x"),
        ("http://me@host/x", "http://***@host/x"),
        ("https://host/x?Key=abc&user=me&access_token=t", "https://host/x?Key=***&user=me&access_token=***"),
        ("http://me:pa/ss@host/x", "http://***@host/x"),
        ("http://me:pa#ss@host/x", "http://***@host/x"),
        ("no address", "no address"),
    ],
)
def test_what_is_secret_in_an_address_is_masked_even_where_the_address_is_wrong(url: str, shown: str) -> None:
    assert masked(url) == shown
