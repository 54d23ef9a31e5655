"""Puts the manual page and the shells' completions into the wheel, made from the command line itself."""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

if TYPE_CHECKING:
    from argparse import ArgumentParser

_SECTIONS = {
    ".SH\nPOSITIONAL ARGUMENTS": ".SH COMMANDS",
    ".SH COMMENTS": ".SH EXAMPLES AND EXIT STATUS",
}
"""Headings as argparse-manpage writes them, and as manual pages have them."""

_ENDING = """
.SH FILES
.TP
.I /etc/genred/genred.yaml
The configuration of the service.
.TP
.I /var/lib/genred
The airplay log and the recordings of the service.
.SH SEE ALSO
.BR systemctl (1),
.BR journalctl (1),
.BR mosquitto_sub (1)
"""


class ManualHook(BuildHookInterface):  # type: ignore[type-arg, misc]
    """Runs for wheels; an editable installation has no place for such files."""

    PLUGIN_NAME = "custom"

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Writes the files and tells hatchling where in the environment they go."""
        if version == "editable":
            return
        self._folder = tempfile.TemporaryDirectory(prefix="genred-manual-")
        for name, text in made_of_the_command_line(Path(self.root)).items():
            path = Path(self._folder.name) / name
            path.parent.mkdir(parents=True)
            path.write_text(text, encoding="utf-8")
            build_data["shared_data"][str(path)] = name

    def finalize(self, version: str, build_data: dict[str, Any], artifact_path: str) -> None:
        """Removes them again."""
        del build_data, artifact_path
        if version != "editable":
            self._folder.cleanup()


def made_of_the_command_line(root: Path) -> dict[str, str]:
    """Gives the texts by their paths in an environment.

    Args:
        root: Of the repository.
    """
    import shtab  # noqa: PLC0415 - the three are there only while a wheel is built

    sys.path.insert(0, str(root / "daemon"))
    try:
        from genred import __version__  # noqa: PLC0415
        from genred.cli.command_line import build_parser  # noqa: PLC0415
    finally:
        sys.path.pop(0)
    return {
        "share/man/man1/genred.1": manual(build_parser(), __version__),
        "share/bash-completion/completions/genred": shtab.complete(build_parser(), "bash"),
        "share/zsh/site-functions/_genred": shtab.complete(build_parser(), "zsh"),
    }


def manual(parser: ArgumentParser, version: str) -> str:
    """Gives the manual page, in the format of man(7)."""
    from argparse_manpage.manpage import Manpage  # noqa: PLC0415

    data = {
        "project_name": "genred",
        "version": version,
        "description": "publish over MQTT which genre is on air",
        "manual_title": "User Commands",
        # The version says how new the page is; a date would make each build another one.
        "date": " ",
        "format": "single-commands-section",
    }
    text = str(Manpage(parser, _data=data, format="single-commands-section"))
    for theirs, usual in _SECTIONS.items():
        text = text.replace(theirs, usual)
    return text.rstrip("\n") + _ENDING
