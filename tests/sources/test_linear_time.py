"""What comes from outside costs time in proportion to its length, whatever it holds: one playlist must not stop all."""

from __future__ import annotations

import contextlib
import time
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from genred.config.source_text import parse_source
from genred.errors import GenredError
from genred.masking import mask_url, masked
from genred.outputs.address import parse_broker
from genred.outputs.discovery import Discovery
from genred.outputs.topics import Topics
from genred.sources.argument_secrets import masked_text
from genred.sources.framesync import find_frames
from genred.sources.hls_playlist import choose_rendition, read_media_playlist
from genred.sources.icy import IcyDemuxer, metadata_interval
from genred.sources.id3 import read_id3_title
from genred.sources.oggchain import OggChain
from genred.sources.playlist import PlaylistKind, playlist_kind, read_playlist
from genred.sources.response import whole_number
from genred.sources.titles import decode_title, make_title
from tests.outputs.events import config

if TYPE_CHECKING:
    from collections.abc import Callable

BASE = "http://host/radio/list"
SHORT = 30_000
TIMES = 8
QUADRATIC_TIMES = TIMES**2
WORTH_LOOKING_S = 0.03
"""Faster than this for the long text is fast enough to need no comparison."""

DISCOVERY = Discovery(config(1883), Topics("genred", "genred"))


def of(kind: PlaylistKind, head: bytes = b"") -> Callable[[str], object]:
    return lambda text: read_playlist(kind, head + text.encode(), BASE)


PARSERS: dict[str, Callable[[str], object]] = {
    "pls": of(PlaylistKind.PLS, b"[playlist]\n"),
    "pls value": of(PlaylistKind.PLS, b"[playlist]\nFile1=x"),
    "m3u": of(PlaylistKind.M3U, b"#EXTM3U\n"),
    "xspf": of(PlaylistKind.XSPF, b"<playlist><location>"),
    "kind of playlist": lambda text: playlist_kind(text.encode(), "audio/x-mpegurl", BASE),
    "hls master": lambda text: choose_rendition("#EXTM3U\n#EXT-X-STREAM-INF:" + text, BASE),
    "hls media": lambda text: read_media_playlist("#EXTM3U\n#EXT-X-TARGETDURATION:6\n" + text, BASE),
    "hls number": lambda text: read_media_playlist("#EXT-X-TARGETDURATION:" + text, BASE),
    "hls map": lambda text: read_media_playlist("#EXT-X-TARGETDURATION:6\n#EXT-X-MAP:" + text, BASE),
    "icy": lambda text: IcyDemuxer(1).push(text.encode()),
    "icy title": lambda text: IcyDemuxer(1).push(b"x\xffStreamTitle='" + text.encode()),
    "icy interval": metadata_interval,
    "number in a header": whole_number,
    "title": lambda text: make_title(decode_title(text.encode())),
    "id3": lambda text: read_id3_title(b"ID3\x04\x00\x00\x7f\x7f\x7f\x7f" + text.encode()),
    "ogg": lambda text: OggChain().push(text.encode()),
    "frames": lambda text: find_frames(text.encode("latin-1", "replace")),
    "masked text": mask_url,
    "masked text after a scheme": lambda text: mask_url("http://" + text),
    "masked address": lambda text: masked("http://host/?" + text),
    "standard error of a command": lambda text: masked_text(text, frozenset({"hunter2"})),
    "address of a source": parse_source,
    "address of a broker": parse_broker,
    "discovery": lambda text: DISCOVERY.is_ours("homeassistant/device/genred_genred/config", text.encode()),
}

UNITS = [
    *("a", "1", " ", "\n", "\r\n", "\n \t", "=", '"', ",", 'A="', "A=,", "A,", "@", ":", "/", "x:", "a://", "://@"),
    *("a://b:1/", "http://u:p@", "?pass", "&keytoken", "?a=b&token=c#", "../", "a\n", "file1=a\n", "File1 = \n"),
    *("#EXTINF:1,\na\n", "#EXT-X-BYTERANGE:1@1\n", "';", "';a=", "' ", " - ", "\x00", "OggS", "\xff\xfb", "ÿû"),
    *("<location>", "&#97;", "[", "{", '{"o":', "\u2028", "TIT2\x00\x00\x00\x01"),
]


def seconds(parse: Callable[[str], object], text: str) -> float:
    started_at = time.process_time()
    with contextlib.suppress(GenredError, RecursionError):
        parse(text)
    return time.process_time() - started_at


def is_linear(parse: Callable[[str], object], text: str) -> bool:
    """Whether eight times the text takes much less than 64 times the time, on the best of some tries."""
    for _ in range(4):
        long_s = seconds(parse, text * TIMES)
        if long_s < WORTH_LOOKING_S or long_s < seconds(parse, text) * QUADRATIC_TIMES / 3:
            return True
    return False


@pytest.mark.parametrize("name", PARSERS)
def test_no_text_from_outside_costs_more_than_its_length(name: str) -> None:
    slow = [unit for unit in UNITS if not is_linear(PARSERS[name], unit * (SHORT // len(unit)))]
    assert not slow


@settings(max_examples=60, deadline=None)
@given(st.sampled_from(sorted(PARSERS)), st.lists(st.sampled_from(UNITS), min_size=1, max_size=4), st.text(max_size=8))
def test_no_mixture_of_tokens_costs_more_than_its_length(name: str, units: list[str], end: str) -> None:
    text = "".join(units)
    body = text * (SHORT // len(text))
    assert is_linear(lambda whole: PARSERS[name](whole + end), body)


@pytest.mark.parametrize("digits", ["9" * 19, "9" * 5_000, "१", "-1", "1_0", ""])
def test_a_header_s_number_of_any_length_is_no_fault(digits: str) -> None:
    assert whole_number(digits) is None
    assert metadata_interval(digits) == 0
