"""Cookies: a server that sets one on a redirect wants it back, or refuses."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from genred.sources.numbers import whole_number

if TYPE_CHECKING:
    from collections.abc import Callable
    from email.message import Message
    from http.cookiejar import CookieJar

MAX_COOKIE_CHARACTERS = 4_096
"""Of one cookie with its attributes, as in browsers (RFC 6265, section 6.1); a longer one is not kept."""

MAX_KEPT = 100
"""Cookies of one jar; when there are more, it begins anew."""


class Cookies:
    """The cookies of one session of a source; where each may go is decided by the standard library's jar."""

    def __init__(self) -> None:
        self._jar: CookieJar | None = None

    def header(self, url: str) -> str | None:
        """Gives the `Cookie` header for an address; None where there is nothing to send."""
        if self._jar is None:
            return None
        request = _Request(url)
        self._jar.add_cookie_header(request)  # type: ignore[arg-type]
        return request.added.get("Cookie")

    def take(self, url: str, lines: list[str]) -> None:
        """Keeps what an answer sets.

        Args:
            url: That was answered.
            lines: The values of its `Set-Cookie` headers.
        """
        lines = [sane for line in lines if (sane := _sane(line))]
        if not lines:
            return
        # Few servers set any, and the library takes urllib along.
        from email.message import Message  # noqa: PLC0415
        from http.cookiejar import CookieJar, DefaultCookiePolicy  # noqa: PLC0415

        if self._jar is None:
            # A cookie without a domain is for its host alone (RFC 6265, section 5.3).
            exact = DefaultCookiePolicy.DomainStrictNonDomain
            self._jar = CookieJar(DefaultCookiePolicy(strict_ns_domain=exact))
        if len(self._jar) > MAX_KEPT:
            self._jar.clear()
        message = Message()
        for line in lines:
            message["Set-Cookie"] = line
        self._jar.extract_cookies(_Answer(message), _Request(url))  # type: ignore[arg-type]


def _sane(line: str) -> str:
    """Leaves of a cookie what counts here; what else servers write, the library answers with tracebacks."""
    if len(line) > MAX_COOKIE_CHARACTERS:
        return ""
    cookie, *attributes = line.replace("\r", " ").split(";")
    name, equals, _ = cookie.partition("=")
    if not name.strip() or not equals:
        return ""
    kept = [cookie.strip()]
    for attribute in attributes:
        key, equals, value = (part.strip() for part in attribute.partition("="))
        is_sane = _ATTRIBUTES.get(key.lower())
        if is_sane is not None and is_sane(value):
            kept.append(f"{key}{equals}{value}")
    return "; ".join(kept)


_ATTRIBUTES: dict[str, Callable[[str], bool]] = {
    "domain": bool,
    "path": bool,
    "expires": bool,
    "max-age": lambda value: whole_number(value) is not None,
    "secure": lambda _value: True,
}


@dataclass
class _Request:
    """What `http.cookiejar` asks of a request."""

    url: str
    unverifiable: bool = False
    added: dict[str, str] = field(default_factory=dict)

    @property
    def type(self) -> str:
        return urlsplit(self.url).scheme

    @property
    def host(self) -> str:
        return urlsplit(self.url).netloc.rpartition("@")[2]

    @property
    def origin_req_host(self) -> str:
        return urlsplit(self.url).hostname or ""

    def get_full_url(self) -> str:
        return self.url

    def has_header(self, name: str) -> bool:
        return name in self.added

    def get_header(self, name: str, default: Any = None) -> Any:
        return self.added.get(name, default)

    def add_unredirected_header(self, name: str, text: str) -> None:
        self.added[name] = text


@dataclass
class _Answer:
    """What `http.cookiejar` asks of an answer."""

    message: Message

    def info(self) -> Message:
        return self.message
