"""Outputs as their readers can take them."""

from __future__ import annotations

import io
import json
import os
from typing import TYPE_CHECKING

import numpy as np
import pytest

from genred.cli.streams import has_colours, is_drawable, signs_for
from tests.cli.run_genred import genred
from tests.cli.wav import write_wav
from tests.signals import SOUNDS

if TYPE_CHECKING:
    from pathlib import Path


class Tty(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize(
    ("environment", "drawable", "colours"),
    [
        ({"TERM": "xterm"}, True, True),
        ({"TERM": "xterm", "NO_COLOR": "1"}, True, False),
        ({"TERM": "xterm", "NO_COLOR": ""}, True, True),
        ({"TERM": "dumb"}, False, False),
        ({}, False, False),
    ],
)
def test_colours_are_for_terminals_that_have_them(environment: dict[str, str], drawable: bool, colours: bool) -> None:
    assert (is_drawable(Tty(), environment), has_colours(Tty(), environment)) == (drawable, colours)
    assert not has_colours(io.StringIO(), environment)


def test_signs_are_those_of_the_encoding() -> None:
    assert signs_for("utf-8").full == "█"
    assert signs_for("latin-1").full.isascii()
    assert signs_for(None).fit("a · b … ü") == "a | b ... \\xfc"


def clip(folder: Path) -> Path:
    return write_wav(folder / "Ünïcödé.wav", SOUNDS["jazz"](6, np.random.default_rng(1)))


@pytest.mark.parametrize(
    "environment", [{"LC_ALL": "C"}, {"PYTHONIOENCODING": "ascii"}, {"PYTHONIOENCODING": "latin-1"}]
)
def test_no_encoding_ends_a_command_and_json_is_utf_8(
    environment: dict[str, str], tmp_path: Path, tiny_model_path: Path
) -> None:
    path = clip(tmp_path)
    environment = {**os.environ, **environment}
    text = genred("classify", "--model", tiny_model_path, path, env=environment, encoding="latin-1")
    assert text.returncode == 0, text.stderr
    assert "jazz" in text.stdout
    assert "█" not in text.stdout
    found = genred("classify", "--json", "--model", tiny_model_path, path, env=environment, encoding="utf-8")
    assert json.loads(found.stdout)["path"] == str(path)
