"""One line on how a station stands with its source, for people."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from genred.events import ConnectionState

if TYPE_CHECKING:
    from genred.audio import SourceInfo
    from genred.events import StationStatus


def describe_connection(status: StationStatus) -> str:
    """Describes state, codec, rate, traffic, and what went wrong."""
    connection = status.connection
    parts = [connection.state.description]
    if connection.state is ConnectionState.BACKING_OFF and connection.retry_at is not None:
        parts = [f"next attempt in {max(0.0, connection.retry_at.monotonic_s - time.monotonic()):.0f} s"]
    if connection.state in {ConnectionState.STREAMING, ConnectionState.STALLED} and connection.source is not None:
        parts += describe_info(connection.source)
        if status.bytes_per_s:
            parts.append(f"{status.bytes_per_s / 1000:.1f} kB/s")
    elif connection.last_error:
        parts.append(connection.last_error)
    return " · ".join(parts)


def describe_info(info: SourceInfo) -> list[str]:
    """Describes what was found on opening, in parts: name, codec, rate and channels, bitrate."""
    channels = {1: "mono", 2: "stereo"}.get(info.channels, f"{info.channels} channels")
    parts = [info.codec, f"{info.rate_hz:,} Hz {channels}"]
    if info.bitrate_bps:
        parts.append(f"{info.bitrate_bps / 1000:.0f} kbit/s")
    return [info.name, *parts] if info.name else parts
