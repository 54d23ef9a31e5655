"""`systemd/install` on a fresh Debian: what it writes, what it keeps, what it leaves."""

from __future__ import annotations

import os
import shutil
import stat
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.systemd.clean_root import CleanRoot

if TYPE_CHECKING:
    from collections.abc import Iterator

REPOSITORY = Path(__file__).parents[2]
SHIPPED = (
    "daemon",
    "model_build",
    "configs",
    "docs",
    "systemd",
    "packaging",
    "scripts",
    "pyproject.toml",
    "README.md",
    "LICENSE",
    "CHANGELOG.md",
)
INSTALL = "/root/genred/systemd/install"
OURS = ("/opt", "/etc/genred", "/var/lib/genred", "/usr/local")

pytestmark = [
    pytest.mark.skipif(os.geteuid() != 0, reason="only root can make and enter a root of its own"),
    # Debian and some hundred megabytes of wheels are fetched.
    pytest.mark.timeout(900),
]


@pytest.fixture(scope="module")
def machine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[CleanRoot]:
    """A fresh machine with a checkout of genred in /root; each test leaves nothing of genred behind."""
    root = CleanRoot(tmp_path_factory.mktemp("machine") / "root")
    checkout = root / "/root/genred"
    checkout.mkdir()
    ignore = shutil.ignore_patterns("__pycache__", "*.egg-info")
    for name in (*SHIPPED, "constraints.txt"):
        source = REPOSITORY / name
        if source.is_dir():
            shutil.copytree(source, checkout / name, ignore=ignore)
        elif source.exists():
            shutil.copyfile(source, checkout / name)
    yield root
    root.remove()


def test_install_twice_uninstall_and_purge(machine: CleanRoot) -> None:
    before = machine.files(*OURS)

    first = machine.run(INSTALL).stdout
    print(first)
    assert machine.run("/usr/local/bin/genred", "--version").stdout.startswith("genred ")
    assert machine.run("genred", "check-config", "/etc/genred/genred.yaml").stdout
    assert "audio" in machine.run("id", "-Gn", "genred").stdout.split()
    units = machine / "/usr/local/lib/systemd/system"
    assert sorted(path.name for path in units.iterdir()) == ["genred-web.service", "genred.service", "genred@.service"]
    password = machine / "/etc/genred/mqtt-password"
    assert stat.S_IMODE(password.stat().st_mode) == 0o600
    assert machine.run("stat", "-c", "%U %a", "/var/lib/genred").stdout.split() == ["genred", "750"]
    for said in ("/opt/genred", "/etc/genred/genred.yaml", "systemd is not running here"):
        assert said in first

    configuration = machine / "/etc/genred/genred.yaml"
    configuration.write_text(configuration.read_text() + "# mine\n")
    password.write_text("secret\n")
    log = machine / "/var/lib/genred/airplay.db"
    log.write_text("precious")
    after_first = machine.files(*OURS)
    second = machine.run(INSTALL).stdout
    assert configuration.read_text().endswith("# mine\n")
    assert password.read_text() == "secret\n"
    assert "kept     /etc/genred/genred.yaml" in second
    assert without_bytecode(machine.files(*OURS)) == without_bytecode(after_first)

    removed = machine.run(INSTALL, "--uninstall").stdout
    print(removed)
    assert left_behind(machine, before) == {
        "/etc/genred/genred.yaml",
        "/etc/genred/mqtt-password",
        "/var/lib/genred/airplay.db",
    }
    assert "kept     /etc/genred" in removed
    assert machine.run("id", "genred").returncode == 0

    purged = machine.run(INSTALL, "--uninstall", "--purge").stdout
    print(purged)
    assert left_behind(machine, before) == set()
    assert machine.run("id", "genred", check=False).returncode != 0
    assert machine.run(INSTALL, "--uninstall").returncode == 0


def test_service_is_enabled_where_systemd_is_installed(machine: CleanRoot) -> None:
    """As in an image that is being built: systemd is there, but nothing runs."""
    machine.run("apt-get", "update", "-q")
    machine.run("apt-get", "install", "-y", "-q", "--no-install-recommends", "systemd", "python3-venv")
    machine.run(INSTALL)
    enabled = machine / "/etc/systemd/system/multi-user.target.wants/genred.service"
    assert enabled.is_symlink()
    assert "audio" in machine.run("id", "-Gn", "genred").stdout.split()
    verified = machine.run(
        *("systemd-analyze", "verify", "--man=no", "genred.service", "genred@attic.service", "genred-web.service"),
        check=False,
    )
    assert "genred" not in verified.stderr
    pages = enabled.with_name("genred-web.service")
    assert not pages.exists()
    machine.run("systemctl", "enable", pages.name)
    machine.run(INSTALL)
    assert pages.is_symlink()
    # Without the extra, there is no command for the unit to start.
    machine.run("/opt/genred/bin/python", "-m", "pip", "uninstall", "--yes", "-q", "starlette")
    without = machine.run("env", "GENRED_EXTRAS=broker,metrics", INSTALL).stdout
    assert "removed  /usr/local/lib/systemd/system/genred-web.service" in without
    assert not pages.is_symlink()
    instances = [enabled.with_name(f"genred@{name}.service") for name in ("attic", "cellar")]
    for instance in instances:
        machine.run("systemctl", "enable", instance.name)
        assert instance.is_symlink()
    removed = machine.run(INSTALL, "--uninstall").stdout
    assert not enabled.is_symlink()
    for instance in instances:
        assert not instance.is_symlink()
        assert f"removed  /etc/systemd/system/multi-user.target.wants/{instance.name}" in removed


@pytest.mark.parametrize("arguments", [["--purge"], ["--uninstal"], ["now"]])
def test_words_that_it_does_not_know_change_nothing(arguments: list[str], tmp_path: Path) -> None:
    result = subprocess.run(
        ["sh", str(REPOSITORY / "systemd" / "install"), *arguments],
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )
    assert result.returncode == 2
    assert "--uninstall" in result.stderr


def without_bytecode(files: set[str]) -> set[str]:
    return {name for name in files if "__pycache__" not in name}


def left_behind(machine: CleanRoot, before: set[str]) -> set[str]:
    """Every file that was not there before."""
    return {name for name in machine.files(*OURS) - before if not (machine / name).is_dir()}
