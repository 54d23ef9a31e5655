"""The broker's password, from the wizard's files to the daemon, by the credentials that the units name."""

from __future__ import annotations

from pathlib import Path

import pytest

from genred.config.read import load_config
from genred.config.secret import broker_password
from genred.setup.config_file import WizardAnswers, write

SYSTEMD = Path(__file__).parents[2] / "systemd"
STATIONS = {"radio": {"source": "https://radio.example/"}}


def load_credentials(unit: str, instance: str, etc: Path, directory: Path) -> None:
    """Does what systemd does of LoadCredential= and SetCredential=."""
    directory.mkdir(exist_ok=True)
    for line in (SYSTEMD / unit).read_text().splitlines():
        key, _, value = line.replace("%i", instance).partition("=")
        name, _, rest = value.partition(":")
        if key == "LoadCredential" and (etc / Path(rest).name).exists():
            (directory / name).write_bytes((etc / Path(rest).name).read_bytes())
        elif key == "SetCredential" and not (directory / name).exists():
            (directory / name).write_bytes(b"\n")


def configure(path: Path, password: str) -> None:
    write(WizardAnswers(mqtt={"broker": "broker.example", "username": "u"}, password=password, stations=STATIONS), path)


@pytest.mark.parametrize(
    ("unit", "name"),
    [("genred.service", "genred"), ("genred@.service", "attic"), ("genred@.service", "cellar")],
)
def test_what_the_wizard_writes_reaches_the_service(
    unit: str, name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    etc, credentials = tmp_path / "etc", tmp_path / "credentials"
    for each in ("genred", "attic", "cellar"):
        configure(etc / f"{each}.yaml", f"password of {each}")
    load_credentials(unit, name, etc, credentials)
    # The service's user cannot read root's files: the credentials must do.
    for secret in etc.glob("*mqtt-password"):
        secret.unlink()
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", str(credentials))
    assert broker_password(load_config(etc / f"{name}.yaml").mqtt) == f"password of {name}"


def test_instance_may_share_the_password_of_the_first_daemon(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    etc, credentials = tmp_path / "etc", tmp_path / "credentials"
    configure(etc / "genred.yaml", "shared")
    load_credentials("genred@.service", "attic", etc, credentials)
    text = (etc / "genred.yaml").read_text()
    (etc / "attic.yaml").write_text(text.replace(str(etc / "mqtt-password"), "mqtt-password"))
    (etc / "mqtt-password").unlink()
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", str(credentials))
    assert broker_password(load_config(etc / "attic.yaml").mqtt) == "shared"


def test_empty_credential_gives_way_to_the_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    configure(tmp_path / "genred.yaml", "from the file")
    credentials = tmp_path / "credentials"
    credentials.mkdir()
    (credentials / "mqtt-password").write_bytes(b"\n")
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", str(credentials))
    assert broker_password(load_config(tmp_path / "genred.yaml").mqtt) == "from the file"


def test_relative_password_file_lies_beside_the_configuration(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "etc").mkdir()
    (tmp_path / "etc" / "secret").write_text("beside\n")
    path = tmp_path / "etc" / "genred.yaml"
    path.write_text("mqtt: {username: u, password_file: secret}\nstations: {a: {source: 'https://radio.example/'}}\n")
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("CREDENTIALS_DIRECTORY", raising=False)
    assert broker_password(load_config(path).mqtt) == "beside"
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", str(tmp_path))
    (tmp_path / "secret").write_text("credential\n")
    assert broker_password(load_config(path).mqtt) == "credential"
