"""One recipient of alerts, reached through Apprise."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Literal, Protocol
from urllib.parse import unquote

from genred.errors import ConfigError, GenredError
from genred.masking import MASK, mask_text
from genred.outputs.alerts.apprise_log import apprise_log
from genred.printable import printable

if TYPE_CHECKING:
    from apprise import Apprise

    from genred.config.types.secret import Secret

Tone = Literal["failure", "success", "info"]

_LEAST_SECRET_CHARACTERS = 4
_MAX_REASON_CHARACTERS = 300


class SendError(GenredError):
    """A message could not be sent; what it says has no secret in it."""


class Sender(Protocol):
    """Someone who can be sent messages."""

    @property
    def service(self) -> str:
        """By what they are reached, such as `E-Mail`."""

    @property
    def identity(self) -> object:
        """Equal for two that reach the same recipient."""

    def send(self, title: str, body: str, tone: Tone) -> None:
        """Sends a message, and waits until it is sent.

        Raises:
            SendError: It could not be sent.
        """


class AppriseSender:
    """Sends by one URL of Apprise.

    Args:
        url: Such as `ntfys://ntfy.sh/topic`.
        key: Of the configuration, for messages.

    Raises:
        ConfigError: It is no URL that Apprise knows.
        ModuleNotFoundError: Apprise is not installed.
    """

    def __init__(self, url: Secret, key: str) -> None:
        # An extra: imported only where it is asked for.
        from apprise import Apprise, AppriseAsset  # noqa: PLC0415

        self._url = url
        self._log = apprise_log()
        self._apprise: Apprise = Apprise(asset=AppriseAsset(app_id="genred", app_desc="genred", async_mode=False))
        before = self._log.count
        if not self._apprise.add(url.reveal()) or len(self._apprise) != 1:
            reason = self._masked(self._log.since(before, "")) or "unknown"
            raise ConfigError(f"{key}: is not the URL of a recipient that Apprise supports ({reason})")
        self.service = str(self._apprise[0].service_name)

    @property
    def identity(self) -> object:
        """See `Sender.identity`."""
        return self._url.reveal()

    def send(self, title: str, body: str, tone: Tone) -> None:
        """Sends a message; see `Sender.send`."""
        before = self._log.count
        try:
            sent = self._apprise.notify(body=body, title=title, notify_type=tone, body_format="text")
        except Exception as error:  # noqa: BLE001 - plugins raise whatever their libraries do
            raise SendError(self._masked(f"{type(error).__name__}: {error}")) from None
        if not sent:
            raise SendError(self._masked(self._log.since(before, self.service)) or "no reason was given")

    def _masked(self, text: str | None) -> str:
        """The text without any part of the address but its scheme, on one line."""
        text = printable(mask_text(text or ""))
        parts = set(re.split(r"[/:@?&=,\s]+", self._url.reveal().rpartition("://")[2]))
        parts |= {unquote(part) for part in parts}
        for part in sorted(parts, key=len, reverse=True):
            if len(part) >= _LEAST_SECRET_CHARACTERS and part not in _HARMLESS:
                text = text.replace(part, MASK)
        return text[:_MAX_REASON_CHARACTERS]


_HARMLESS = frozenset({"localhost", "127.0.0.1", "true", "false", "json", "mode", "from", "user", "pass", "name"})
"""Parts of addresses that are in messages anyway."""
