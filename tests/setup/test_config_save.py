"""A configuration is replaced whole, after the check that `genred check-config` makes, or not at all."""

from __future__ import annotations

import stat
from typing import TYPE_CHECKING

import pytest

from genred.errors import ConfigError
from genred.setup import config_save
from genred.setup.config_save import read_text, save_checked
from tests.full_disk import files_of_at_most

if TYPE_CHECKING:
    from pathlib import Path

BEFORE = 'mqtt: {broker: "127.0.0.1:1"}\r\nstations: {a: {source: "http://a/"}}\r\n'
AFTER = 'mqtt: {broker: "127.0.0.1:1"}\nstations: {a: {source: "http://b/"}}\n'


@pytest.fixture
def config(tmp_path: Path) -> Path:
    path = tmp_path / "genred.yaml"
    path.write_bytes(BEFORE.encode())
    path.chmod(0o640)
    return path


def test_the_new_one_is_there_whole_and_the_old_one_kept(config: Path) -> None:
    save_checked(config, read_text(config), AFTER)
    assert read_text(config) == AFTER
    assert read_text(config.with_name("genred.yaml.bak")) == BEFORE
    assert stat.S_IMODE(config.stat().st_mode) == 0o640
    assert sorted(path.name for path in config.parent.iterdir()) == ["genred.yaml", "genred.yaml.bak"]


def test_an_address_that_stands_in_for_that_of_the_file_is_what_is_checked(config: Path) -> None:
    after = AFTER + "web: {address: 0.0.0.0}\n"
    with pytest.raises(ConfigError, match=r"web\.address: 0\.0\.0\.0 is open to the network"):
        save_checked(config, BEFORE, after)
    save_checked(config, BEFORE, after, address="127.0.0.1")
    assert read_text(config) == after


def test_a_link_stays_a_link(config: Path, tmp_path: Path) -> None:
    link = tmp_path / "link.yaml"
    link.symlink_to(config)
    save_checked(link, BEFORE, AFTER)
    assert link.is_symlink()
    assert read_text(config) == AFTER


def test_one_with_faults_changes_nothing_and_says_why(config: Path) -> None:
    with pytest.raises(ConfigError, match=r"genred\.yaml: 1 error") as refused:
        save_checked(config, BEFORE, AFTER.replace("source", "sorce", 1).replace("}}", ", source: x}}"))
    assert "did you mean 'source'" in str(refused.value)
    assert ".new" not in str(refused.value)
    assert [path.name for path in config.parent.iterdir()] == ["genred.yaml"]
    assert read_text(config) == BEFORE


@pytest.mark.parametrize("during_check", [False, True])
def test_what_somebody_else_has_written_meanwhile_stays(
    config: Path, monkeypatch: pytest.MonkeyPatch, *, during_check: bool
) -> None:
    other = AFTER.replace("http://b/", "http://c/")
    if during_check:
        monkeypatch.setattr(config_save, "_check", lambda *_: config.write_text(other))
    else:
        config.write_text(other)
    with pytest.raises(ConfigError, match="has been changed in the meantime"):
        save_checked(config, BEFORE, AFTER)
    assert read_text(config) == other
    assert [path.name for path in config.parent.iterdir()] == ["genred.yaml"]


def test_a_check_that_does_not_end_is_given_up(config: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(config_save, "_CHECK_WITHIN_S", 0.01)
    with pytest.raises(ConfigError, match="could not be checked within"):
        save_checked(config, BEFORE, AFTER)
    assert [path.name for path in config.parent.iterdir()] == ["genred.yaml"]


def test_a_full_disk_changes_nothing_and_names_the_file(config: Path) -> None:
    with (
        pytest.raises(ConfigError, match=r"genred\.yaml: cannot be written by .*: File too large"),
        files_of_at_most(20),
    ):
        save_checked(config, BEFORE, AFTER)
    assert read_text(config) == BEFORE
    assert [path.name for path in config.parent.iterdir()] == ["genred.yaml"]


def test_one_that_is_missing_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"none\.yaml: cannot be read"):
        save_checked(tmp_path / "none.yaml", BEFORE, AFTER)
    with pytest.raises(ConfigError, match=r"none\.yaml: cannot be read"):
        read_text(tmp_path / "none.yaml")
