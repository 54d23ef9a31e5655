"""The checkouts that are measured beside each other."""

from __future__ import annotations

import io
import os
import subprocess
import sys
import tarfile
from dataclasses import dataclass
from pathlib import Path

OWN_FOLDER = Path(__file__).parents[2]


@dataclass(frozen=True, slots=True)
class Tree:
    """One checkout.

    Attributes:
        name: For the tables.
        folder: Its root.
        processes: That its stations are spread over.
    """

    name: str
    folder: Path
    processes: int = 1

    @property
    def python(self) -> str:
        """Its own interpreter, if it has an environment; else the present one."""
        own = self.folder / ".venv" / "bin" / "python"
        return str(own) if own.exists() else sys.executable

    @property
    def settings(self) -> dict[str, int]:
        """What its configuration says beside the stations; older checkouts know only one process."""
        known = (self.folder / "daemon" / "genred" / "service" / "processes.py").exists()
        return {"processes": self.processes} if known else {}

    @property
    def environment(self) -> dict[str, str]:
        """That in which `import genred` finds this checkout, and `import tests.bench` the own one."""
        return os.environ | {"PYTHONPATH": f"{self.folder / 'daemon'}:{OWN_FOLDER}", "OPENBLAS_NUM_THREADS": "1"}


OWN = Tree("this", OWN_FOLDER)


def find_tree(wanted: str, folder: Path) -> Tree:
    """Gives the checkout that a folder or a commit names.

    Args:
        wanted: A folder, or anything that git takes for a commit of this repository.
        folder: Where a commit's `daemon` is unpacked.

    Raises:
        SystemExit: It is neither.
    """
    path = Path(wanted)
    if path.is_dir():
        path = path.resolve()
        if not (path / "daemon" / "genred").is_dir():
            raise SystemExit(f"{wanted}: no checkout of genred")
        return Tree(path.name[:12], path)
    archive = subprocess.run(
        ["git", "-C", OWN_FOLDER, "archive", wanted, "daemon"], capture_output=True, check=False, timeout=60
    )
    if archive.returncode:
        raise SystemExit(f"{wanted}: neither a folder nor a commit: {archive.stderr.decode().strip()}")
    root = folder / wanted.replace("/", "-")
    with tarfile.open(fileobj=io.BytesIO(archive.stdout)) as files:
        files.extractall(root, filter="data")
    return Tree(wanted[:12], root)
