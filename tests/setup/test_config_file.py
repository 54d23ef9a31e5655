"""Who may read what the wizard writes."""

from __future__ import annotations

import os
import stat
from typing import TYPE_CHECKING

import pytest

from genred.setup.config_file import WizardAnswers, write

if TYPE_CHECKING:
    from pathlib import Path


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def answers(source: str) -> WizardAnswers:
    return WizardAnswers(mqtt={"broker": "localhost"}, stations={"a": {"name": "A", "source": source}})


@pytest.mark.parametrize("source", ["http://me:hunter2@radio.example/", "http://radio.example/x?token=hunter2"])
def test_configuration_with_a_password_in_it_is_for_its_owner_alone(source: str, tmp_path: Path) -> None:
    path = tmp_path / "genred.yaml"
    write(answers("http://radio.example/"), path)
    assert mode(path) == 0o644
    write(answers(source), path)
    assert mode(path) == 0o600
    path.chmod(0o644)
    write(answers("http://radio.example/"), path)
    assert mode(path) == 0o644
    assert mode(path.with_name("genred.yaml.bak")) == 0o600


def test_what_is_written_before_is_kept_with_its_time_for_no_more_eyes(tmp_path: Path) -> None:
    path, kept = tmp_path / "genred.yaml", tmp_path / "genred.yaml.bak"
    write(answers("http://radio.example/"), path)
    path.chmod(0o640)
    os.utime(path, (1_000, 1_000))
    kept.touch(0o644)
    before = path.read_text()
    write(answers("http://other.example/"), path)
    assert (kept.read_text(), mode(kept), kept.stat().st_mtime) == (before, 0o640, 1_000)


def test_configuration_that_is_a_link_stays_one(tmp_path: Path) -> None:
    path, link = tmp_path / "studio.yaml", tmp_path / "genred.yaml"
    path.write_text("node: studio")
    link.symlink_to(path)
    write(answers("http://radio.example/"), link)
    assert link.is_symlink()
    assert "radio.example" in path.read_text()
    assert (tmp_path / "genred.yaml.bak").read_text() == "node: studio"


def test_what_a_killed_wizard_has_left_is_not_in_the_way(tmp_path: Path) -> None:
    path = tmp_path / "genred.yaml"
    (tmp_path / f".genred.yaml.{os.getpid()}").touch()
    write(answers("http://radio.example/"), path)
    assert path.is_file()


def test_password_of_the_broker_goes_into_a_file_for_its_owner_alone(tmp_path: Path) -> None:
    path = tmp_path / "genred.yaml"
    given = answers("http://radio.example/")
    given.mqtt["username"], given.password = "me", "hunter2"
    assert [mode(written) for written in write(given, path)] == [0o644, 0o600]
    assert "hunter2" not in path.read_text()
    assert len(list(tmp_path.iterdir())) == 2
