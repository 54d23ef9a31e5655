"""`scripts/setup.sh` installs what a fresh machine lacks, and says why where it cannot."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import pytest

from tests.scripts.commands import Commands

if TYPE_CHECKING:
    import subprocess
    from pathlib import Path

NOBODYS_LOCK = "E: Could not get lock /var/lib/apt/lists/lock. It is held by process 7 (apt-get)"


@pytest.fixture
def commands(tmp_path: Path) -> Commands:
    """Of a Debian on which nothing is installed, used by somebody who may use sudo."""
    made = Commands(tmp_path / "bin")
    made.add("dpkg-query", "exit 1")
    made.add("id", "echo 1000")
    made.add("sudo", 'exec "$@"')
    made.add("apt-get", "echo said by apt")
    made.add("sleep")
    return made


def need_packages(commands: Commands, *names: str) -> subprocess.CompletedProcess[str]:
    return commands.run("sh", "-c", f". scripts/setup.sh; need_packages {' '.join(names)}; echo done")


def test_packages_and_python_are_installed_in_one_go(commands: Commands) -> None:
    result = need_packages(commands, "ffmpeg", "mosquitto")
    assert result.stdout == "done\n"
    update, install = commands.noted("apt-get")
    assert update.startswith("update ")
    assert install.endswith(" ffmpeg mosquitto python3 python3-venv")
    assert len(result.stderr.splitlines()) == 1


def test_python_that_makes_environments_is_left_alone(commands: Commands) -> None:
    commands.add("python3")
    need_packages(commands, "ffmpeg")
    assert commands.noted("apt-get")[-1].endswith(" ffmpeg")


def test_what_is_there_is_not_installed_again(commands: Commands) -> None:
    commands.add("dpkg-query", "echo installed")
    assert need_packages(commands, "ffmpeg").stderr == ""
    assert commands.noted("apt-get") == []


def test_another_apt_get_is_waited_for(commands: Commands) -> None:
    locked = f'[ "$1" != update ] || [ -e {commands.folder}/free ] || {{ echo "{NOBODYS_LOCK}" >&2; exit 100; }}'
    commands.add("apt-get", locked)
    commands.add("sleep", f": >{commands.folder}/free")
    result = need_packages(commands, "ffmpeg")
    assert result.stdout == "done\n"
    assert "Waiting for another apt-get to finish" in result.stderr
    assert [call.split()[0] for call in commands.noted("apt-get")] == ["update", "update", "install"]


def test_waiting_has_an_end(commands: Commands) -> None:
    commands.add("apt-get", f'echo "{NOBODYS_LOCK}" >&2; exit 100')
    result = need_packages(commands, "ffmpeg")
    assert result.returncode == 69
    assert result.stderr.count(NOBODYS_LOCK) == 1


def test_what_apt_complains_of_is_shown_at_once(commands: Commands) -> None:
    commands.add("apt-get", "echo E: no network >&2; exit 100")
    result = need_packages(commands, "ffmpeg")
    assert result.returncode == 69
    assert "E: no network\ngenred: could not install: ffmpeg" in result.stderr
    assert len(commands.noted("apt-get")) == 1


def test_without_sudo_the_command_for_root_is_named(commands: Commands) -> None:
    (commands.folder / "sudo").unlink()
    result = need_packages(commands, "ffmpeg")
    assert result.returncode == 69
    assert "as root, run: apt-get install --no-install-recommends ffmpeg" in result.stderr


def test_another_system_is_told_what_is_needed(commands: Commands) -> None:
    (commands.folder / "dpkg-query").unlink()
    result = need_packages(commands, "ffmpeg")
    assert result.stdout == "done\n"
    assert "not Debian" in result.stderr
    assert "ffmpeg" in result.stderr


def test_environment_of_a_checkout_that_was_moved_is_made_anew(commands: Commands, tmp_path: Path) -> None:
    venv = tmp_path / "new" / ".venv"
    commands.add(
        "python3",
        'case $* in "-m venv "*) mkdir -p "$3/bin"; '
        'printf "#!/bin/sh\\n" >"$3/bin/python"; chmod 755 "$3/bin/python" ;; esac',
    )
    for made_at, made_anew in ((tmp_path / "old" / ".venv", True), (venv, False)):
        commands.notes.unlink(missing_ok=True)
        commands.add("new/.venv/bin/python")
        (commands.folder / "new").rename(tmp_path / "new")
        (venv / "pyvenv.cfg").write_text(f"home = /usr/bin\ncommand = /usr/bin/python3 -m venv {made_at}\n")
        result = commands.run("sh", "-c", ". scripts/setup.sh; need_venv dev", GENRED_VENV=str(venv))
        assert result.returncode == 0, result.stderr
        assert (f"-m venv {venv}" in commands.noted("python3")) is made_anew
        shutil.rmtree(tmp_path / "new")
