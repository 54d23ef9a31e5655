"""What a station's reader passes on, each with the monotonic time at which it happened."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeGuard

from genred.audio import AudioBlock
from genred.cause import Cause

if TYPE_CHECKING:
    from genred.sources.source import SourceItem


@dataclass(frozen=True, slots=True)
class SessionOpened:
    """The source is being opened.

    Attributes:
        session: Counts the station's sessions.
    """

    at: float
    session: int = 0


@dataclass(frozen=True, slots=True)
class ItemReceived:
    """The source gave something.

    Attributes:
        dropped_s: Seconds of audio that were dropped before this, because the inbox was full.
    """

    at: float
    item: SourceItem
    dropped_s: float = 0.0

    @property
    def audio_s(self) -> float:
        """Seconds of audio in it."""
        return self.item.seconds if isinstance(self.item, AudioBlock) else 0.0


@dataclass(frozen=True, slots=True)
class SessionFailed:
    """The session ended with a fault.

    Attributes:
        wait_s: Until the next attempt; None when there will be none.
    """

    at: float
    cause: Cause
    message: str
    wait_s: float | None


@dataclass(frozen=True, slots=True)
class SessionEnded:
    """A source that has an end came to it."""

    at: float


@dataclass(frozen=True, slots=True)
class Stopped:
    """The station was switched off, or ends with the daemon."""

    at: float
    cause: Cause = Cause.DISABLED


@dataclass(frozen=True, slots=True)
class Reset:
    """Somebody asked the station to forget what it has received."""

    at: float


Message = SessionOpened | ItemReceived | SessionFailed | SessionEnded | Stopped | Reset


def is_audio(message: object) -> TypeGuard[ItemReceived]:
    """Says whether a message brings a block of audio."""
    return isinstance(message, ItemReceived) and isinstance(message.item, AudioBlock)
