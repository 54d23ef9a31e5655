"""`scripts/run` starts genred as its user would: where he is, with the path that he has."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.scripts.commands import REPOSITORY, Commands

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize(
    ("given", "started"),
    [
        ([], "demo"),
        (["web", "--port", "8080"], "web --demo --port 8080"),
        (["a song.mp3", "--once"], "listen a song.mp3 --once"),
    ],
)
def test_files_are_named_from_where_the_user_is(given: list[str], started: str, tmp_path: Path) -> None:
    commands = Commands(tmp_path / "bin")
    commands.add("dpkg-query", "echo installed")
    commands.add("python3")
    commands.add("venv/bin/python")
    commands.add("venv/bin/genred", 'echo "$PWD"; echo "$PATH"')
    venv = commands.folder / "venv"
    result = commands.run(str(REPOSITORY / "scripts" / "run"), *given, cwd=tmp_path, GENRED_VENV=str(venv))
    assert result.stdout.splitlines() == [str(tmp_path), str(commands.folder)], result.stderr
    assert commands.noted("genred") == [started]
