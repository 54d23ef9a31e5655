"""`genred test-mqtt`: each step, and what is said when it fails."""

from __future__ import annotations

import io
import socket
from typing import TYPE_CHECKING, Any

import pytest

from genred.config.schema import MqttConfig, TlsConfig
from genred.config.types.secret import Secret
from genred.exit_codes import ExitCode
from genred.outputs.mqtt.embedded_broker import EmbeddedBroker
from genred.setup import broker_test as test_mqtt
from tests.outputs.events import config, profile
from tests.outputs.mqtt.certificates import make_certificates
from tests.outputs.mqtt.mosquitto import Mosquitto, free_port
from tests.outputs.mqtt.watcher import Watcher, retained_at
from tests.patience import PATIENCE_S
from tests.setup.conftest import PASSWORD

if TYPE_CHECKING:
    from pathlib import Path


def tried(**mqtt: Any) -> tuple[ExitCode, str]:
    settings = config()
    writer = io.StringIO()
    code = test_mqtt.run(type(settings)(stations=settings.stations, mqtt=MqttConfig(**mqtt)), writer)
    return code, writer.getvalue()


def test_broker_that_works_passes_every_step(broker: Mosquitto) -> None:
    code, said = tried(broker=f"127.0.0.1:{broker.port}")
    assert code is ExitCode.OK
    assert [line.split()[1] for line in said.splitlines()[1:]] == [
        "resolve",
        "open",
        "login",
        "publish",
        "discovery",
        "size",
    ]


def test_user_and_password_are_used_and_not_shown(password_broker: Mosquitto) -> None:
    code, said = tried(broker=f"127.0.0.1:{password_broker.port}", username="genred", password=Secret(PASSWORD))
    assert code is ExitCode.OK
    assert "as genred" in said
    assert PASSWORD not in said


def test_wrong_password_fails_at_the_login(password_broker: Mosquitto) -> None:
    code, said = tried(broker=f"mqtt://genred:wrong@127.0.0.1:{password_broker.port}")
    assert code is ExitCode.UNAVAILABLE
    assert "FAIL  login" in said
    assert "wrong" not in said


def test_access_list_that_forbids_our_topics_fails_at_publishing(password_broker: Mosquitto) -> None:
    code, said = tried(
        broker=f"127.0.0.1:{password_broker.port}", username="genred", password=Secret(PASSWORD), base_topic="radio"
    )
    assert code is ExitCode.UNAVAILABLE
    assert "FAIL  publish" in said
    assert "access list" in said


def test_name_that_does_not_resolve_fails_first() -> None:
    code, said = tried(broker="no-such-host.invalid")
    assert code is ExitCode.UNAVAILABLE
    assert "FAIL  resolve" in said
    assert "is it spelt correctly?" in said


def test_port_that_is_closed_fails_at_opening() -> None:
    code, said = tried(broker=f"127.0.0.1:{free_port()}")
    assert code is ExitCode.UNAVAILABLE
    assert "FAIL  open" in said


def test_something_else_than_a_broker_fails_at_the_login() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        code, said = tried(broker=f"127.0.0.1:{silent.getsockname()[1]}", version="5")
    assert code is ExitCode.UNAVAILABLE
    assert "does not answer as an MQTT broker" in said


def test_broker_of_3_1_1_is_found_out() -> None:
    broker = EmbeddedBroker()
    broker.start()
    code, said = tried(broker=f"127.0.0.1:{broker.port}")
    broker.stop()
    assert code is ExitCode.OK
    assert "with MQTT 3.1.1" in said


def test_certificate_is_judged(tmp_path: Path) -> None:
    certificates = make_certificates(tmp_path)
    lines = [f"cafile {certificates.ca}", f"certfile {certificates.server}", f"keyfile {certificates.server_key}"]
    broker = Mosquitto(tmp_path, lines).start()
    url = f"mqtts://localhost:{broker.port}"
    good = tried(broker=url, tls=TlsConfig(ca_file=str(certificates.ca)))
    strange = tried(broker=url, tls=TlsConfig(ca_file=str(certificates.stranger_ca)))
    broker.stop()
    assert good[0] is ExitCode.OK
    assert "the certificate is trusted until" in good[1]
    assert strange[0] is ExitCode.UNAVAILABLE
    assert "FAIL  encrypt" in strange[1]


def test_running_daemon_is_not_thrown_out(broker: Mosquitto) -> None:
    from genred.outputs.mqtt.output import MqttOutput

    output = MqttOutput(config(broker.port), [profile()], None)
    output.start()
    assert output.wait_connected(PATIENCE_S)
    code, _ = tried(broker=f"127.0.0.1:{broker.port}")
    assert code is ExitCode.OK
    assert output.connected
    assert output.connects == 1
    output.close()


@pytest.mark.parametrize("port_is_free", [True, False])
def test_embedded_broker_is_started_once(port_is_free: bool) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = free_port() if port_is_free else taken.getsockname()[1]
        code, said = tried(broker="embedded", embedded_port=port)
    assert code is (ExitCode.OK if port_is_free else ExitCode.UNAVAILABLE)
    assert str(port) in said


def test_access_list_that_forbids_discovery_fails_there(tmp_path: Path) -> None:
    access = tmp_path / "access"
    access.write_text("topic readwrite genred/#\n")
    broker = Mosquitto(tmp_path, [f"acl_file {access}"]).start()
    code, said = tried(broker=f"127.0.0.1:{broker.port}")
    broker.stop()
    assert code is ExitCode.UNAVAILABLE
    assert "ok    publish" in said
    assert "FAIL  discovery" in said
    assert "homeassistant.enabled: false" in said


@pytest.mark.parametrize("version", ["5", "3.1.1"])
@pytest.mark.parametrize("line", ["max_packet_size", "message_size_limit"])
def test_broker_that_takes_small_packets_only_fails_at_the_size(tmp_path: Path, version: str, line: str) -> None:
    broker = Mosquitto(tmp_path, [f"{line} 2048"]).start()
    code, said = tried(broker=f"127.0.0.1:{broker.port}", version=version)
    broker.stop()
    assert code is ExitCode.UNAVAILABLE
    assert "ok    discovery" in said
    assert "FAIL  size" in said
    assert "raise the broker's packet size limit" in said


def test_trial_of_discovery_leaves_nothing_behind(broker: Mosquitto) -> None:
    with Watcher(broker.port, "homeassistant/#") as watcher:
        code, _ = tried(broker=f"127.0.0.1:{broker.port}")
        seen = watcher.wait_for("homeassistant/device/genred_genred__check/config")
    assert code is ExitCode.OK
    assert seen.payload == b""
    assert retained_at(broker.port) == {}
