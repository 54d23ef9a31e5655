"""One line on how a station stands with its source, for people."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from genred.events import ConnectionState
from genred.printable import printable

if TYPE_CHECKING:
    from genred.audio import SourceInfo
    from genred.events import StationStatus


def describe_connection(status: StationStatus) -> str:
    """Describes state, faults of the channels, codec, rate, traffic, and what went wrong."""
    connection = status.connection
    parts = [connection.state.description]
    if connection.state is ConnectionState.BACKING_OFF and connection.retry_at is not None:
        parts = [f"next attempt in {max(0.0, connection.retry_at.monotonic_s - time.monotonic()):.0f} s"]
    if connection.state in {ConnectionState.STREAMING, ConnectionState.STALLED} and connection.source is not None:
        parts += [fault.description for fault in status.signal_faults]
        parts += describe_info(connection.source)
        if status.bytes_per_s:
            parts.append(f"{status.bytes_per_s / 1000:.1f} kB/s")
    elif connection.last_error:
        parts.append(connection.last_error)
    return " · ".join(parts)


def describe_info(info: SourceInfo) -> list[str]:
    """Describes what was found on opening, in parts: name, codec, rate and channels, bitrate, what is odd."""
    parts = describe_format(info.codec, info.rate_hz, info.channels, info.bitrate_bps)
    named = [printable(info.name), *parts] if info.name else parts
    return [*named, info.note] if info.note else named


def describe_format(codec: str, rate_hz: int, channels: int, bitrate_bps: int | None) -> list[str]:
    """Describes how audio is coded, in parts."""
    width = {1: "mono", 2: "stereo"}.get(channels, f"{channels} channels")
    parts = [codec, f"{rate_hz:,} Hz {width}"]
    if bitrate_bps:
        parts.append(f"{bitrate_bps / 1000:.0f} kbit/s")
    return parts
