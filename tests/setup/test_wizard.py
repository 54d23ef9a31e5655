"""`genred init`, driven by a person at a terminal."""

from __future__ import annotations

import io
import stat
from typing import TYPE_CHECKING
from urllib.parse import quote

import pytest

from genred.broker.settings import read_broker_settings
from genred.config.read import load_config
from genred.config.schema import FileSource
from genred.errors import ConfigError
from genred.exit_codes import ExitCode
from genred.setup.config_check import load_checked
from genred.setup.console import Console
from genred.setup.wizard import run
from tests.outputs.mqtt.mosquitto import free_port
from tests.setup.conftest import PASSWORD
from tests.setup.terminal import Terminal

if TYPE_CHECKING:
    from pathlib import Path

    from tests.outputs.mqtt.mosquitto import Mosquitto


def wizard(path: Path, prepared: str = "") -> Terminal:
    return Terminal(
        f"import sys, pathlib; from genred.setup import wizard; {prepared}\n"
        f"sys.exit(wizard.run(pathlib.Path({str(path)!r})))"
    )


def answer_with_one_file(person: Terminal, music: Path) -> None:
    """What follows the broker: no Home Assistant, one file as a station, all else as offered."""
    person.answer("Publish the stations", "n")
    person.answer("Choice", "3")
    person.answer("Its path", str(music))
    person.answer("Its name", "")
    person.answer("Its id, in topics", "")
    person.answer("Another station", "n")
    person.answer("Write it to", "y")


def test_answers_are_tested_and_written_down(tmp_path: Path, broker: Mosquitto, music: Path) -> None:
    path = tmp_path / "genred.yaml"
    with wizard(path) as person:
        person.answer("Its id", "Living Room")
        person.expect("such as 'living_room'")
        person.answer("Its id", "living_room")
        person.answer("Broker [localhost]", f"127.0.0.1:{broker.port}")
        person.answer("User (- for none) [-]", "")
        for step in ("resolve", "open", "login", "publish"):
            person.expect(f"ok    {step}")
        person.expect("came back after")
        person.answer("Publish the stations to Home Assistant (y/n) [y]", "")
        person.answer("Choice [1]", "3")
        person.answer("Its path", "/nowhere/song.mp3")
        person.expect("FAIL  open")
        person.answer("Keep it anyway (y/n) [n]", "")
        person.answer("Choice [1]", "3")
        person.answer("Its path", str(music))
        person.expect("ok    open")
        person.expect("ok    listen")
        person.expect("ok    genre")
        person.answer("Its name [Radio]", "Küche 1")
        person.answer("Its id, in topics and entity ids [kuche_1]", "kitchen")
        person.answer("Another station (y/n) [n]", "")
        person.answer(f"Write it to {path} (y/n) [y]", "")
        person.expect(f"genred run {path}")
        assert person.wait() == ExitCode.OK
    config = load_config(path)
    assert config.node == "living_room"
    assert config.mqtt.broker == f"127.0.0.1:{broker.port}"
    assert config.stations["kitchen"].name == "Küche 1"
    assert config.stations["kitchen"].source == FileSource(file=str(music), loop=True)
    assert config.homeassistant.enabled


def test_password_is_tested_not_shown_and_kept_from_others(
    tmp_path: Path, password_broker: Mosquitto, music: Path
) -> None:
    path = tmp_path / "etc" / "genred.yaml"
    with wizard(path) as person:
        # An access list of the broker may forbid other topics than those of the node.
        person.answer("Its id", "genred")
        person.answer("Broker", f"127.0.0.1:{password_broker.port}")
        person.answer("User", "genred")
        person.answer("Password", "wrong horse")
        person.expect("FAIL  login")
        person.expect("does not accept user 'genred'")
        person.answer("Choice [1]", "1")
        person.answer("Broker", "")
        person.answer("User", "genred")
        person.answer("Password", PASSWORD)
        person.expect("ok    publish")
        answer_with_one_file(person, music)
        assert person.wait() == ExitCode.OK
        shown = person.text
    assert PASSWORD not in shown
    assert "wrong horse" not in shown
    assert PASSWORD not in path.read_text()
    secret = path.parent / "mqtt-password"
    assert stat.S_IMODE(secret.stat().st_mode) == 0o600
    config = load_config(path)
    assert read_broker_settings(config).read_password() == PASSWORD
    assert not config.homeassistant.enabled


def test_password_in_the_brokers_address_goes_where_passwords_go(
    tmp_path: Path, password_broker: Mosquitto, music: Path
) -> None:
    path = tmp_path / "etc" / "attic.yaml"
    typed = quote(PASSWORD, safe="")
    with wizard(path, f"wizard.SERVICE_CONFIGURATIONS = pathlib.Path({str(path.parent)!r})") as person:
        person.answer("Its id", "genred")
        person.answer("Broker", f"mqtt://genred:wr0ng@127.0.0.1:{password_broker.port}")
        person.expect("FAIL  login")
        person.answer("Choice [1]", "1")
        # What is offered again shows neither.
        person.answer(
            f"Broker [mqtt://127.0.0.1:{password_broker.port}]", f"genred:{typed}@127.0.0.1:{password_broker.port}"
        )
        person.expect("ok    publish")
        after_broker = len(person.text)
        answer_with_one_file(person, music)
        person.expect("systemctl enable genred@attic && sudo systemctl restart genred@attic")
        person.expect("journalctl -fu genred@attic")
        assert person.wait() == ExitCode.OK
        shown = person.text[after_broker:]
    for secret in (PASSWORD, typed):
        assert secret not in shown
        assert secret not in path.read_text()
    secret_file = path.parent / "attic.mqtt-password"
    assert stat.S_IMODE(secret_file.stat().st_mode) == 0o600
    link = read_broker_settings(load_config(path))
    assert (link.username, link.read_password()) == ("genred", PASSWORD)


def test_password_is_asked_for_where_the_brokers_address_names_only_the_user(
    tmp_path: Path, password_broker: Mosquitto
) -> None:
    with wizard(tmp_path / "genred.yaml") as person:
        person.answer("Its id", "genred")
        person.answer("Broker", f"genred@127.0.0.1:{password_broker.port}")
        person.answer("Password", PASSWORD)
        person.expect("ok    publish")


def test_broker_that_is_not_there_yet_can_be_kept(tmp_path: Path, music: Path) -> None:
    path = tmp_path / "genred.yaml"
    with wizard(path) as person:
        person.answer("Its id", "")
        person.answer("Broker", "no such host")
        person.expect("has no host")
        person.answer("Broker", f"127.0.0.1:{free_port()}")
        person.answer("User", "")
        person.expect("FAIL  open")
        person.expect("is the broker running")
        person.answer("Choice [1]", "2")
        person.answer("Publish the stations", "")
        person.answer("Choice", "3")
        person.answer("Its path", str(music))
        person.answer("Its name", "")
        person.answer("Its id, in topics", "")
        person.answer("Another station", "y")
        person.answer("Choice", "3")
        person.answer("Its path", str(music))
        person.answer("Its name", "")
        person.answer("Its id, in topics and entity ids [radio_2]", "radio")
        person.expect("there is already a station 'radio'")
        person.answer("Its id, in topics", "")
        person.answer("Another station", "")
        person.answer("Write it to", "")
        assert person.wait() == ExitCode.OK
    assert list(load_config(path).stations) == ["radio", "radio_2"]


def test_existing_file_stays_unless_asked_for_and_is_kept_beside_the_new_one(
    tmp_path: Path, broker: Mosquitto, silence: Path
) -> None:
    path = tmp_path / "genred.yaml"
    path.write_text("mine\n")
    with wizard(path) as person:
        person.answer("Write a new one (y/n) [n]", "")
        assert person.wait() == ExitCode.FAILURE
    assert path.read_text() == "mine\n"
    with wizard(path) as person:
        person.answer("Write a new one", "y")
        person.answer("Its id", "")
        person.answer("Broker", f"127.0.0.1:{broker.port}")
        person.answer("User", "")
        person.answer("Publish the stations", "")
        person.answer("Choice", "3")
        person.answer("Its path", str(silence))
        person.expect("silent; is something playing")
        person.answer("Keep it anyway", "y")
        person.answer("Its name", "")
        person.answer("Its id, in topics", "")
        person.answer("Another station", "")
        person.answer("Write it to", "")
        assert person.wait() == ExitCode.OK
    assert (tmp_path / "genred.yaml.bak").read_text() == "mine\n"
    assert load_config(path).stations


def test_embedded_broker_is_tested_as_well(tmp_path: Path) -> None:
    with wizard(tmp_path / "genred.yaml") as person:
        person.answer("Its id", "")
        person.answer("Broker", "embedded")
        person.expect("embedded broker")


def test_whoever_leaves_finds_nothing_written(tmp_path: Path) -> None:
    path = tmp_path / "genred.yaml"
    with wizard(path) as person:
        person.expect("Its id")
        person.press_ctrl_d()
        assert person.wait() == ExitCode.USAGE
        assert "nothing was written" in person.text
    with wizard(path) as person:
        person.answer("Its id", "")
        person.answer("Broker", f"127.0.0.1:{free_port()}")
        person.answer("User", "")
        person.answer("Choice [1]", "3")
        person.wait()
        assert "nothing was written" in person.text
    assert not list(tmp_path.iterdir())


def test_place_that_cannot_be_written_to_is_said_before_the_first_question(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def said(path: Path) -> str:
        shown = io.StringIO()
        assert run(path, Console(io.StringIO(), shown)) == ExitCode.FAILURE
        return shown.getvalue().strip()

    (tmp_path / "file").touch()
    path = tmp_path / "file" / "genred.yaml"
    assert said(path) == f"{path} cannot be written: {tmp_path / 'file'} is no folder"
    assert said(tmp_path) == f"{tmp_path} is a folder; name a file, such as {tmp_path / 'genred.yaml'}"
    monkeypatch.setattr("os.access", lambda *_: False)
    path = tmp_path / "new" / "genred.yaml"
    assert said(path) == f"{path} cannot be written: no permission to write in {tmp_path}; do you need sudo?"


def test_place_that_turns_out_not_to_be_written_to_is_said(tmp_path: Path, broker: Mosquitto, music: Path) -> None:
    path = tmp_path / "etc" / "genred.yaml"
    with wizard(path) as person:
        person.answer("Its id", "")
        person.answer("Broker", f"127.0.0.1:{broker.port}")
        person.answer("User", "")
        path.parent.touch()
        answer_with_one_file(person, music)
        assert person.wait() == ExitCode.FAILURE
        assert "cannot be written: File exists" in person.text


def test_enter_alone_gives_a_configuration_that_runs(tmp_path: Path) -> None:
    path = tmp_path / "genred.yaml"
    # Whatever this machine has: no broker, no stream, and no soundcard either.
    with wizard(path, "wizard._LOCAL = '127.0.0.1:1'; wizard._EXAMPLE_STREAM = 'http://127.0.0.1:1/radio'") as person:
        for question in ("Its id", "Broker [127.0.0.1:1]", "User", "Choice [1]", "Broker [embedded]"):
            person.answer(question, "")
        person.expect("ok    embedded broker")
        for question in ("Choice [1]", "Its address", "Keep it anyway (y/n) [n]"):
            person.answer(question, "")
        for question in ("Choice [1]", "Its address", "Keep it anyway (y/n) [y]"):
            person.answer(question, "")
        for question in ("Its name", "Its id", "Another station", "Write it to"):
            person.answer(question, "")
        assert person.wait() == ExitCode.OK
    config, _ = load_checked(path)
    assert config.mqtt.broker == "embedded"
    assert list(config.stations) == ["radio"]


def test_a_broker_that_is_named_twice_is_kept(tmp_path: Path) -> None:
    address = f"127.0.0.1:{free_port()}"
    with wizard(tmp_path / "genred.yaml") as person:
        person.answer("Its id", "")
        for default in ("1", "2"):
            person.answer("Broker", address)
            person.answer("User", "")
            person.answer(f"Choice [{default}]", "")
        person.expect("Publish the stations")


def test_an_answer_that_the_configuration_would_refuse_is_asked_for_again(
    tmp_path: Path, music: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("NOWHERE", raising=False)
    unset = "${NOWHERE}"
    path = tmp_path / "genred.yaml"

    def answer(question: str, refused: str, taken: str) -> None:
        person.answer(question, refused)
        person.expect("the environment variable NOWHERE is not set")
        person.answer(question, taken)

    with wizard(path) as person:
        person.answer("Its id", "")
        port = free_port()
        answer("Broker", unset, f"mqtts://{unset}:secret@127.0.0.1:{port}")
        person.expect("the environment variable NOWHERE is not set")
        person.answer("Broker", f"mqtts://127.0.0.1:{port}")
        answer("CA certificate", unset, "-")
        answer("User", unset, "-")
        person.expect("FAIL  open")
        person.answer("Choice [1]", "2")
        person.answer("Publish the stations", "n")
        person.answer("Choice", "1")
        answer("Its address", f"http://radio.example/{unset}", str(music))
        person.expect("ok    genre")
        answer("Its name", f"Radio {unset}", "Radio")
        person.answer("Its id, in topics", "")
        person.answer("Another station", "y")
        person.answer("Choice", "2")
        answer("Name, part of it, or index", unset, "no such soundcard")
        person.answer("Keep it anyway", "y")
        person.answer("Its name", "")
        person.answer("Its id, in topics", "")
        person.answer("Another station", "y")
        person.answer("Choice", "3")
        answer("Its path", unset, str(music))
        person.answer("Its name", "")
        person.answer("Its id, in topics", "")
        person.answer("Another station", "")
        person.answer("Write it to", "")
        assert person.wait() == ExitCode.OK
    assert list(load_config(path).stations) == ["radio", "radio_2", "radio_3"]


def test_a_path_that_the_configuration_would_refuse_is_refused_before_the_first_question(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("NOWHERE", raising=False)
    said = io.StringIO()
    with pytest.raises(ConfigError, match="the environment variable NOWHERE is not set"):
        run(tmp_path / "${NOWHERE}" / "genred.yaml", Console(io.StringIO(), said))
    assert said.getvalue() == ""
