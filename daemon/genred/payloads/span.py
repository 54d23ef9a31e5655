"""A span of time as payloads of events have it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from genred.payloads.state import DURATION_DECIMALS, timestamp

if TYPE_CHECKING:
    from genred.events.events import SpanEnded


def span_fields(event: SpanEnded) -> dict[str, Any]:
    """Gives when the span began and how long it was, in seconds by the monotonic clock."""
    return {"started_at": timestamp(event.started_at), "duration_s": round(event.duration_s, DURATION_DECIMALS)}
