"""Everything that a connection to the broker needs, resolved from the configuration."""

from __future__ import annotations

import logging
import ssl
import stat
from dataclasses import dataclass, field
from enum import Enum
from pathlib import Path
from typing import TYPE_CHECKING

from genred.broker.address import EMBEDDED, BrokerAddress, parse_broker
from genred.config.secret import broker_password
from genred.errors import ConfigError

if TYPE_CHECKING:
    from paho.mqtt.client import Client

    from genred.config.schema import Config, MqttConfig

_log = logging.getLogger(__name__)

_LOOPBACK = "127.0.0.1"


class MqttVersion(Enum):
    """A version of MQTT."""

    V5 = "5"
    V311 = "3.1.1"


@dataclass(frozen=True, slots=True)
class BrokerSettings:
    """How to reach the broker and as whom.

    Attributes:
        address: Where it is.
        client_id: Unique at the broker.
        username: None for an anonymous client.
        mqtt: The section that it was read from; the password is read anew at every attempt, so that a corrected
            file needs no restart.
        versions: To be tried in this order.
    """

    address: BrokerAddress
    client_id: str
    username: str | None
    versions: tuple[MqttVersion, ...]
    mqtt: MqttConfig = field(repr=False)

    @property
    def keepalive_s(self) -> int:
        """MQTT keep-alive."""
        return self.mqtt.keepalive_s

    def read_password(self) -> str | None:
        """The password of the next attempt; None where there is none.

        Raises:
            ConfigError: The file is not there or cannot be read.
        """
        return self.address.password if self.address.password is not None else broker_password(self.mqtt)

    def secure(self, client: Client) -> None:
        """Gives a client the login, TLS, and the path of a websocket.

        Raises:
            ConfigError: A password, a certificate or a key cannot be read.
        """
        if self.username is not None:
            client.username_pw_set(self.username, self.read_password())
        if self.address.tls:
            client.tls_set_context(self.tls_context())
        if self.address.websockets:
            client.ws_set_options(path=self.address.path)

    def tls_context(self) -> ssl.SSLContext:
        """The TLS side of the next attempt.

        Raises:
            ConfigError: A certificate or key is not there or is none.
        """
        tls = self.mqtt.tls
        if tls.ca_file is not None:
            _check_readable(tls.ca_file, "mqtt.tls.ca_file")
        try:
            context = ssl.create_default_context(cafile=tls.ca_file)
        except ssl.SSLError as error:
            raise ConfigError(f"mqtt.tls.ca_file: {tls.ca_file} does not contain a PEM certificate ({error})") from None
        if tls.cert_file is not None and tls.key_file is not None:
            _check_readable(tls.cert_file, "mqtt.tls.cert_file")
            _check_readable(tls.key_file, "mqtt.tls.key_file")
            try:
                # An encrypted key must not make a daemon ask for its passphrase on a terminal.
                context.load_cert_chain(tls.cert_file, tls.key_file, password=lambda: "")
            except ssl.SSLError as error:
                raise ConfigError(
                    f"mqtt.tls: {tls.cert_file} and {tls.key_file} are not a certificate and its unencrypted key "
                    f"in PEM format ({error})"
                ) from None
        if tls.insecure:
            context.check_hostname = False
            context.verify_mode = ssl.CERT_NONE
        return context


def read_broker_settings(config: Config, embedded_port: int | None = None) -> BrokerSettings:
    """Resolves the `mqtt` section.

    Args:
        config: The whole configuration.
        embedded_port: Where the embedded broker listens, once it does.

    Raises:
        ConfigError: Address, credentials or certificates cannot be used.
    """
    mqtt = config.mqtt
    client_id = mqtt.client_id or f"genred-{config.node}"
    if mqtt.broker == EMBEDDED:
        port = mqtt.embedded_port if embedded_port is None else embedded_port
        address = BrokerAddress(_LOOPBACK, port)
        # The embedded broker speaks 3.1.1 only.
        return BrokerSettings(address, client_id, None, (MqttVersion.V311,), mqtt)
    address = parse_broker(mqtt.broker)
    if not address.tls and (mqtt.tls.ca_file or mqtt.tls.cert_file or mqtt.tls.insecure):
        raise ConfigError(
            f"mqtt.tls: set, but mqtt.broker ({address}) is not encrypted; write mqtts:// or wss:// or drop mqtt.tls"
        )
    if address.username is not None and mqtt.username is not None:
        raise ConfigError("mqtt.username: given twice, also in mqtt.broker; give it once")
    given = mqtt.password is not None or mqtt.password_file is not None
    if address.password is not None and given:
        raise ConfigError("mqtt.password: given twice, also in mqtt.broker; give it once")
    username = mqtt.username if address.username is None else address.username
    if username is None and given:
        raise ConfigError("mqtt.username: missing; a password needs a user name")
    settings = BrokerSettings(
        address=address,
        client_id=client_id,
        username=username,
        versions=(MqttVersion.V5, MqttVersion.V311) if mqtt.version == "auto" else (MqttVersion(mqtt.version),),
        mqtt=mqtt,
    )
    settings.read_password()
    if address.tls:
        settings.tls_context()
    return settings


def warn_of_weaknesses(config: Config) -> None:
    """Warns of what works in the `mqtt` section but is less safe than it could be."""
    mqtt = config.mqtt
    path = Path(mqtt.password_file or "")
    if mqtt.password_file is not None and path.is_file() and path.stat().st_mode & stat.S_IROTH:
        _log.warning("mqtt.password_file: %s can be read by every user of this machine; chmod o-r it", path)
    if mqtt.tls.insecure:
        address = parse_broker(mqtt.broker)
        _log.warning("mqtt.tls.insecure is set: whatever answers at %s is trusted as the broker", address)


def _check_readable(path: str, key: str) -> None:
    try:
        with Path(path).open("rb"):
            pass
    except OSError as error:
        raise ConfigError(f"{key}: {path}: cannot be read: {error.strerror}") from None
