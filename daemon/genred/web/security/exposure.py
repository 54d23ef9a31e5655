"""What the section `web` must hold before pages are served."""

from __future__ import annotations

import ipaddress
from typing import TYPE_CHECKING

from genred.errors import ConfigError
from genred.web.security.password import read_hash
from genred.web.security.proxies import read_networks

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from genred.config.schema import Config, WebConfig


def web_faults(config: Config, address: str | None = None) -> Iterator[str]:
    """What `genred web` would refuse at its start, each fault with its key.

    Args:
        config: Judged.
        address: That it is started with in place of the configured one.
    """
    settings = config.web
    checks: list[Callable[[], object]] = [
        lambda: check_exposure(settings, address),
        lambda: read_networks(settings.trusted_proxies),
    ]
    if settings.password_file is not None:
        checks.append(lambda: read_hash(str(settings.password_file)))
    for check in checks:
        try:
            check()
        except ConfigError as error:
            yield str(error)


def check_exposure(settings: WebConfig, address: str | None = None) -> None:
    """Refuses to serve the network without anybody having to log in.

    Args:
        settings: Of the pages.
        address: In place of the configured one.

    Raises:
        ConfigError: There is neither a password nor a reverse proxy that logs people in.
    """
    if settings.user_header and not settings.trusted_proxies:
        raise ConfigError(
            "web.user_header: has no effect without web.trusted_proxies, which states the proxies to trust"
        )
    name, used = ("web.address", settings.address) if address is None else ("--address", address)
    if is_loopback(used) or settings.password_file is not None or settings.user_header:
        return
    raise ConfigError(
        f"{name}: {used} is open to the network, which needs a password: "
        "write one with `genred web-password FILE` and set web.password_file"
    )


def is_loopback(address: str) -> bool:
    """Whether only this machine reaches an address."""
    if address == "localhost":
        return True
    try:
        return ipaddress.ip_address(address).is_loopback
    except ValueError:
        return False
