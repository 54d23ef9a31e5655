"""What is read of foreign text costs time in proportion to its length, so that no server holds the interpreter.

Doubling a text three times makes quadratic work 64 times as long and linear work 8 times; the bound lies between, and
what is over within a few milliseconds is not judged.
"""

from __future__ import annotations

import contextlib
import itertools
import time
from typing import TYPE_CHECKING, NamedTuple

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from genred.broker.address import parse_broker
from genred.broker.topics import Topics
from genred.config.schema import Config
from genred.config.source_text import parse_source
from genred.errors import GenredError
from genred.masking import mask_before_at, mask_url, masked
from genred.outputs.homeassistant.discovery import Discovery
from genred.sources.address import decode_address, resolve
from genred.sources.argument_secrets import masked_text, secrets_of
from genred.sources.http.cookies import Cookies
from genred.sources.http.head import read_head
from genred.sources.http.response import Response
from genred.sources.http.retry_after import retry_after_s
from genred.sources.source import Meter
from genred.sources.stream.feed import SYNC_BYTES, AudioFeed
from genred.sources.stream.frame_sync import find_frames
from genred.sources.stream.hls_master import audio_playlists
from genred.sources.stream.hls_playlist import read_media_playlist
from genred.sources.stream.icy import IcyDemuxer, metadata_interval, parse_block
from genred.sources.stream.id3 import read_id3_title
from genred.sources.stream.indexed_file import has_index_at_end
from genred.sources.stream.ogg_chain import OggChain
from genred.sources.stream.playlist import PlaylistKind, playlist_kind, read_playlist
from genred.sources.title_encoding import TitleDecoder, undo_misreading
from genred.sources.titles import make_title
from tests.sources.http.wire import later, wire

if TYPE_CHECKING:
    from collections.abc import Callable


BASE = "http://host/radio/list"
SMALL_BYTES = (2_048, 16_384)
"""In this order, so that what is quadratic is found before it takes minutes."""
GROWTH = 8
LARGEST_RATIO = 24
"""Between 8, which is linear, and 64, which is quadratic."""
JUDGED_S = 0.02
ATTEMPTS = 3


class Case(NamedTuple):
    name: str
    read: Callable[[str], object]
    tokens: tuple[str, ...]
    """What the grammar is made of: repeated alone, one after another, and at random."""
    heads: tuple[str, ...] = ("",)
    """What may stand before."""
    tails: tuple[str, ...] = ("",)
    """What may stand after."""


def _read_body(text: str, headers: dict[str, str], piece_bytes: int = 65_536) -> int:
    response = Response(wire(text.encode(), piece_bytes), BASE, headers, b"")
    return sum(len(data) for data in iter(lambda: response.read(4_096, later, "late"), b""))


def _keep_cookie(text: str) -> None:
    cookies = Cookies()
    cookies.take(BASE, [text.replace("\n", "") for _ in range(2)])
    cookies.header(BASE)


def _synchronise(text: str) -> None:
    """A stream of which one byte comes at a time; the longest text is cut to what is searched for the first frame."""
    data = text.encode("latin-1", "replace")[: len(text) * SYNC_BYTES // (GROWTH * SMALL_BYTES[-1])]
    response = Response(wire(data, 1), BASE, {}, b"")
    AudioFeed(response, BASE, 60.0, Meter(), titles=False)._synchronise()


def _demultiplex(text: str) -> None:
    IcyDemuxer(1).push(text.encode("latin-1", "replace"))


def _divide(text: str) -> None:
    chain, data = OggChain(), text.encode("latin-1", "replace")
    for at in range(0, len(data), 4_096):
        chain.push(data[at : at + 4_096])


def _namespace(text: str) -> None:
    """An .xspf with a long namespace and many elements in it."""
    _playlist(PlaylistKind.XSPF)(f"<playlist xmlns='{text}'>{'<a/>' * (len(text) // 4)}</playlist>")


def _playlist(kind: PlaylistKind) -> Callable[[str], object]:
    return lambda text: read_playlist(kind, text.encode("utf-8", "replace"), BASE)


_DISCOVERY = Discovery(Config(stations={}), Topics("genred", "node"))

_URL = (
    "://",
    "a://",
    "http://",
    "x:",
    "@",
    "?pass=",
    "&token=",
    "?u=",
    "&p=",
    "?pass",
    "&",
    "=",
    "#",
    " ",
    "/",
    "8000/",
    "a",
    "1",
    "é",
)
_LINE = ("\n", "\r", " ", "\t", "a", "=", "#")
_DIGITS = ("1", "0", "f", " ", ".", "_", "-", ";", "\r\n")

CASES = [
    Case(
        "a .pls", _playlist(PlaylistKind.PLS), ("file", "File1=", "1", "http://", "../", *_LINE), ("", "file", "file1=")
    ),
    Case("a .m3u", _playlist(PlaylistKind.M3U), ("a\n", "../", "http://[", "\u0301", "?", "//", *_LINE)),
    Case(
        "an .xspf",
        _playlist(PlaylistKind.XSPF),
        ("<location>", "</location>", "<a>", "<a/>", "a:", "&amp;", " x='1'", "x", "<", ">", "\n"),
        ("<playlist>", "<location>", "<playlist xmlns='", "<"),
    ),
    Case(
        "what kind of playlist", lambda text: playlist_kind(text.encode(), "audio/x-mpegurl", BASE), ("a", ".", *_LINE)
    ),
    Case("an .xspf with a namespace", _namespace, ("x", "x ")),
    Case(
        "an HLS playlist",
        lambda text: read_media_playlist(text, BASE),
        (
            "#EXTINF:",
            "#EXT-X-MAP:",
            "#EXT-X-BYTERANGE:",
            "#EXT-X-KEY:",
            "#EXT-X-PROGRAM-DATE-TIME:1970-01-01T",
            "#EXT-X-KEY:A=",
            "A",
            '"',
            ",",
            "@",
            "1",
            ".",
            "a\n",
            "URI=",
            *_LINE,
        ),
        ("#EXT-X-TARGETDURATION:", "#EXT-X-KEY:", "#EXT-X-MAP:URI=", "#EXTINF:1."),
    ),
    Case(
        "an HLS master playlist",
        lambda text: audio_playlists(text, BASE),
        ("#EXT-X-STREAM-INF:", "#EXT-X-MEDIA:", "TYPE=AUDIO,URI=", "A", "A=", '"', ",", "a\n", "CODECS=", "-", *_LINE),
        ("#EXT-X-STREAM-INF:", "#EXT-X-MEDIA:"),
    ),
    Case("a text with URLs, masked", mask_url, _URL, ("", "http://", "?"), ("", "@", "=")),
    Case("a URL, masked", masked, (*_URL, "\u0301", "[", "]"), ("", "http://", "http://h/?"), ("", "@", "=")),
    Case("a malformed URL, masked", mask_before_at, _URL, tails=("", "@")),
    Case(
        "what a command writes, masked",
        lambda text: masked_text(text, frozenset({"aaaa", "x:x:"})),
        _URL,
        tails=("", "@"),
    ),
    Case(
        "a command's argument",
        lambda text: secrets_of([text]),
        ("authorization", ":", "Basic", *_URL),
        ("", "authorization:"),
    ),
    Case("an address", lambda text: resolve(BASE, text), ("../", "a/", ".", "//", "\u0301", *_URL)),
    Case("a source in one word", parse_source, ("a", ".", "a.", "1", "1.", ":1", "-", *_URL), ("", "soundcard:")),
    Case("a broker", parse_broker, ("[", "]", "\u0301", *_URL), ("", "mqtt://", "mqtt://h:")),
    Case(
        "a foreign discovery message",
        lambda text: _DISCOVERY.is_ours(text, text.encode("utf-8", "replace")),
        ("/device/", "/config", "/", "a", "[", '{"o":', '"'),
        ("", "homeassistant/device/"),
    ),
    Case(
        "an ICY block",
        lambda text: parse_block(text.encode("latin-1", "replace"), TitleDecoder()),
        ("StreamTitle='", "'", ";", "';", "a", "=", " ", "\0", "\n"),
        ("", "StreamTitle='", "StreamTitle='';"),
    ),
    Case("ICY blocks", _demultiplex, ("a\0", "\0", "a\1StreamTitle='a';", "a", "\xff")),
    Case(
        "a title",
        lambda text: make_title(TitleDecoder().decode(text.encode("latin-1", "replace"))),
        (" - ", " ", "-", "a", "\xff", "&amp;", "&", "&#", "9", "&a", "\xc3\xa9", "\xd0"),
    ),
    Case("a misread title", undo_misreading, ("Ã©", "Р°", "Êèíî", "é", "a", " ", "â€™", "\x80")),
    Case(
        "an ID3 tag", lambda text: read_id3_title(text.encode("latin-1", "replace")), ("TIT2", "\0", "\1", "a", "\x7f")
    ),
    Case("ICY's interval", metadata_interval, _DIGITS),
    Case("a length in a header", lambda text: _read_body("", {"content-length": text}), _DIGITS),
    Case("chunks", lambda text: _read_body(text, {"transfer-encoding": "chunked"}), ("1\r\na\r\n", "f\r\n", *_DIGITS)),
    Case("chunks in bytes", lambda text: _read_body(text, {"transfer-encoding": "chunked"}, 1), ("1\r\na", *_DIGITS)),
    Case(
        "an answer's head, byte by byte",
        lambda text: read_head(wire(text.encode(), 1), BASE, later),
        ("a:", "\r\n", "\r\n\r", "\n", "\r", " ", "a", ":"),
        ("", "HTTP/1.1 200 OK\r\n", "HTTP/1.1 "),
    ),
    Case(
        "a compressed body",
        lambda text: _read_body(text, {"content-encoding": "deflate"}, 4_096),
        ("\x00", "\x01", "K", "\x1f\x0b\x08", "x\x01", "a"),
        ("", "\x03\x00", "K\x04\x00"),
    ),
    Case(
        "a cookie",
        _keep_cookie,
        ("a", "=", ";", " ", '"', "; expires=", "1", "-", ":", "Domain=", ".", "Mon, "),
        ("", "a=1; expires="),
    ),
    Case(
        "a wait that a server asks for",
        lambda text: retry_after_s({"retry-after": text, "date": text}),
        ("Mon, ", "1", ":", "+", "-", " ", "(", "GMT", "a"),
    ),
    Case(
        "a redirect's address",
        lambda text: decode_address(text.encode("latin-1", "replace")),
        ("%", "é", "\x1b", *_URL),
    ),
    Case(
        "where a file's index stands",
        lambda text: has_index_at_end(text.encode("latin-1", "replace")),
        ("\0\0\0\x08free", "\0\0\0\x08ftyp", "SSND", "COMM"),
        ("", "FORM\0\0\0\0AIFF"),
    ),
    Case(
        "frames",
        lambda text: find_frames(text.encode("latin-1", "replace")),
        ("\xff", "\xff\xfb\x90d", "\xff\xf1P\x80", "a"),
    ),
    Case("frames, byte by byte", _synchronise, ("\xff", "\xff\xfb\x90d", "\xff\xf1P\x80", "a")),
    Case("Ogg pages", _divide, ("OggS", "O", "OggS\0\2" + 21 * "\0", "OggS\0\0" + 20 * "\0" + "\xff", "\xff", "a")),
]


def _read(case: Case, text: str) -> None:
    # Most of these texts are refused, which must be cheap as well; anything but a refusal is a fault.
    with contextlib.suppress(GenredError):
        case.read(text)


def _once(case: Case, text: str) -> float:
    begun = time.process_time()
    _read(case, text)
    return time.process_time() - begun


def _seconds(case: Case, text: str) -> float:
    return min(_once(case, text) for _ in range(3))


def _repeated(head: str, token: str, tail: str, length: int) -> str:
    return head + token * (length // len(token)) + tail


def assert_linear(case: Case, head: str, token: str, tail: str) -> None:
    for length in SMALL_BYTES:
        _assert_linear_from(length, case, head, token, tail)


def _assert_linear_from(length: int, case: Case, head: str, token: str, tail: str) -> None:
    large = _repeated(head, token, tail, GROWTH * length)
    small = _repeated(head, token, tail, length)
    large_s = _once(case, large)
    if large_s <= JUDGED_S or large_s < LARGEST_RATIO * _seconds(case, small):
        return
    ratios = []
    for _ in range(ATTEMPTS):
        large_s, small_s = _seconds(case, large), _seconds(case, small)
        if large_s <= JUDGED_S or large_s < LARGEST_RATIO * small_s:
            return
        ratios.append(large_s / small_s)
    pytest.fail(
        f"{case.name}: {head!r}, many {token!r} and {tail!r}: {GROWTH} times the text takes {ratios} times as long"
    )


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_a_token_without_end_costs_time_in_proportion_to_its_length(case: Case) -> None:
    for head, token, tail in itertools.product(case.heads, case.tokens, case.tails):
        assert_linear(case, head, token, tail)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
@settings(max_examples=15, deadline=None, derandomize=True)
@given(data=st.data())
def test_any_mixture_of_tokens_costs_time_in_proportion_to_its_length(case: Case, data: st.DataObject) -> None:
    head = data.draw(st.sampled_from(case.heads))
    token = "".join(data.draw(st.lists(st.sampled_from(case.tokens), min_size=2, max_size=6)))
    assert_linear(case, head, token, data.draw(st.sampled_from(case.tails)))


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_no_number_is_too_long_to_be_refused(case: Case) -> None:
    for head in case.heads:
        _read(case, f"{head}{'1' * 5_000}")
