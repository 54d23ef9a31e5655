from __future__ import annotations

import pytest

from genred.sources.stream.playlist_text import decode_playlist, playlist_lines, unicode_form

TEXT = "#EXTM3U\r\n#EXTINF:-1,Rádio €\r\nhttp://host/stream\r\n"


@pytest.mark.parametrize("form", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32", "cp1252"])
def test_a_playlist_is_read_in_every_encoding_that_editors_write(form: str) -> None:
    assert decode_playlist(TEXT.encode(form)) == TEXT


def test_a_byte_order_mark_in_the_middle_is_nothing() -> None:
    assert decode_playlist(b"#EXTM3U\n\xef\xbb\xbfhttp://host/x\n") == "#EXTM3U\nhttp://host/x\n"


@pytest.mark.parametrize("body", [b"", b"\xff", b"\xff\xfe", b"\xff\xfe\x00", b"\x00a\x00b\x00", b"\xef\xbb"])
def test_damaged_text_is_text_all_the_same(body: bytes) -> None:
    assert isinstance(decode_playlist(body), str)


def test_audio_shows_no_unicode_form() -> None:
    assert unicode_form(b"\xff\xfb\x90\x64" + bytes(100)) is None
    assert unicode_form(b"\x00\x00\x00\x20ftypM4A ") is None


def test_only_line_feeds_and_carriage_returns_end_a_line() -> None:
    assert list(playlist_lines(" a\u2028b \r\n\r\rc\x85d\n\n")) == ["a\u2028b", "c\x85d"]
