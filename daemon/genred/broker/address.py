"""Where the broker is, as the configuration writes it."""

from __future__ import annotations

from dataclasses import dataclass, field
from urllib.parse import unquote, urlsplit

from genred.errors import ConfigError
from genred.masking import mask_before_at

EMBEDDED = "embedded"
"""What `mqtt.broker` says to have a broker inside."""

_DEFAULT_PORTS = {"mqtt": 1_883, "mqtts": 8_883, "ws": 80, "wss": 443}
_DEFAULT_PATH = "/mqtt"
"""Where mosquitto, EMQX, HiveMQ and Home Assistant's add-on serve MQTT over websockets."""

_MAX_CHARACTERS = 4_096


@dataclass(frozen=True, slots=True)
class BrokerAddress:
    """A broker's place in the network.

    Attributes:
        host: Name or IP address.
        port: Its port.
        tls: Whether the connection is encrypted.
        websockets: Whether MQTT goes through a websocket.
        path: Of the websocket.
        username: From the URL, or None.
        password: From the URL, or None.
    """

    host: str
    port: int
    tls: bool = False
    websockets: bool = False
    path: str = _DEFAULT_PATH
    username: str | None = None
    password: str | None = field(default=None, repr=False)

    def __str__(self) -> str:
        """The URL without credentials, for people."""
        scheme = ("ws" if self.websockets else "mqtt") + ("s" if self.tls else "")
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{scheme}://{host}:{self.port}{self.path if self.websockets else ''}"


def parse_broker(text: str) -> BrokerAddress:
    """Reads host, host:port, or a mqtt://, mqtts://, ws:// or wss:// URL.

    Raises:
        ConfigError: It is none of these; the message shows no password.
    """
    if len(text) > _MAX_CHARACTERS:
        raise ConfigError(f"mqtt.broker: is longer than {_MAX_CHARACTERS} characters; {_ALLOWED}")
    url = text if "://" in text else f"mqtt://{text}"
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError as error:
        # Python's own words may quote the credentials.
        reason = "" if "@" in text else f" ({error})"
        raise ConfigError(f"mqtt.broker: {mask_before_at(text)!r} cannot be parsed{reason}; {_ALLOWED}") from None
    if parts.scheme not in _DEFAULT_PORTS:
        raise ConfigError(
            f"mqtt.broker: {parts.scheme!r} is not a known scheme in {mask_before_at(text)!r}; {_ALLOWED}"
        )
    websockets = parts.scheme in ("ws", "wss")
    if not parts.hostname or any(character.isspace() for character in text):
        raise ConfigError(f"mqtt.broker: {mask_before_at(text)!r} has no host; {_ALLOWED}")
    if parts.query or parts.fragment or (not websockets and parts.path not in ("", "/")):
        raise ConfigError(f"mqtt.broker: {mask_before_at(text)!r} has something after the port; {_ALLOWED}")
    return BrokerAddress(
        host=parts.hostname,
        port=_DEFAULT_PORTS[parts.scheme] if port is None else port,
        tls=parts.scheme in ("mqtts", "wss"),
        websockets=websockets,
        path=parts.path if websockets and parts.path not in ("", "/") else _DEFAULT_PATH,
        username=None if parts.username is None else unquote(parts.username),
        password=None if parts.password is None else unquote(parts.password),
    )


_ALLOWED = (
    "write a host, host:port, mqtt://host:port, mqtts://host:port, ws://host:port/path, wss://host:port/path, "
    f"or {EMBEDDED}"
)
