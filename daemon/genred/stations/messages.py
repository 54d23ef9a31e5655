"""What a station's reader tells its analyst, each with the monotonic time at which it happened."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from genred.sources.source import SourceItem


@dataclass(frozen=True, slots=True)
class Connecting:
    """The source is being opened."""

    at: float


@dataclass(frozen=True, slots=True)
class Arrived:
    """The source gave something.

    Attributes:
        dropped_s: Seconds of audio that were dropped before this, because the inbox was full.
    """

    at: float
    item: SourceItem
    dropped_s: float = 0.0


@dataclass(frozen=True, slots=True)
class Broke:
    """The session ended with a fault.

    Attributes:
        wait_s: Until the next attempt; None when there will be none.
    """

    at: float
    cause: str
    message: str
    wait_s: float | None


@dataclass(frozen=True, slots=True)
class Ended:
    """A source that has an end came to it."""

    at: float


@dataclass(frozen=True, slots=True)
class Switched:
    """The station was switched off, or ends with the daemon."""

    at: float
    cause: str = "disabled"


@dataclass(frozen=True, slots=True)
class Forget:
    """Somebody asked the station to forget what it has heard."""

    at: float


Message = Connecting | Arrived | Broke | Ended | Switched | Forget
