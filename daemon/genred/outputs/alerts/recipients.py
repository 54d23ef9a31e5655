"""To whom alerts go: the addresses of a configuration, and whether they can be used."""

from __future__ import annotations

import importlib.util
from typing import TYPE_CHECKING

from genred.config.secret import secret_lines
from genred.config.types.secret import MAX_SECRETS, Secret
from genred.errors import ConfigError
from genred.extras import how_to_install
from genred.outputs.alerts.sender import AppriseSender

if TYPE_CHECKING:
    from collections.abc import Iterator

    from genred.config.schema import AlertConfig, Config

MISSING = f"needs the package apprise; install it with: {how_to_install('alerts')}"


def has_apprise() -> bool:
    """Says whether the package is installed that alerts need."""
    return importlib.util.find_spec("apprise") is not None


def open_senders(name: str, alert: AlertConfig) -> list[AppriseSender]:
    """Gives a sender for each address of an alert.

    Raises:
        ConfigError: An address cannot be read or used.
    """
    key = f"alerts.{name}.{'to' if alert.to_file is None else 'to_file'}"
    urls = read_addresses(name, alert)
    return [
        AppriseSender(url, key if len(urls) == 1 else f"{key} number {number}") for number, url in enumerate(urls, 1)
    ]


def read_addresses(name: str, alert: AlertConfig) -> list[Secret]:
    """Gives the addresses of an alert, from the configuration or from its file.

    Raises:
        ConfigError: The file cannot be read, or has none or too many.
    """
    if alert.to_file is None:
        return list(alert.to or ())
    key = f"alerts.{name}.to_file"
    path, lines = secret_lines(alert.to_file, key, "a list of addresses")
    urls = [line.strip() for line in lines if line.strip() and not line.lstrip().startswith("#")]
    if not urls:
        raise ConfigError(f"{key}: {path}: contains no URL such as ntfys://ntfy.sh/topic")
    if len(urls) > MAX_SECRETS:
        raise ConfigError(f"{key}: {path}: has {len(urls)} URLs; at most {MAX_SECRETS} are allowed")
    return [Secret(url) for url in urls]


def alert_faults(config: Config) -> Iterator[str]:
    """Finds what would keep alerts from being sent, without sending any."""
    if not config.alerts:
        return
    if not has_apprise():
        yield f"alerts: {MISSING}"
        return
    for name, alert in config.alerts.items():
        try:
            open_senders(name, alert)
        except ConfigError as error:
            yield str(error)
