"""Text from outside, made fit to be shown."""

from __future__ import annotations

import pytest

from genred.printable import printable, printable_lines, valid_unicode


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("Ünïcödé 音楽 🎵.wav", "Ünïcödé 音楽 🎵.wav"),
        ("new\nline", "new\\nline"),
        ("bell\x07\x1b[31m", "bell\\x07\\x1b[31m"),
        ("\x9b31m", "\\x9b31m"),
        ("caf\udce9", "caf\ufffd"),
        ("gpj.\u202eexe", "gpj.\\u202eexe"),
        ("👩\u200d🎤", "👩\u200d🎤"),
        ("a\u2028b", "a\\u2028b"),
    ],
)
def test_nothing_that_a_terminal_obeys_is_left(text: str, shown: str) -> None:
    assert printable(text) == shown


def test_lines_of_a_message_stay_lines() -> None:
    assert printable_lines("two\n  lines\x1b") == "two\n  lines\\x1b"


def test_valid_unicode_changes_only_what_no_encoding_holds() -> None:
    assert valid_unicode("a\nb\x07\udce9") == "a\nb\x07\ufffd"
    valid_unicode("\ud800\udfff").encode()
