"""Builds the Debian package of genred, for any suite and architecture, by debhelper."""

from __future__ import annotations

import argparse
import os
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import format_datetime
from pathlib import Path

from environment import REPOSITORY, build_wheel, install_packages, source_date_epoch

SYSTEMD = REPOSITORY / "systemd"
DEBIAN = REPOSITORY / "packaging" / "debian"
PREFIX = Path("opt/genred")
_TIMEOUT_S = 3_600

_LAUNCHER = """\
#!/opt/genred/bin/python
import sys

from genred.cli import main

sys.exit(main())
"""


@dataclass(frozen=True)
class Suite:
    """A release of Debian: its number, its Python, and the newest C library that wheels may ask for."""

    number: str
    python: str
    libc: str


SUITES = {"bookworm": Suite("12", "3.11", "2.36"), "trixie": Suite("13", "3.13", "2.40")}
MACHINES = {"amd64": "x86_64", "arm64": "aarch64"}


def build_package(suite: Suite, architecture: str, wheel: Path, out: Path, *, fast: bool = False) -> Path:
    """Builds one package.

    Args:
        suite: For which release.
        architecture: For which machines, as Debian names them.
        wheel: Of genred.
        out: Folder for the package.
        fast: Compress little, to try it.

    Returns:
        The file, under `out`.
    """
    upstream = wheel.name.split("-")[1]
    version = f"{upstream}+deb{suite.number}"
    work = out / f"work-{suite.number}-{architecture}"
    shutil.rmtree(work, ignore_errors=True)
    source = work / f"genred-{version}"
    _fill_root(source / "root", suite, architecture, wheel)
    _fill_debian(source / "debian", suite, version)
    environment = {
        **os.environ,
        "SOURCE_DATE_EPOCH": str(source_date_epoch()),
        "OTHER_UNITS": " ".join(_other_units()),
        "COMPRESSION": "-Zzstd -z1" if fast else "-Zxz -z3",
        "DEB_BUILD_OPTIONS": "nocheck nostrip noautodbgsym",
    }
    # The flags: binary only, unsigned, and not asking whether the build's packages are those of the target.
    command = ["dpkg-buildpackage", "-b", "-d", "-us", "-uc", f"--host-arch={architecture}"]
    result = subprocess.run(
        command, cwd=source, env=environment, capture_output=True, text=True, timeout=_TIMEOUT_S, check=False
    )
    if result.returncode:
        sys.exit(result.stdout + result.stderr)
    (made,) = work.glob("genred_*.deb")
    package = out / made.name
    shutil.move(made, package)
    shutil.rmtree(work)
    return package


def _fill_root(root: Path, suite: Suite, architecture: str, wheel: Path) -> None:
    prefix = root / PREFIX
    packages = prefix / "lib" / f"python{suite.python}" / "site-packages"
    packages.mkdir(parents=True)
    platform = f"{MACHINES[architecture]}-manylinux_{suite.libc.replace('.', '_')}"
    install_packages(packages, wheel, python=suite.python, platform=platform)
    shutil.move(packages / "share", root / "usr" / "share")
    (prefix / "bin").mkdir()
    (prefix / "bin" / "python").symlink_to(f"/usr/bin/python{suite.python}")
    launcher = prefix / "bin" / "genred"
    launcher.write_text(_LAUNCHER)
    (prefix / "pyvenv.cfg").write_text("home = /usr/bin\ninclude-system-site-packages = false\n")
    (prefix / "debian-package").write_text("Files here are dpkg's; extras are added in environments of their own.\n")
    documents = prefix / "share" / "doc" / "genred"
    shutil.copytree(REPOSITORY / "docs", documents / "docs")
    for name in ("README.md", "CHANGELOG.md"):
        _copy(REPOSITORY / name, documents / name)
    _copy(REPOSITORY / "configs" / "genred.yaml", root / "etc" / "genred" / "genred.yaml")
    (root / "usr" / "bin").mkdir()
    (root / "usr" / "bin" / "genred").symlink_to("/opt/genred/bin/genred")
    _set_modes(root)
    launcher.chmod(0o755)


def _fill_debian(debian: Path, suite: Suite, version: str) -> None:
    shutil.copytree(DEBIAN, debian)
    for unit in sorted(SYSTEMD.glob("*.service")):
        prefix = "" if unit.stem.rstrip("@") == "genred" else "genred."
        _copy(unit, debian / f"{prefix}{unit.name}")
    _copy(SYSTEMD / "genred.sysusers.conf", debian / "genred.sysusers")
    _copy(SYSTEMD / "genred.tmpfiles.conf", debian / "genred.tmpfiles")
    (debian / "python.substvars").write_text(f"genred:Python=python{suite.python}, libc6 (>= {suite.libc})\n")
    when = format_datetime(datetime.fromtimestamp(source_date_epoch(), UTC))
    maintainer = re.search(r"(?m)^Maintainer: (.+)$", (DEBIAN / "control").read_text())
    if maintainer is None:
        sys.exit("packaging/debian/control: names no maintainer")
    (debian / "changelog").write_text(
        f"genred ({version}) {_codename(suite)}; urgency=medium\n\n"
        f"  * Version {version.partition('+')[0]}; what changed stands in CHANGELOG.md beside this file.\n\n"
        f" -- {maintainer[1]}  {when}\n"
    )


def _other_units() -> list[str]:
    """Services beside the daemon itself, which somebody enables who wants them."""
    return sorted({unit.stem.rstrip("@") for unit in SYSTEMD.glob("*.service")} - {"genred"})


def _codename(suite: Suite) -> str:
    return next(name for name, known in SUITES.items() if known == suite)


def _set_modes(root: Path) -> None:
    """What wheels have of modes depends on who has made them."""
    for path in root.rglob("*"):
        if not path.is_symlink():
            path.chmod(0o755 if path.is_dir() else 0o644)


def _copy(source: Path, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(source, target)


def main() -> None:
    """Builds what the command line asks for."""
    parser = argparse.ArgumentParser(prog="scripts/package deb", description="Builds the Debian package.")
    parser.add_argument("--suite", choices=SUITES, default="bookworm", help="release of Debian [bookworm]")
    parser.add_argument("--architecture", choices=MACHINES, default="amd64", help="of the target [amd64]")
    parser.add_argument(
        "--out", type=Path, default=REPOSITORY / "dist", metavar="DIR", help="folder of the file [dist]"
    )
    parser.add_argument("--fast", action="store_true", help="compress little, to try it")
    options = parser.parse_args()
    options.out.mkdir(parents=True, exist_ok=True)
    os.environ["SOURCE_DATE_EPOCH"] = str(source_date_epoch())
    wheel = build_wheel(options.out)
    suite, out = SUITES[options.suite], options.out.resolve()
    package = build_package(suite, options.architecture, wheel, out, fast=options.fast)
    sys.stdout.write(f"{package}\n")


if __name__ == "__main__":
    main()
