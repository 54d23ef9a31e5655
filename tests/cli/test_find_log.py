"""The log that a command reads is the one that the daemon of its configuration writes."""

from __future__ import annotations

import argparse
from pathlib import Path

import pytest

from genred.airplay import location
from genred.cli import airplay
from genred.cli.airplay import find_log
from genred.errors import InputError

STATIONS = "stations: {one: {source: 'http://127.0.0.1/radio'}}\n"


@pytest.fixture
def machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """One with services for genred.yaml and attic.yaml, seen by a user who runs a daemon, too."""
    for name in ("etc/genred.yaml", "etc/attic.yaml", "home/genred.yaml"):
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(STATIONS)
    for name in ("var/airplay.sqlite", "var/attic/airplay.sqlite", "state/genred/airplay.sqlite"):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
    for module in (location, airplay):
        monkeypatch.setattr(module, "SERVICE_FOLDER", tmp_path / "var")
    monkeypatch.setattr(location, "SERVICE_CONFIGURATIONS", tmp_path / "etc")
    monkeypatch.delenv("STATE_DIRECTORY", raising=False)
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    return tmp_path


def found(config: Path | None, log: Path | None = None) -> Path:
    return find_log(argparse.Namespace(config=config, log=log))


def test_a_services_configuration_stands_for_the_services_log(machine: Path) -> None:
    assert found(machine / "etc/genred.yaml") == machine / "var/airplay.sqlite"
    assert found(machine / "etc/attic.yaml") == machine / "var/attic/airplay.sqlite"
    assert found(machine / "home/genred.yaml") == machine / "state/genred/airplay.sqlite"
    assert found(None) == machine / "var/airplay.sqlite"


def test_a_log_that_the_configuration_names_goes_first(machine: Path) -> None:
    named = machine / "named.sqlite"
    (machine / "etc/genred.yaml").write_text(f"{STATIONS}airplay: {{file: {named}}}\n")
    assert found(machine / "etc/genred.yaml") == named


def test_a_service_that_has_not_run_yet_is_the_one_whose_log_is_missing(machine: Path) -> None:
    for path in (machine / "var/airplay.sqlite", machine / "state/genred/airplay.sqlite"):
        path.unlink()
    assert found(machine / "etc/genred.yaml") == machine / "var/airplay.sqlite"
    with pytest.raises(InputError, match="there is no airplay log"):
        found(None)


def test_a_log_that_only_others_may_read_is_not_said_to_be_missing(
    machine: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    hidden = machine / "var/airplay.sqlite"
    (machine / "state/genred/airplay.sqlite").unlink()
    monkeypatch.setattr("os.access", lambda path, _mode: Path(path) != hidden)
    for config in (None, machine / "etc/genred.yaml"):
        with pytest.raises(InputError, match=f"{hidden}: no permission to read it; try sudo"):
            found(config)
