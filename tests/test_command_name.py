"""What a user is told to type runs the program that told it."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import pytest

from genred.command_name import command_name

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def program(tmp_path: Path) -> Path:
    path = tmp_path / "an environment" / "bin" / "genred"
    path.parent.mkdir(parents=True)
    path.touch(0o755)
    return path


def test_name_where_the_shell_finds_it(program: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    link = tmp_path / "bin" / "genred"
    link.parent.mkdir()
    link.symlink_to(program)
    monkeypatch.setenv("PATH", str(link.parent))
    for started in (program, link):
        monkeypatch.setattr(sys, "argv", [str(started), "demo"])
        assert command_name() == "genred"


def test_path_where_the_shell_finds_none_or_another(
    program: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "argv", [str(program), "demo"])
    monkeypatch.setenv("PATH", str(tmp_path))
    assert command_name() == f"'{program}'"
    (tmp_path / "genred").touch(0o755)
    assert command_name() == f"'{program}'"
    monkeypatch.chdir(program.parent.parent)
    monkeypatch.setattr(sys, "argv", ["bin/genred", "demo"])
    assert command_name() == "bin/genred"


def test_name_where_another_program_uses_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "argv", ["/usr/bin/pytest"])
    assert command_name() == "genred"
