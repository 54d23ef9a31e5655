"""What is longer than a terminal is wide."""

from __future__ import annotations

import io

import pytest

from genred.terminal_text import fitted, width_of

ADDRESS = "https://host.example/" + 80 * "x"


class Tty(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.fixture
def narrow(monkeypatch: pytest.MonkeyPatch) -> Tty:
    monkeypatch.setenv("COLUMNS", "40")
    return Tty()


def test_a_width_is_always_known() -> None:
    assert width_of(io.StringIO(), {}) == 80
    assert width_of(io.StringIO(), {"COLUMNS": "40"}) == 40
    assert width_of(io.StringIO(), {"COLUMNS": "none"}) == 80


def test_lines_are_broken_between_words_and_indented(narrow: Tty) -> None:
    text = "two faults:\n  the first of them is longer than the terminal is wide-ish\n  the second is not"
    assert fitted(text, narrow) == (
        "two faults:\n  the first of them is longer than the\n    terminal is wide-ish\n  the second is not"
    )


def test_an_address_is_never_broken(narrow: Tty) -> None:
    assert fitted(f"cannot open {ADDRESS} today", narrow).split() == ["cannot", "open", ADDRESS, "today"]


def test_an_indent_that_leaves_no_room_is_given_up(narrow: Tty) -> None:
    assert fitted(10 * "words ", narrow, indent=30).splitlines()[1].startswith("  words")


def test_what_is_no_terminal_gets_each_line_whole() -> None:
    assert fitted(10 * "many words ", io.StringIO()) == 10 * "many words "
