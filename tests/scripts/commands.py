"""Commands that note how they are called, in place of those that change a machine."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

REPOSITORY = Path(__file__).parents[2]
_NEEDED = ("cat", "chmod", "cksum", "dirname", "env", "mkdir", "rm", "sed", "sh", "sleep", "tr")


class Commands:
    """A folder of programs: nothing else is on the path of what runs with it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.notes = folder / "notes"
        folder.mkdir()
        for name in _NEEDED:
            found = shutil.which(name)
            assert found is not None, name
            (folder / name).symlink_to(found)

    def add(self, name: str, does: str = ":") -> None:
        """Adds a program that notes its arguments and then does something."""
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.unlink(missing_ok=True)
        path.write_text(f"#!/bin/sh\nprintf '%s\\n' \"{path.name} $*\" >>{self.notes}\n{does}\n")
        path.chmod(0o755)

    def noted(self, name: str) -> list[str]:
        """The arguments of each call of a program."""
        lines = self.notes.read_text().splitlines() if self.notes.exists() else []
        return [line.removeprefix(f"{name} ") for line in lines if line.startswith(f"{name} ")]

    def run(self, *command: str, cwd: Path = REPOSITORY, **environment: str) -> subprocess.CompletedProcess[str]:
        """Runs a command with these programs and no others."""
        return subprocess.run(
            command,
            cwd=cwd,
            env={"PATH": str(self.folder), "HOME": os.devnull, **environment},
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
