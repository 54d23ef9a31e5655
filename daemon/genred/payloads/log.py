"""The JSON that is published of the airplay log."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import msgspec

from genred.events import LogFailing
from genred.payloads.state import SCHEMA, timestamp
from genred.printable import printable

if TYPE_CHECKING:
    from genred.events import LogWorking


class LogPayload(msgspec.Struct, frozen=True, kw_only=True):
    """What `genred/<node>/log` holds, retained.

    Attributes:
        schema: Version of this layout.
        node: Id of the machine.
        log: `failing` while nothing can be written, else `ok`.
        reason: Why it fails, for people; null while it is written.
        at: Since when.
        run: Id of the daemon's start.
    """

    schema: int
    node: str
    log: Literal["ok", "failing"]
    reason: str | None
    at: str
    run: str


def log_payload(event: LogFailing | LogWorking, *, node: str) -> LogPayload:
    """What is published of the log."""
    failing = isinstance(event, LogFailing)
    return LogPayload(
        schema=SCHEMA,
        node=node,
        log="failing" if failing else "ok",
        reason=printable(event.reason) if isinstance(event, LogFailing) else None,
        at=timestamp(event.at),
        run=event.at.run,
    )
