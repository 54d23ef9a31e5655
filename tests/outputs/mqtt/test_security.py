"""TLS, certificates, passwords and websockets, against a real mosquitto that asks for them."""

from __future__ import annotations

import logging
import subprocess
import time
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from genred.config.schema import MqttConfig, TlsConfig
from genred.config.types.secret import Secret
from genred.errors import ConfigError
from genred.outputs.mqtt.output import MqttOutput
from genred.outputs.mqtt.pace import Pace
from tests.outputs.events import config, profile, report
from tests.outputs.mqtt.certificates import Certificates, make_certificates
from tests.outputs.mqtt.hearing import Hearing
from tests.outputs.mqtt.mosquitto import Mosquitto
from tests.outputs.mqtt.watcher import Watcher
from tests.patience import PATIENCE_S
from tests.sources import certificates as self_signed

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from paho.mqtt.client import Client

    from genred.config.schema import Config

QUICK = Pace(first_wait_s=0.05, longest_wait_s=0.2, refused_wait_s=0.4, settle_s=0.5, survey_s=1.0)
PASSWORD = "correct horse"
PLAIN_LISTENER = "listener 0 127.0.0.1"
"""Mosquitto 2.0 does not start with websocket listeners alone."""


@pytest.fixture(scope="module")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> Certificates:
    return make_certificates(tmp_path_factory.mktemp("certificates"))


@pytest.fixture
def serve(tmp_path: Path) -> Iterator[Callable[..., Mosquitto]]:
    started: list[Mosquitto] = []

    def start(*lines: str, anonymous: bool = True) -> Mosquitto:
        mosquitto = Mosquitto(tmp_path, lines, anonymous=anonymous)
        started.append(mosquitto)
        return mosquitto.start()

    yield start
    for mosquitto in started:
        mosquitto.stop()


@pytest.fixture
def password_broker(tmp_path: Path, serve: Callable[..., Mosquitto]) -> Mosquitto:
    passwords = tmp_path / "passwords"
    subprocess.run(["mosquitto_passwd", "-b", "-c", str(passwords), "genred", PASSWORD], check=True, timeout=30)
    return serve(f"password_file {passwords}", anonymous=False)


@pytest.fixture
def start() -> Iterator[Callable[..., MqttOutput]]:
    made: list[MqttOutput] = []

    def make(**mqtt: Any) -> MqttOutput:
        output = MqttOutput(with_mqtt(**mqtt), [profile()], None, QUICK)
        made.append(output)
        output.start()
        return output

    yield make
    for output in made:
        output.close()


def with_mqtt(**mqtt: Any) -> Config:
    settings = config()
    return type(settings)(stations=settings.stations, mqtt=MqttConfig(**mqtt), homeassistant=settings.homeassistant)


def tls_lines(certificates: Certificates, *, client: bool = False) -> list[str]:
    lines = [
        f"cafile {certificates.ca}",
        f"certfile {certificates.server}",
        f"keyfile {certificates.server_key}",
    ]
    return [*lines, "require_certificate true"] if client else lines


def says_jazz(output: MqttOutput, port: int, configure: Callable[[Client], None] = lambda _client: None) -> bool:
    assert output.wait_connected(PATIENCE_S), output.problem
    output.handle(report())
    with Watcher(port, configure=configure) as watcher:
        return watcher.wait_for("genred/genred/kitchen/genre", lambda message: message.text == "jazz") is not None


def warnings(caplog: pytest.LogCaptureFixture) -> list[str]:
    return [record.getMessage() for record in caplog.records if record.levelno >= logging.WARNING]


def test_broker_with_a_certificate_of_a_known_authority_is_trusted(
    certificates: Certificates, serve: Callable[..., Mosquitto], start: Callable[..., MqttOutput]
) -> None:
    broker = serve(*tls_lines(certificates))
    output = start(broker=f"mqtts://localhost:{broker.port}", tls=TlsConfig(ca_file=str(certificates.ca)))
    assert says_jazz(output, broker.port, lambda client: client.tls_set(str(certificates.ca)))


def test_broker_that_asks_for_a_client_certificate_gets_it(
    certificates: Certificates, serve: Callable[..., Mosquitto], start: Callable[..., MqttOutput]
) -> None:
    broker = serve(*tls_lines(certificates, client=True))
    tls = TlsConfig(
        ca_file=str(certificates.ca), cert_file=str(certificates.client), key_file=str(certificates.client_key)
    )
    output = start(broker=f"mqtts://127.0.0.1:{broker.port}", tls=tls)
    ours = (str(certificates.ca), str(certificates.client), str(certificates.client_key))
    assert says_jazz(output, broker.port, lambda client: client.tls_set(*ours))


def test_broker_with_a_certificate_of_a_stranger_is_refused_and_the_reason_is_said(
    certificates: Certificates, serve: Callable[..., Mosquitto], start: Callable[..., MqttOutput]
) -> None:
    broker = serve(*tls_lines(certificates))
    with Hearing("genred.outputs") as hearing:
        output = start(broker=f"mqtts://localhost:{broker.port}", tls=TlsConfig(ca_file=str(certificates.stranger_ca)))
        hearing.wait_for("is not trusted")
    assert "mqtt.tls.ca_file" in hearing.heard[-1]
    assert not output.connected
    assert output.connects == 0


def test_certificate_from_the_future_is_tried_again_soon_until_the_clock_is_set(
    tmp_path: Path, serve: Callable[..., Mosquitto], caplog: pytest.LogCaptureFixture
) -> None:
    made = self_signed.make(tmp_path, "127.0.0.1", self_signed.FUTURE)
    broker = serve(f"cafile {made.file}", f"certfile {made.file}", f"keyfile {made.key}")
    # However long it has gone on: the waits have grown long by then.
    pace = replace(QUICK, first_wait_s=3_600.0, longest_wait_s=3_600.0, clock_check_s=0.1)
    tls = TlsConfig(ca_file=str(made.file))
    output = MqttOutput(with_mqtt(broker=f"mqtts://127.0.0.1:{broker.port}", tls=tls), [profile()], None, pace)
    with Hearing("genred.outputs") as hearing, caplog.at_level(logging.DEBUG, "genred.outputs"):
        output.start()
        hearing.wait_for("is not yet valid; the clock here says")
        deadline = time.monotonic() + PATIENCE_S
        while sum("is not yet valid" in text for text in caplog.messages) < 3 and time.monotonic() < deadline:
            time.sleep(0.02)
        output.close()
    assert sum("is not yet valid" in text for text in caplog.messages) >= 3
    assert len(hearing.heard) == 1


def test_broker_with_a_certificate_for_another_name_is_refused(
    certificates: Certificates, serve: Callable[..., Mosquitto], start: Callable[..., MqttOutput]
) -> None:
    broker = serve(
        f"cafile {certificates.ca}", f"certfile {certificates.elsewhere}", f"keyfile {certificates.elsewhere_key}"
    )
    with Hearing("genred.outputs") as hearing:
        output = start(broker=f"mqtts://localhost:{broker.port}", tls=TlsConfig(ca_file=str(certificates.ca)))
        hearing.wait_for("is not trusted")
    assert output.connects == 0


def test_insecure_takes_any_certificate_and_warns(
    certificates: Certificates,
    serve: Callable[..., Mosquitto],
    start: Callable[..., MqttOutput],
    caplog: pytest.LogCaptureFixture,
) -> None:
    broker = serve(*tls_lines(certificates))
    output = start(broker=f"mqtts://127.0.0.1:{broker.port}", tls=TlsConfig(insecure=True))
    assert says_jazz(output, broker.port, lambda client: client.tls_set(str(certificates.ca)))
    assert any("mqtt.tls.insecure" in warning for warning in warnings(caplog))


def test_tls_against_a_plain_port_says_so(serve: Callable[..., Mosquitto], start: Callable[..., MqttOutput]) -> None:
    with Hearing("genred.outputs") as hearing:
        start(broker=f"mqtts://localhost:{serve().port}")
        hearing.wait_for("does not speak TLS")


def test_plain_against_a_tls_port_says_so(
    certificates: Certificates, serve: Callable[..., Mosquitto], start: Callable[..., MqttOutput]
) -> None:
    with Hearing("genred.outputs") as hearing:
        start(broker=f"localhost:{serve(*tls_lines(certificates)).port}")
        hearing.wait_for("mqtts://")


@pytest.mark.parametrize("version", ["5", "3.1.1"])
def test_websocket_carries_the_same(
    serve: Callable[..., Mosquitto], start: Callable[..., MqttOutput], version: str
) -> None:
    broker = serve("protocol websockets", PLAIN_LISTENER)
    output = start(broker=f"ws://127.0.0.1:{broker.port}/mqtt", version=version)
    assert output.wait_connected(PATIENCE_S), output.problem
    output.handle(report())
    output.close()
    assert "genred/genred/kitchen/genre" in broker.log.read_text()


def test_encrypted_websocket_carries_the_same(
    certificates: Certificates, serve: Callable[..., Mosquitto], start: Callable[..., MqttOutput]
) -> None:
    broker = serve("protocol websockets", *tls_lines(certificates), PLAIN_LISTENER)
    output = start(broker=f"wss://localhost:{broker.port}", tls=TlsConfig(ca_file=str(certificates.ca)))
    assert output.wait_connected(PATIENCE_S), output.problem
    output.handle(report())
    output.close()
    assert "genred/genred/kitchen/genre" in broker.log.read_text()


@pytest.mark.parametrize("version", ["5", "3.1.1"])
def test_user_with_the_right_password_is_let_in(
    password_broker: Mosquitto, start: Callable[..., MqttOutput], tmp_path: Path, version: str
) -> None:
    secret = tmp_path / "secret"
    secret.write_text(f"{PASSWORD}\nsecond line\n")
    output = start(
        broker=f"127.0.0.1:{password_broker.port}", username="genred", password_file=str(secret), version=version
    )
    assert says_jazz(output, password_broker.port, lambda client: client.username_pw_set("genred", PASSWORD))


def test_password_in_the_address_is_used_and_never_shown(
    password_broker: Mosquitto, start: Callable[..., MqttOutput], caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    output = start(broker=f"mqtt://genred:correct%20horse@127.0.0.1:{password_broker.port}")
    assert output.wait_connected(PATIENCE_S), output.problem
    assert "horse" not in f"{output.address} {output.address!r} {caplog.text}"


@pytest.mark.parametrize("version", ["auto", "5", "3.1.1"])
def test_wrong_password_is_one_clear_warning_and_a_slow_retry_that_heals(
    password_broker: Mosquitto,
    start: Callable[..., MqttOutput],
    tmp_path: Path,
    caplog: pytest.LogCaptureFixture,
    version: str,
) -> None:
    secret = tmp_path / "secret"
    secret.write_text("wrong horse\n")
    output = start(
        broker=f"127.0.0.1:{password_broker.port}", username="genred", password_file=str(secret), version=version
    )
    password_broker.wait_for_log("not authorised", times=3)
    said = [warning for warning in warnings(caplog) if "does not accept user 'genred'" in warning]
    assert len(said) == 1
    assert "horse" not in said[0]
    secret.write_text(f"{PASSWORD}\n")
    assert output.wait_connected(PATIENCE_S)


@pytest.mark.parametrize("name", ["mqtt-password", "/etc/genred/mqtt-password"])
def test_credential_of_systemd_is_found_by_its_name(
    password_broker: Mosquitto,
    start: Callable[..., MqttOutput],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    name: str,
) -> None:
    credentials = tmp_path / "credentials"
    credentials.mkdir()
    (credentials / "mqtt-password").write_text(PASSWORD)
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", str(credentials))
    output = start(broker=f"127.0.0.1:{password_broker.port}", username="genred", password_file=name)
    assert output.wait_connected(PATIENCE_S), output.problem


def test_two_daemons_with_one_client_id_are_found_out(
    serve: Callable[..., Mosquitto], start: Callable[..., MqttOutput]
) -> None:
    broker = serve()
    with Hearing("genred.outputs") as hearing:
        start(broker=f"127.0.0.1:{broker.port}")
        start(broker=f"127.0.0.1:{broker.port}")
        hearing.wait_for("does another client use the id 'genred-genred'?")


@pytest.mark.parametrize(
    ("mqtt", "said"),
    [
        ({"broker": "http://localhost"}, "'http' is not a known scheme"),
        ({"broker": "localhost:99999"}, r"cannot be parsed \(Port out of range"),
        ({"broker": "mqtt://me:secret@host\u2100"}, r"'mqtt://\*{8}@host\u2100' cannot be parsed; write"),
        ({"broker": "me:secret/or/so@localhost"}, r"'\*{8}@localhost' cannot be parsed; write"),
        ({"broker": "mqtt://"}, "has no host"),
        ({"broker": "my broker"}, "has no host"),
        ({"broker": "mqtt://me:secret@localhost/path"}, r"'mqtt://\*{8}@localhost/path' has something after the port"),
        ({"broker": "localhost", "tls": TlsConfig(insecure=True)}, "is not encrypted"),
        ({"broker": "mqtt://me@localhost", "username": "you"}, "given twice"),
        ({"broker": "mqtt://me:secret@localhost", "password": Secret("other")}, "given twice"),
        ({"password": Secret("secret")}, "a password needs a user name"),
        (
            {"username": "me", "password_file": "/nowhere/secret"},
            r"mqtt\.password_file: /nowhere/secret: cannot be read",
        ),
        ({"broker": "mqtts://localhost", "tls": TlsConfig(ca_file="/nowhere/ca.pem")}, r"mqtt\.tls\.ca_file"),
    ],
)
def test_configuration_that_cannot_work_is_refused_with_its_key(mqtt: dict[str, Any], said: str) -> None:
    with pytest.raises(ConfigError, match=said) as raised:
        MqttOutput(with_mqtt(**mqtt), [profile()], None)
    assert "secret" not in str(raised.value).replace("/nowhere/secret", "")


def test_file_that_is_no_certificate_is_refused(tmp_path: Path) -> None:
    wrong = tmp_path / "ca.pem"
    wrong.write_text("not a certificate")
    with pytest.raises(ConfigError, match="does not contain a PEM certificate"):
        MqttOutput(with_mqtt(broker="mqtts://localhost", tls=TlsConfig(ca_file=str(wrong))), [profile()], None)


def test_password_file_that_everyone_can_read_is_warned_about(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    secret = tmp_path / "secret"
    secret.write_text(PASSWORD)
    secret.chmod(0o644)
    MqttOutput(with_mqtt(username="genred", password_file=str(secret)), [profile()], None)
    assert any("every user of this machine" in warning for warning in warnings(caplog))
