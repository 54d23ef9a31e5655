from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from genred.sources.source import Title
from genred.sources.stream.icy import IcyDemuxer, metadata_interval, parse_block
from genred.sources.stream.id3 import read_id3_title
from genred.sources.title_encoding import TitleDecoder
from genred.sources.titles import MAX_TITLE_CHARACTERS, NO_TITLE, TitleFilter, make_tagged_title, make_title
from tests.sources.hostile import icy_block


@pytest.mark.parametrize(
    ("text", "artist", "song"),
    [
        ("Nina Simone - Sinnerman", "Nina Simone", "Sinnerman"),
        ("AC-DC - T.N.T.", "AC-DC", "T.N.T."),
        ("A - B - C", None, None),
        ("The news", None, None),
        ("Jay-Z", None, None),
        ("Tail - ", None, None),
    ],
)
def test_artist_and_song_are_split_only_where_that_is_unambiguous(
    text: str, artist: str | None, song: str | None
) -> None:
    title = make_title(text)
    assert (title.artist, title.song) == (artist, song)
    whole = make_title(text, is_song=False)
    assert (whole.text, whole.artist, whole.song) == (title.text, None, None)


@pytest.mark.parametrize("text", ["", "  ", " - ", "\x00\x01", "\u200b\u202e", "–", "&nbsp;", "&#0; - &#x200b;"])
def test_emptied_titles_say_that_there_is_none(text: str) -> None:
    assert make_title(text) == NO_TITLE


@pytest.mark.parametrize(
    ("text", "clean"),
    [
        ("Simon &amp; Garfunkel &#8211; Mrs. Robinson", "Simon & Garfunkel – Mrs. Robinson"),
        ("Simon &amp;amp; Garfunkel", "Simon & Garfunkel"),
        ("Rock &#39;n&apos; Roll &quot;live&quot;", "Rock 'n' Roll \"live\""),
        ("Caf&eacute; &#xE9;t&#XE9;", "Café été"),
        ("rock&reggae; drum&bass &copy AT&T &;", "rock&reggae; drum&bass &copy AT&T &;"),
        ("&#" + "9" * 5_000 + ";", ("&#" + "9" * 5_000 + ";")[:MAX_TITLE_CHARACTERS]),
        ("&#27;[31mred&#7;", "[31mred"),
        ("&#xD800;&#1114112;x", "x"),
        ("&lt;b&gt;", "<b>"),
    ],
)
def test_entities_are_decoded_and_nothing_that_only_looks_like_one(text: str, clean: str) -> None:
    assert make_title(text).text == clean


def test_control_characters_and_invisible_signs_are_taken_out() -> None:
    title = make_title("\x1b[31mRed\r\n\x07 alert\u202e\x00 now")
    assert title == Title("[31mRed alert now")


@given(st.text(max_size=6_000))
def test_no_text_makes_a_title_that_is_long_or_not_printable(text: str) -> None:
    title = make_title(text)
    assert len(title.text) <= MAX_TITLE_CHARACTERS
    assert title.text.isprintable()
    assert title.text == title.text.strip()


def test_the_same_title_again_is_no_news() -> None:
    titles = TitleFilter()
    announced = (NO_TITLE, Title("a"), Title("a"), None, Title("b"), NO_TITLE, NO_TITLE, Title("b"))
    assert [titles.changed(title) for title in announced] == [False, True, False, False, True, True, False, True]


def test_tags_without_an_artist_give_the_song_alone() -> None:
    assert make_tagged_title(None, "Song") == Title("Song")
    assert make_tagged_title("A", "B - C") == Title("A - B - C", "A", "B - C")
    assert make_tagged_title("Artist", None) is None
    assert make_tagged_title("Artist", "") == NO_TITLE


@pytest.mark.parametrize(
    ("block", "text"),
    [
        (b"StreamTitle='It's a \"quote\"; isn't it';StreamUrl='http://x';\x00\x00", "It's a \"quote\"; isn't it"),
        (b"StreamTitle='No semicolon'\x00\x00\x00", "No semicolon"),
        (b"StreamUrl='x';StreamTitle='Second';", "Second"),
        (b"StreamTitle='';", ""),
        (b"StreamTitle=' - ';StreamUrl='';", ""),
        (b"\x00" * 16, None),
        (b"StreamTitle='cut off", None),
    ],
)
def test_icy_blocks_give_their_title(block: bytes, text: str | None) -> None:
    title = parse_block(block, TitleDecoder())
    assert (None if title is None else title.text) == text


def test_an_advert_that_says_so_has_no_artist() -> None:
    block = b"StreamTitle='Acme - Buy now';adw_ad='true';durationMilliseconds='30000';"
    assert parse_block(block, TitleDecoder()) == Title("Acme - Buy now")


@given(
    interval=st.integers(1, 50),
    titles=st.lists(st.sampled_from([b"", b"one", b"two - three", b"x" * 4_000]), min_size=1, max_size=6),
    cuts=st.lists(st.integers(1, 40), min_size=1, max_size=10),
)
def test_icy_gives_audio_and_titles_whatever_the_pieces(interval: int, titles: list[bytes], cuts: list[int]) -> None:
    audio = bytes(range(256)) * 2
    stream = b""
    for number, title in enumerate(titles):
        stream += audio[number * interval : (number + 1) * interval] + (icy_block(title) if title else b"\x00")
    demuxer = IcyDemuxer(interval)
    found, heard = [], b""
    position = index = 0
    while position < len(stream):
        size = cuts[index % len(cuts)]
        piece, blocks = demuxer.push(stream[position : position + size])
        heard += piece
        found += [parse_block(block, TitleDecoder()) or NO_TITLE for block in blocks]
        position, index = position + size, index + 1
    assert heard == audio[: len(titles) * interval]
    assert [title.text for title in found] == [title.decode()[:MAX_TITLE_CHARACTERS] for title in titles if title]


@pytest.mark.parametrize(("header", "interval"), [("16000", 16_000), ("", 0), ("-5", 0), ("99999999999", 0), ("x", 0)])
def test_a_senseless_interval_means_no_metadata(header: str, interval: int) -> None:
    assert metadata_interval(header) == interval


def _id3(version: int, *frames: tuple[bytes, bytes]) -> bytes:
    def size(count: int, *, syncsafe: bool) -> bytes:
        return bytes(count >> 7 * shift & 0x7F for shift in (3, 2, 1, 0)) if syncsafe else count.to_bytes(4, "big")

    body = b"".join(name + size(len(text), syncsafe=version >= 4) + b"\0\0" + text for name, text in frames)
    return b"ID3" + bytes([version, 0, 0]) + size(len(body), syncsafe=True) + body


@pytest.mark.parametrize("version", [3, 4])
@pytest.mark.parametrize(
    "encode",
    [
        lambda text: b"\x00" + text.encode("latin-1"),
        lambda text: b"\x01" + text.encode("utf-16"),
        lambda text: b"\x02" + text.encode("utf-16-be"),
        lambda text: b"\x03" + text.encode() + b"\x00",
    ],
)
def test_id3_tags_give_artist_and_song_in_every_encoding(version: int, encode: object) -> None:
    assert callable(encode)
    long_frame = (b"PRIV", b"x" * 200)
    tag = _id3(version, long_frame, (b"TPE1", encode("Björk")), (b"TIT2", encode("Jóga")))
    assert read_id3_title(tag) == Title("Björk - Jóga", "Björk", "Jóga")


@pytest.mark.parametrize("body", [b"", b"\x00", b"\x03", b"\x01\xff\xfe", b"\x03 \x00"])
def test_an_emptied_id3_title_says_that_there_is_none(body: bytes) -> None:
    assert read_id3_title(_id3(4, (b"TIT2", body), (b"TALB", b"\x03x"))) in ({NO_TITLE} if body else {None, NO_TITLE})


@given(st.binary(max_size=300))
def test_damaged_id3_is_survived(data: bytes) -> None:
    read_id3_title(b"ID3\x04\x00\x00" + data)
    read_id3_title(data)
