"""What is said when a broker cannot be reached."""

from __future__ import annotations

import errno
import socket
import ssl

import pytest

from genred.broker.address import BrokerAddress, parse_broker
from genred.outputs.mqtt.diagnosis import explain_connect_error

PLAIN = BrokerAddress("broker.lan", 1_883)
ENCRYPTED = BrokerAddress("broker.lan", 8_883, tls=True)


@pytest.mark.parametrize(
    ("address", "error", "said"),
    [
        (PLAIN, socket.gaierror(socket.EAI_NONAME, "Name or service not known"), "'broker.lan' cannot be resolved"),
        (PLAIN, TimeoutError("timed out"), "does not answer"),
        (PLAIN, ConnectionRefusedError(errno.ECONNREFUSED, "refused"), "is the broker running"),
        (PLAIN, ConnectionResetError(errno.ECONNRESET, "reset"), "should it be mqtts://"),
        (ENCRYPTED, ConnectionResetError(errno.ECONNRESET, "reset"), "does not speak TLS"),
        (ENCRYPTED, ssl.SSLEOFError(8, "EOF"), "does not speak TLS"),
        (
            ENCRYPTED,
            ssl.SSLError(1, "[SSL: TLSV13_ALERT_CERTIFICATE_REQUIRED]"),
            "TLS with mqtts://broker.lan:8883 failed",
        ),
        (PLAIN, OSError(errno.ENETUNREACH, "Network is unreachable"), "is the network up?"),
        (PLAIN, OSError(errno.EMFILE, "Too many open files"), "Too many open files"),
    ],
    ids=lambda value: type(value).__name__,
)
def test_fault_is_named_with_what_to_do(address: BrokerAddress, error: OSError, said: str) -> None:
    text = explain_connect_error(address, error)
    assert said in text
    assert "broker.lan" in text


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("broker.lan", "mqtt://broker.lan:1883"),
        ("broker.lan:1884", "mqtt://broker.lan:1884"),
        ("mqtts://broker.lan", "mqtts://broker.lan:8883"),
        ("ws://broker.lan", "ws://broker.lan:80/mqtt"),
        ("wss://broker.lan:9001/path", "wss://broker.lan:9001/path"),
        ("[::1]:1883", "mqtt://[::1]:1883"),
        ("mqtt://me:p%40ss@broker.lan", "mqtt://broker.lan:1883"),
        ("192.168.1.5", "mqtt://192.168.1.5:1883"),
    ],
)
def test_address_is_read_as_people_write_it(text: str, shown: str) -> None:
    assert str(parse_broker(text)) == shown


def test_credentials_of_an_address_are_decoded() -> None:
    address = parse_broker("mqtt://me:p%40ss@broker.lan")
    assert (address.username, address.password) == ("me", "p@ss")
