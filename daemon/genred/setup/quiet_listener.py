"""A listener of a connection to the broker that wants nothing of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from genred.outputs.mqtt.outbox import Message


class QuietListener:
    """A `Listener` that subscribes to nothing; whoever waits for a message gives it another `on_message`."""

    def on_connected(self) -> Sequence[str]:
        """Subscribes to nothing."""
        return ()

    def on_message(self, topic: str, payload: bytes, *, retained: bool) -> None:
        """Passes it over."""

    def on_published(self, message: Message, size: int) -> None:
        """Passes it over."""

    def on_tick(self) -> Sequence[str]:
        """Does nothing."""
        return ()
