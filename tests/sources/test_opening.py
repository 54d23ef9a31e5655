from __future__ import annotations

import subprocess
import sys

import pytest

from genred.config.schema import (
    CommandSource,
    FileSource,
    PipeSource,
    SoundcardSource,
    SourceConfig,
    StreamSource,
)
from genred.masking import masked
from genred.sources import open_source


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
        "http://me:********@host/x?token=********&q=1",
        "x.mp3",
        "soundcard default",
        "command rtl_fm",
        "standard input",
    ]


def test_making_a_source_loads_only_the_library_that_it_needs() -> None:
    program = (
        "import sys; from genred.config.schema import PipeSource; from genred.sources import open_source;"
        "open_source(PipeSource());"
        "assert 'av' not in sys.modules and 'sounddevice' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", program], check=True, timeout=60)


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("http://host:8000/x?a=1", "http://host:8000/x?a=1"),
        ("http://me:pa@ss@host/x", "http://me:********@host/x"),
        ("http://me@host/x", "http://********@host/x"),
        ("https://host/x?Key=abc&user=me&access_token=t", "https://host/x?Key=********&user=me&access_token=********"),
        ("http://me:pa/ss@host/x", "http://********@host/x"),
        ("http://me:pa#ss@host/x", "http://********@host/x"),
        ("no address", "no address"),
    ],
)
def test_what_is_secret_in_an_address_is_masked_even_where_the_address_is_wrong(url: str, shown: str) -> None:
    assert masked(url) == shown
