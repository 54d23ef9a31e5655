"""Who is told what happens on a connection to the broker."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Sequence

    from genred.outputs.mqtt.outbox import Message


class Listener(Protocol):
    """Who is told what the connection does; everything is called from its thread and must not block."""

    def on_connected(self) -> Sequence[str]:
        """A connection stands. Returns the topics to subscribe to."""

    def on_message(self, topic: str, payload: bytes, *, retained: bool) -> None:
        """A message has come; `retained` tells one that the broker kept from one that was just published."""

    def on_published(self, message: Message, size: int) -> None:
        """The broker has acknowledged a message, a packet of `size` bytes."""

    def on_tick(self) -> Sequence[str]:
        """About once a second while connected. Returns the topics to unsubscribe from."""
