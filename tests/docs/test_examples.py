"""What the documents say to type is what the commands and the configuration take."""

from __future__ import annotations

import re
import shlex
from contextlib import suppress
from importlib import import_module
from typing import TYPE_CHECKING

import pytest
import yaml

from genred.cli.command_line import build_parser
from genred.config.read import parse_config
from tests.docs.pages import PAGES, ROOT, blocks

if TYPE_CHECKING:
    from pathlib import Path

# The package has a function of that name.
build_command = import_module("genred_build.cli.main")


class UnderstoodError(Exception):
    """The command line was parsed, and the work would begin."""


def understand(program: str, arguments: list[str]) -> None:
    """Parses a command line as the program does.

    Raises:
        SystemExit: It does not understand it.
    """
    if program == "genred":
        build_parser().parse_args(arguments)
        return
    with suppress(UnderstoodError):
        build_command.main(arguments)


def begin() -> None:
    raise UnderstoodError


def commands(page: Path) -> list[str]:
    """The lines of shell blocks and of transcripts that call genred, without what is beside them."""
    lines = [line for block in blocks(page, "sh") for line in _lines(block)]
    lines += re.findall(r"^ *\$ (?:sudo )?(genred.*)$", page.read_text(), flags=re.MULTILINE)
    calls = [re.sub(r"\s+#.*", "", line) for line in lines]
    return [call for call in calls if re.match(r"genred(-build)? ", call)]


def _lines(block: str) -> list[str]:
    """The commands of a shell block, with its variables put in."""
    joined = block.replace("\\\n", " ")
    for name, value in re.findall(r'^(\w+)="(.*)"$', joined, flags=re.MULTILINE):
        joined = joined.replace(f"${name}", value)
    return [line.strip() for line in joined.splitlines()]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_configurations_can_be_read(page: Path) -> None:
    for block in blocks(page, "yaml"):
        if isinstance(found := yaml.safe_load(block), dict) and "stations" in found:
            parse_config(block)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_commands_are_understood(
    page: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(build_command, "one_blas_thread", begin)
    refused = []
    for call in commands(page):
        program, *arguments = shlex.split(call.split("|")[0].split(" > ")[0])
        try:
            understand(program, arguments)
        except SystemExit:
            refused.append((call, capsys.readouterr().err.strip().splitlines()[-1]))
    assert refused == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_scripts_are_there(page: Path) -> None:
    calls = [line.split()[0] for block in blocks(page, "sh") for line in block.splitlines() if line.strip()]
    named = {call for call in calls if call.startswith(("scripts/", "systemd/"))}
    assert {call for call in named if not (ROOT / call).is_file()} == set()


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_links_lead_to_files_of_the_repository(page: Path) -> None:
    links = re.findall(r"\]\((?!https?:|#)([^)#\s]+)", page.read_text())
    assert {link for link in links if not (page.parent / link).exists()} == set()


def test_the_readme_is_short() -> None:
    assert len((ROOT / "README.md").read_text().splitlines()) <= 150
