"""The wheel and the source distribution, built once for all tests of this run, and environments of their own."""

from __future__ import annotations

import subprocess
import sys
import sysconfig
from pathlib import Path

REPOSITORY = Path(__file__).parents[2]
_TIMEOUT_S = 240


def build(folder: Path, *what: str) -> list[Path]:
    """Builds without fetching anything: with the hatchling of this environment, as it stands in the repository."""
    command = [sys.executable, "-m", "build", "--no-isolation", *what, "--outdir", str(folder), str(REPOSITORY)]
    result = subprocess.run(command, capture_output=True, text=True, timeout=_TIMEOUT_S, check=False)
    assert result.returncode == 0, result.stdout + result.stderr
    return sorted(folder.iterdir())


class Environment:
    """A fresh virtual environment that has a wheel, and only such packages of this one as it is given."""

    def __init__(self, folder: Path, wheel: Path) -> None:
        self.folder = folder
        _run([sys.executable, "-m", "venv", "--without-pip", str(folder)])
        pip = [sys.executable, "-m", "pip", "--python", str(folder / "bin" / "python"), "install", "--no-index"]
        _run([*pip, "--no-deps", str(wheel)])

    def lend_packages(self, *missing: str) -> None:
        """Lets it see the packages of this environment, all but some.

        In place of a download. What is lent stands behind the environment's own packages: genred is the wheel's.
        """
        (self._packages / "lent.pth").write_text(sysconfig.get_path("purelib") + "\n")
        hiding = f"import sys; sys.modules.update(dict.fromkeys({missing!r}))\n"
        (self._packages / "hidden.pth").write_text(hiding)

    def run(self, *command: str, cwd: Path, timeout_s: float = 120) -> subprocess.CompletedProcess[str]:
        """Runs a command of the environment, as somebody does who knows nothing of a checkout."""
        return subprocess.run(
            [str(self.folder / "bin" / command[0]), *command[1:]],
            capture_output=True,
            text=True,
            timeout=timeout_s,
            check=False,
            cwd=cwd,
            env={"PATH": "/usr/bin:/bin", "HOME": str(cwd), "LC_ALL": "C.UTF-8", "TERM": "dumb"},
        )

    @property
    def _packages(self) -> Path:
        (found,) = (self.folder / "lib").glob("python*/site-packages")
        return found


def _run(command: list[str]) -> None:
    subprocess.run(command, check=True, capture_output=True, timeout=_TIMEOUT_S)
