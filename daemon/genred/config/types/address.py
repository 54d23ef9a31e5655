"""Names and addresses in a network: slugs, URLs, brokers."""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta

from genred.config.types.value import ValueType
from genred.masking import mask_url

_END = r"$(?![\s\S])"
"""The end of a text; `$` alone would let a line break follow."""


class Slug(ValueType):
    """An id, as topics and entities have it."""

    def __init__(self) -> None:
        pattern = rf"^[a-z0-9]+(_[a-z0-9]+)*{_END}"
        super().__init__(Annotated[str, Meta(pattern=pattern, description="a slug of a-z, 0-9 and single _")])

    def suggestion(self, value: object) -> str:
        """The slug that a text is close to."""
        return "_".join("".join(c if c.isascii() and c.isalnum() else " " for c in str(value).lower()).split())


class Url(ValueType):
    """A http:// or https:// URL; credentials in it are masked."""

    def __init__(self) -> None:
        pattern = r"^[Hh][Tt][Tt][Pp][Ss]?://[^/\s]"
        super().__init__(Annotated[str, Meta(pattern=pattern, description="a http:// or https:// URL")])


class ProxyUrl(ValueType):
    """A http:// URL of a proxy, `direct`, or empty; credentials in it are masked."""

    def __init__(self) -> None:
        pattern = rf"^([Hh][Tt][Tt][Pp]://[^/\s]\S*|direct|){_END}"
        super().__init__(Annotated[str, Meta(pattern=pattern, description="a http:// URL of a proxy, or `direct`")])


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
