"""Everything that a connection to the broker needs, resolved from the configuration."""

from __future__ import annotations

import logging
import os
import ssl
import stat
from dataclasses import dataclass, field
from enum import Enum
from pathlib import Path
from typing import TYPE_CHECKING

from genred.errors import ConfigError
from genred.outputs.address import EMBEDDED, BrokerAddress, parse_broker

if TYPE_CHECKING:
    from genred.config.schema import Config, TlsConfig

_log = logging.getLogger(__name__)

_LOOPBACK = "127.0.0.1"


class Protocol(Enum):
    """A version of MQTT."""

    V5 = "5"
    V311 = "3.1.1"


@dataclass(frozen=True, slots=True)
class Link:
    """How to reach the broker and as whom.

    Attributes:
        address: Where it is.
        client_id: Unique at the broker.
        username: None for an anonymous client.
        password: As given in the configuration, or None.
        password_file: Read at every attempt, so that a corrected file needs no restart.
        protocols: To be tried in this order.
        tls: For an encrypted address.
        keepalive_s: MQTT keep-alive.
    """

    address: BrokerAddress
    client_id: str
    username: str | None
    password: str | None = field(repr=False)
    password_file: str | None
    protocols: tuple[Protocol, ...]
    tls: TlsConfig
    keepalive_s: int

    def read_password(self) -> str | None:
        """The password of the next attempt.

        Raises:
            ConfigError: The file is not there or cannot be read.
        """
        return self.password if self.password_file is None else read_secret(self.password_file, "mqtt.password_file")

    def tls_context(self) -> ssl.SSLContext:
        """The TLS side of the next attempt.

        Raises:
            ConfigError: A certificate or key is not there or is none.
        """
        tls = self.tls
        if tls.ca_file is not None:
            _check_readable(tls.ca_file, "mqtt.tls.ca_file")
        try:
            context = ssl.create_default_context(cafile=tls.ca_file)
        except ssl.SSLError as error:
            raise ConfigError(f"mqtt.tls.ca_file: {tls.ca_file} holds no certificate in PEM form ({error})") from None
        if tls.cert_file is not None and tls.key_file is not None:
            _check_readable(tls.cert_file, "mqtt.tls.cert_file")
            _check_readable(tls.key_file, "mqtt.tls.key_file")
            try:
                # An encrypted key must not make a daemon ask for its passphrase on a terminal.
                context.load_cert_chain(tls.cert_file, tls.key_file, password=lambda: "")
            except ssl.SSLError as error:
                raise ConfigError(
                    f"mqtt.tls: {tls.cert_file} and {tls.key_file} are no certificate and its unencrypted key "
                    f"in PEM form ({error})"
                ) from None
        if tls.insecure:
            context.check_hostname = False
            context.verify_mode = ssl.CERT_NONE
        return context


def read_link(config: Config, embedded_port: int | None = None) -> Link:
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
        return Link(address, client_id, None, None, None, (Protocol.V311,), mqtt.tls, mqtt.keepalive_s)
    address = parse_broker(mqtt.broker)
    if not address.tls and (mqtt.tls.ca_file or mqtt.tls.cert_file or mqtt.tls.insecure):
        raise ConfigError(
            f"mqtt.tls: set, but mqtt.broker ({address}) is not encrypted; write mqtts:// or wss:// or drop mqtt.tls"
        )
    if address.username is not None and mqtt.username is not None:
        raise ConfigError("mqtt.username: given twice, in mqtt.broker as well; give it once")
    given = mqtt.password is not None or mqtt.password_file is not None
    if address.password is not None and given:
        raise ConfigError("mqtt.password: given twice, in mqtt.broker as well; give it once")
    username = mqtt.username if address.username is None else address.username
    if username is None and given:
        raise ConfigError("mqtt.username: missing; a password needs its user")
    link = Link(
        address=address,
        client_id=client_id,
        username=username,
        password=mqtt.password if address.password is None else address.password,
        password_file=mqtt.password_file,
        protocols=(Protocol.V5, Protocol.V311) if mqtt.version == "auto" else (Protocol(mqtt.version),),
        tls=mqtt.tls,
        keepalive_s=mqtt.keepalive_s,
    )
    link.read_password()
    if address.tls:
        link.tls_context()
        if mqtt.tls.insecure:
            _log.warning("mqtt.tls.insecure is set: whoever answers at %s is believed to be the broker", address)
    return link


def read_secret(name: str, key: str) -> str:
    """The first line of a file; a relative name is looked up in systemd's credentials directory first.

    Args:
        name: As configured.
        key: Key path in the configuration, for the message.

    Raises:
        ConfigError: The file is not there, cannot be read, or is empty.
    """
    path = Path(name)
    directory = os.environ.get("CREDENTIALS_DIRECTORY")
    if not path.is_absolute() and directory and (Path(directory) / path).exists():
        path = Path(directory) / path
    elif path.is_file() and path.stat().st_mode & stat.S_IROTH:
        _log.warning("%s: %s can be read by every user of this machine; chmod o-r it", key, path)
    try:
        secret = path.read_text(encoding="utf-8").partition("\n")[0].rstrip("\r")
    except (OSError, UnicodeDecodeError) as error:
        where = f" (nor in the credentials directory {directory})" if directory and not Path(name).is_absolute() else ""
        raise ConfigError(f"{key}: cannot read {path}{where}: {_reason(error)}") from None
    if not secret:
        raise ConfigError(f"{key}: the first line of {path} is empty; it must be the password")
    return secret


def _check_readable(path: str, key: str) -> None:
    try:
        with Path(path).open("rb"):
            pass
    except OSError as error:
        raise ConfigError(f"{key}: cannot read {path}: {_reason(error)}") from None


def _reason(error: OSError | UnicodeDecodeError) -> str:
    return (error.strerror or str(error)) if isinstance(error, OSError) else "it is no UTF-8 text"
