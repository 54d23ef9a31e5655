"""Names and addresses in a network: slugs, URLs, brokers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated
from urllib.parse import urlsplit

from msgspec import Meta

from genred.config.types.value import ValueType
from genred.errors import ConfigError
from genred.masking import mask_url
from genred.slug import SLUG_PATTERN, slug_of

if TYPE_CHECKING:
    from pathlib import Path

_END = r"$(?![\s\S])"
"""The end of a text; `$` alone would let a line break follow."""


def check_url(url: str) -> None:
    """Looks whether a URL names a server.

    Raises:
        ConfigError: It names none; credentials in it are masked.
    """
    try:
        parts = urlsplit(url)
        host = parts.hostname
    except ValueError as error:
        # Python's own words may quote the credentials.
        reason = "" if "@" in url else f": {error}"
        raise ConfigError(f"{mask_url(url)}: is not a valid URL{reason}") from None
    try:
        _ = parts.port
    except ValueError:
        raise ConfigError(
            f"{mask_url(url)}: is not a valid URL: the port must be a number up to 65535, and `/`, `#` and `@` in a "
            "password must be written as %2F, %23 and %40"
        ) from None
    if not host:
        raise ConfigError(f"{mask_url(url)}: has no host; write it like http://host:8000/stream")


class Slug(ValueType):
    """An id, as topics and entities have it."""

    def __init__(self) -> None:
        pattern = rf"^{SLUG_PATTERN}{_END}"
        super().__init__(Annotated[str, Meta(pattern=pattern, description="a slug of a-z, 0-9 and single _")])

    def suggestion(self, value: object) -> str:
        """The slug that a text is close to."""
        return slug_of(str(value))


class Url(ValueType):
    """A http:// or https:// URL; credentials in it are masked."""

    def __init__(self) -> None:
        pattern = r"^[Hh][Tt][Tt][Pp][Ss]?://[^/\s]"
        super().__init__(Annotated[str, Meta(pattern=pattern, description="a http:// or https:// URL")])

    def finish(self, value: str, folder: Path | None) -> str:
        """Checks that it names a server; see `check_url`."""
        check_url(value)
        return value


class ProxyUrl(ValueType):
    """A http:// URL of a proxy, `direct`, or empty; credentials in it are masked."""

    def __init__(self) -> None:
        pattern = rf"^([Hh][Tt][Tt][Pp]://[^/\s]\S*|direct|){_END}"
        super().__init__(Annotated[str, Meta(pattern=pattern, description="a http:// URL of a proxy, or `direct`")])

    def finish(self, value: str, folder: Path | None) -> str:
        """Checks that a URL names a server; see `check_url`."""
        if "://" in value:
            check_url(value)
        return value


class ListenAddress(ValueType):
    """Where a server listens: an IP address, or the name of this machine."""

    def __init__(self) -> None:
        pattern = rf"^([A-Za-z0-9_-]+(\.[A-Za-z0-9_-]+)*|[0-9A-Fa-f:.]*:[0-9A-Fa-f:.]*(%[\w.-]+)?){_END}"
        description = "an IP address or a host name, such as 127.0.0.1, :: or localhost"
        super().__init__(Annotated[str, Meta(pattern=pattern, max_length=253, description=description)])


class Topic(ValueType):
    """What an MQTT topic begins with."""

    def __init__(self) -> None:
        pattern = rf"^[^+#\s/]+(/[^+#\s/]+)*{_END}"
        super().__init__(Annotated[str, Meta(pattern=pattern, description="a topic without wildcards")])


class Broker(ValueType):
    """An MQTT broker: a URL, or only its host and port; credentials in either are masked."""

    def __init__(self) -> None:
        super().__init__(str)

    def show(self, value: str) -> str:
        """The address, its credentials masked."""
        return mask_url(value) if "://" in value else mask_url(f"mqtt://{value}").removeprefix("mqtt://")
