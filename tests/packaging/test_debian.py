"""The Debian package on a fresh Debian: installed, upgraded, removed, purged."""

from __future__ import annotations

import json
import os
import shutil
import stat
import subprocess
import sys
from typing import TYPE_CHECKING

import numpy as np
import pytest

from tests.cli.run_genred import genred
from tests.cli.wav import write_wav
from tests.packaging.built import REPOSITORY
from tests.signals import SOUNDS
from tests.systemd.clean_root import SUITE, CleanRoot

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

pytestmark = [
    pytest.mark.skipif(os.geteuid() != 0, reason="only root can make and enter a root of its own"),
    pytest.mark.skipif(shutil.which("dh") is None, reason="debhelper is not installed"),
    # Wheels and Debian packages are fetched.
    pytest.mark.timeout(1_200),
]

INSTALL = ("apt-get", "install", "-y", "-q", "--no-install-recommends", "-o", "Dpkg::Options::=--force-confold")
PLACES = ("/etc", "/var/lib", "/opt", "/usr/lib/systemd")


@pytest.fixture(scope="module")
def package(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("package")
    script = REPOSITORY / "scripts" / "packaging" / "debian_package.py"
    command = [sys.executable, str(script), "--suite", SUITE, "--fast", "--out", str(folder)]
    result = subprocess.run(command, capture_output=True, text=True, timeout=900, check=False)
    assert result.returncode == 0, result.stdout + result.stderr
    return next(folder.glob("genred_*_amd64.deb"))


@pytest.fixture
def machine(tmp_path: Path, package: Path) -> Iterator[CleanRoot]:
    root = CleanRoot(tmp_path / "root")
    shutil.copyfile(package, root / "/root/genred.deb")
    root.run("apt-get", "update", "-q")
    # In place of all of systemd, which does not run here anyway.
    root.run("apt-get", "install", "-y", "-q", "--no-install-recommends", "systemd-standalone-sysusers")
    yield root
    root.remove()


def test_install_upgrade_remove_and_purge(machine: CleanRoot, package: Path, tmp_path: Path) -> None:
    before = machine.files(*PLACES)
    machine.run(*INSTALL, "/root/genred.deb")
    song = write_wav(tmp_path / "song.wav", SOUNDS["jazz"](12.0, np.random.default_rng(1)))
    shutil.copyfile(song, machine / "/root/song.wav")
    here = json.loads(genred("classify", "--json", song).stdout)
    there = json.loads(machine.run("genred", "classify", "--json", "/root/song.wav").stdout)
    assert (there["word"], there["windows"]) == (here["word"], here["windows"])
    assert there["mean"] == pytest.approx(here["mean"], abs=0.02)
    assert machine.run("genred", "check-config", "/etc/genred/genred.yaml").stdout
    assert "audio" in machine.run("id", "-Gn", "genred").stdout.split()
    password = machine / "/etc/genred/mqtt-password"
    assert stat.S_IMODE(password.stat().st_mode) == 0o600
    units = {path.name for path in (machine / "/usr/lib/systemd/system").glob("genred*")}
    assert units == {path.name for path in (REPOSITORY / "systemd").glob("*.service")}
    shutil.copytree(REPOSITORY / "systemd", machine / "/root/checkout/systemd")
    refused = machine.run("/root/checkout/systemd/install", check=False)
    assert refused.returncode != 0
    assert "apt remove genred" in refused.stderr

    configuration = machine / "/etc/genred/genred.yaml"
    configuration.write_text(configuration.read_text() + "# mine\n")
    log = machine / "/var/lib/genred/airplay.sqlite"
    log.parent.mkdir(exist_ok=True)
    log.write_text("precious")
    newer(package, machine / "/root/newer.deb", tmp_path / "newer")
    machine.run(*INSTALL, "/root/newer.deb")
    assert machine.run("dpkg-query", "-W", "-f", "${Version}", "genred").stdout.startswith("9.")
    assert configuration.read_text().endswith("# mine\n")
    assert log.read_text() == "precious"

    machine.run("apt-get", "remove", "-y", "-q", "genred")
    assert not (machine / "/opt/genred").exists()
    assert configuration.read_text().endswith("# mine\n")
    assert log.read_text() == "precious"

    machine.run("apt-get", "purge", "-y", "-q", "genred")
    left = machine.files(*PLACES) - before
    assert {name for name in left if "genred" in name} == set()


def test_what_a_checkout_has_installed_goes_first(machine: CleanRoot) -> None:
    unit = machine / "/usr/local/lib/systemd/system/genred.service"
    unit.parent.mkdir(parents=True)
    unit.write_text("[Service]\n")
    result = machine.run(*INSTALL, "/root/genred.deb", check=False)
    assert result.returncode != 0
    assert "sudo systemd/install --uninstall" in result.stdout + result.stderr
    assert not (machine / "/opt/genred").exists()


def newer(package: Path, target: Path, work: Path) -> None:
    """The same package with a higher version and another default configuration."""
    subprocess.run(["dpkg-deb", "-R", str(package), str(work)], check=True, capture_output=True, timeout=300)
    control = work / "DEBIAN" / "control"
    lines = ["Version: 9.0" if line.startswith("Version:") else line for line in control.read_text().splitlines()]
    control.write_text("\n".join(lines) + "\n")
    with (work / "etc" / "genred" / "genred.yaml").open("a") as file:
        file.write("# a newer default\n")
    build = ["dpkg-deb", "-Zgzip", "-z1", "--root-owner-group", "-b", str(work), str(target)]
    subprocess.run(build, check=True, capture_output=True, timeout=300)
