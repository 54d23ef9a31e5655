"""Who may read what the wizard writes."""

from __future__ import annotations

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


def test_password_of_the_broker_goes_into_a_file_for_its_owner_alone(tmp_path: Path) -> None:
    path = tmp_path / "genred.yaml"
    given = answers("http://radio.example/")
    given.mqtt["username"], given.password = "me", "hunter2"
    assert [mode(written) for written in write(given, path)] == [0o644, 0o600]
    assert "hunter2" not in path.read_text()
    assert len(list(tmp_path.iterdir())) == 2
