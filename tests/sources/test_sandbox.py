"""What systemd's sandbox hides, by mount tables as its services have them."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from genred.config.schema import FileSource
from genred.sources import path_check
from genred.sources.file import FilePlayer
from genred.sources.sandbox import sandbox_remedy
from tests.sources.collect import collect

ROOT = "700 650 8:1 / / ro,relatime shared:1 - ext4 /dev/sda1 rw\n"
HOME = "701 700 0:24 /systemd/inaccessible/dir /home ro,nosuid - tmpfs tmpfs rw,mode=755\n"
EMPTY_HOME = "701 700 0:99 / /home ro,nosuid - tmpfs tmpfs rw,mode=755\n"
TMP = "702 700 8:1 /tmp/systemd-private-1f-genred.service-a/tmp /tmp rw - ext4 /dev/sda1 rw\n"
DISK = "703 700 8:2 / /srv/my\\040music ro - ext4 /dev/sdb1 rw\n"
OTHER = "704 700 0:24 /systemd/inaccessible/dir /mnt/disk ro - tmpfs tmpfs rw,mode=755\n"


def remedy(path: str, table: str, folder: Path, group: str = "0::/system.slice/genred@attic.service\n") -> str | None:
    mounts, cgroup = folder / "mountinfo", folder / "cgroup"
    mounts.write_text(table)
    cgroup.write_text(group)
    return sandbox_remedy(Path(path), mounts, cgroup)


@pytest.mark.parametrize("home", [HOME, EMPTY_HOME])
def test_a_hidden_home_says_how_to_bind_a_folder_of_it(home: str, tmp_path: Path) -> None:
    text = remedy("/home/pi/Music", ROOT + home, tmp_path)
    assert text is not None
    assert "hides /home" in text
    assert "ProtectHome=tmpfs" in text
    assert "BindReadOnlyPaths=/home/pi/Music" in text
    assert "systemctl edit genred@attic`" in text
    assert "\n" not in text


def test_a_hidden_disk_and_a_private_tmp_are_told_apart(tmp_path: Path) -> None:
    disk = remedy("/mnt/disk/a.mp3", ROOT + OTHER, tmp_path)
    assert disk is not None
    assert "ProtectHome" not in disk
    private = remedy("/tmp/a.mp3", ROOT + TMP, tmp_path)
    assert private is not None
    assert "PrivateTmp" in private


@pytest.mark.parametrize("path", ["/srv/my music/a.mp3", "/home2/a.mp3", "/var/a.mp3"])
def test_what_is_not_hidden_needs_no_remedy(path: str, tmp_path: Path) -> None:
    assert remedy(path, ROOT + HOME + TMP + DISK + "garbage\n", tmp_path) is None


def test_this_process_has_no_sandbox(tmp_path: Path) -> None:
    assert sandbox_remedy(tmp_path / "a.mp3") is None
    assert sandbox_remedy(Path("relative.mp3")) is None


def test_the_remedy_stands_in_the_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(path_check, "sandbox_remedy", lambda _: "do this")
    error = collect(FilePlayer(FileSource(file=str(tmp_path / "nowhere.mp3")))).error
    assert str(error) == f"{tmp_path}/nowhere.mp3: no such file; do this"


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_a_folder_without_the_right_to_enter_it_names_the_user(tmp_path: Path) -> None:
    (tmp_path / "closed").mkdir(mode=0)
    error = collect(FilePlayer(FileSource(file=str(tmp_path / "closed" / "a.mp3")))).error
    assert "needs permission to read it" in str(error)
