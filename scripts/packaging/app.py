"""Puts the app of Home Assistant together: what packaging/homeassistant has, the wheel, and the lock file."""

from __future__ import annotations

import argparse
import gzip
import os
import shutil
import sys
import tarfile
from pathlib import Path

from environment import LOCK, REPOSITORY, build_wheel, source_date_epoch

APP = REPOSITORY / "packaging" / "homeassistant"


def build_app(wheel: Path, folder: Path) -> Path:
    """Fills a folder that Home Assistant takes as a repository of apps.

    Args:
        wheel: Of genred.
        folder: Is made anew.

    Returns:
        The folder.
    """
    shutil.rmtree(folder, ignore_errors=True)
    shutil.copytree(APP, folder, ignore=shutil.ignore_patterns("__pycache__"))
    for path in (LOCK, wheel):
        shutil.copyfile(path, folder / "genred" / path.name)
    return folder


def pack(folder: Path, archive: Path) -> Path:
    """Packs a folder, the same to the byte wherever and whenever it is packed.

    Args:
        folder: Its name is the one inside.
        archive: The file, a gzipped tar.

    Returns:
        The file.
    """
    when = source_date_epoch()

    def anybody(member: tarfile.TarInfo) -> tarfile.TarInfo:
        member.uid = member.gid = 0
        member.uname = member.gname = "root"
        member.mtime = when
        member.mode = 0o755 if member.isdir() else 0o644
        return member

    with (
        archive.open("wb") as file,
        gzip.GzipFile(filename="", fileobj=file, mode="wb", mtime=when) as packed,
        tarfile.open(fileobj=packed, mode="w", format=tarfile.PAX_FORMAT) as tar,
    ):
        for path in (folder, *sorted(folder.rglob("*"))):
            tar.add(path, arcname=str(path.relative_to(folder.parent)), recursive=False, filter=anybody)
    return archive


def main() -> None:
    """Builds the folder in dist."""
    parser = argparse.ArgumentParser(prog="scripts/package app", description="Builds the app of Home Assistant.")
    parser.add_argument(
        "--out", type=Path, default=REPOSITORY / "dist", metavar="DIR", help="where its folder goes [dist]"
    )
    options = parser.parse_args()
    options.out.mkdir(parents=True, exist_ok=True)
    os.environ["SOURCE_DATE_EPOCH"] = str(source_date_epoch())
    folder = build_app(build_wheel(options.out), options.out / "homeassistant")
    sys.stdout.write(f"{folder}\n")


if __name__ == "__main__":
    main()
