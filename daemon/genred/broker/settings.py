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
    from collections.abc import Iterator

    from paho.mqtt.client import Client

    from genred.config.schema import Config, MqttConfig, TlsConfig

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
        if faults := _unreadable(tls):
            raise ConfigError("; ".join(faults))
        try:
            context = ssl.create_default_context(cafile=tls.ca_file)
        except ssl.SSLError as error:
            raise ConfigError(f"mqtt.tls.ca_file: {tls.ca_file} does not contain a PEM certificate ({error})") from None
        if tls.cert_file is not None and tls.key_file is not None:
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
    if faults := list(broker_faults(config)):
        raise ConfigError("; ".join(faults))
    mqtt = config.mqtt
    client_id = mqtt.client_id or f"genred-{config.node}"
    if mqtt.broker == EMBEDDED:
        port = mqtt.embedded_port if embedded_port is None else embedded_port
        address = BrokerAddress(_LOOPBACK, port)
        # The embedded broker speaks 3.1.1 only.
        return BrokerSettings(address, client_id, None, (MqttVersion.V311,), mqtt)
    return _settings(mqtt, client_id, parse_broker(mqtt.broker))


def broker_faults(config: Config) -> Iterator[str]:
    """Yields everything for which the `mqtt` section cannot be used, each with its key."""
    mqtt = config.mqtt
    if mqtt.broker == EMBEDDED:
        return
    try:
        address = parse_broker(mqtt.broker)
    except ConfigError as error:
        yield str(error)
        return
    if not address.tls and (mqtt.tls.ca_file or mqtt.tls.cert_file or mqtt.tls.insecure):
        yield f"mqtt.tls: set, but mqtt.broker ({address}) is not encrypted; write mqtts:// or wss:// or drop mqtt.tls"
    if address.username is not None and mqtt.username is not None:
        yield "mqtt.username: given twice, also in mqtt.broker; give it once"
    given = mqtt.password is not None or mqtt.password_file is not None
    if address.password is not None and given:
        yield "mqtt.password: given twice, also in mqtt.broker; give it once"
    settings = _settings(mqtt, "", address)
    if settings.username is None and given:
        yield "mqtt.username: missing; a password needs a user name"
    unreadable = _unreadable(mqtt.tls) if address.tls else []
    yield from unreadable
    for needed in (settings.read_password, *([settings.tls_context] if address.tls and not unreadable else [])):
        try:
            needed()
        except ConfigError as error:
            yield str(error)


def _settings(mqtt: MqttConfig, client_id: str, address: BrokerAddress) -> BrokerSettings:
    return BrokerSettings(
        address=address,
        client_id=client_id,
        username=mqtt.username if address.username is None else address.username,
        versions=(MqttVersion.V5, MqttVersion.V311) if mqtt.version == "auto" else (MqttVersion(mqtt.version),),
        mqtt=mqtt,
    )


def warn_of_weaknesses(config: Config) -> None:
    """Warns of what works in the `mqtt` section but is less safe than it could be."""
    mqtt = config.mqtt
    path = Path(mqtt.password_file or "")
    if mqtt.password_file is not None and path.is_file() and path.stat().st_mode & stat.S_IROTH:
        _log.warning("mqtt.password_file: %s can be read by every user of this machine; chmod o-r it", path)
    if mqtt.tls.insecure:
        address = parse_broker(mqtt.broker)
        _log.warning("mqtt.tls.insecure is set: whatever answers at %s is trusted as the broker", address)


def _unreadable(tls: TlsConfig) -> list[str]:
    """The files that cannot be read, each with its key."""
    faults = []
    for key, path in (("ca_file", tls.ca_file), ("cert_file", tls.cert_file), ("key_file", tls.key_file)):
        try:
            if path is not None:
                Path(path).open("rb").close()
        except OSError as error:
            faults.append(f"mqtt.tls.{key}: {path}: cannot be read: {error.strerror}")
    return faults
