"""One line on how a station stands with its source, for people."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from genred.stations.connection_state import ConnectionState

if TYPE_CHECKING:
    from genred.sources.source import SourceInfo
    from genred.stations.connection_state import Link


def describe_link(link: Link) -> str:
    """Describes state, codec, rate, traffic, and what went wrong."""
    parts = [link.state.value]
    if link.state is ConnectionState.BACKING_OFF and link.retry_at is not None:
        parts = [f"next attempt in {max(0.0, link.retry_at - time.monotonic()):.0f} s"]
    if link.state in {ConnectionState.STREAMING, ConnectionState.STALLED} and link.info is not None:
        parts += describe_info(link.info)
        if link.bytes_per_s:
            parts.append(f"{link.bytes_per_s / 1000:.1f} kB/s")
    elif link.last_error:
        parts.append(link.last_error)
    return " · ".join(parts)


def describe_info(info: SourceInfo) -> list[str]:
    """Describes what was found on opening, in parts: name, codec, rate and channels, bitrate."""
    channels = {1: "mono", 2: "stereo"}.get(info.channels, f"{info.channels} channels")
    parts = [info.codec, f"{info.rate_hz:,} Hz {channels}"]
    if info.bitrate_bps:
        parts.append(f"{info.bitrate_bps / 1000:.0f} kbit/s")
    return [info.name, *parts] if info.name else parts
