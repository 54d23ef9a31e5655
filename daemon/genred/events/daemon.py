"""What concerns the daemon as a whole and no station; outputs take it by `Output.handle_daemon`."""

from __future__ import annotations

import msgspec

from genred.clock import Moment


class LogFailing(msgspec.Struct, frozen=True, kw_only=True):
    """The airplay log cannot be written.

    Attributes:
        at: Since when.
        reason: For people, such as that the disk is full.
    """

    at: Moment
    reason: str


class LogWorking(msgspec.Struct, frozen=True, kw_only=True):
    """The airplay log is written again."""

    at: Moment


DaemonEvent = LogFailing | LogWorking
