"""Numbers on a command line: what is none, too small or too large is named with its bounds."""

from __future__ import annotations

from argparse import ArgumentTypeError

import pytest

from genred.cli.command_line import parse
from genred.option_numbers import seconds, whole_number


@pytest.mark.parametrize("text", ["1e10", "1e308", "1e999", "inf", "-inf", "nan", "-1", "0", "", "abc", "9" * 5_000])
def test_what_is_no_sane_number_of_seconds_is_refused(text: str) -> None:
    with pytest.raises(
        ArgumentTypeError, match="is not a number of seconds above 0 and up to 1,000,000,000"
    ) as refused:
        seconds(above=True)(text)
    assert len(str(refused.value)) < 200


def test_bounds_are_within() -> None:
    assert (seconds()("0"), seconds(most=60)("60"), seconds(above=True)("1e9"), seconds()("0.5")) == (0, 60, 1e9, 0.5)
    assert (whole_number(1, 1_024)("1"), whole_number(1, 1_024)("1024"), whole_number(-5, 0)("-5")) == (1, 1_024, -5)


@pytest.mark.parametrize("text", ["0", "1025", "-1", "1.0", "1e2", "nan", "", "\u0663", "9" * 5_000, " 1"])
def test_what_is_no_whole_number_within_its_bounds_is_refused(text: str) -> None:
    with pytest.raises(ArgumentTypeError, match="is not a whole number from 1 to 1024") as refused:
        whole_number(1, 1_024)(text)
    assert len(str(refused.value)) < 200


@pytest.mark.parametrize(
    "line",
    [
        ["listen", "x.wav", "--seconds"],
        ["demo", "--seconds"],
        ["classify", "x.wav", "--jobs"],
        ["listen", "-", "--rate"],
        ["airplay", "--min-seconds"],
        ["airplay", "--merge-under"],
        ["airplay", "--clip"],
        ["web", "--demo", "--port"],
        ["archive", "x", "--out", "y", "--jobs"],
        ["archive-worker", "tcp://x", "--jobs"],
    ],
    ids=" ".join,
)
@pytest.mark.parametrize("value", ["1e10", "1e308", "nan", "inf", "9" * 5_000])
def test_every_option_that_takes_a_number_has_bounds(
    line: list[str], value: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        parse([*line, value])
    assert ended.value.code == 2
    assert " is not " in capsys.readouterr().err
