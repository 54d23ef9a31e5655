"""How a station stands, as an event whenever it matters."""

from __future__ import annotations

from typing import TYPE_CHECKING

from genred.events import StationCounters, StationStatus
from genred.stations.traffic import Traffic

if TYPE_CHECKING:
    from genred.clock import Clock
    from genred.sources.source import Source
    from genred.stations.monitor import StationMonitor

EVERY_S = 1.0
"""How often the counters are published, at most."""


class StatusEvents:
    """Makes the status of a station from its parts.

    Args:
        station: The station's id.
        monitor: Read by the thread that it belongs to.
        source: Its meter is read.
        clock: For the times.
    """

    def __init__(self, station: str, monitor: StationMonitor, source: Source, clock: Clock) -> None:
        self._station = station
        self._monitor = monitor
        self._source = source
        self._clock = clock
        self._traffic = Traffic()
        self._published_at = float("-inf")
        self._published: tuple[object, ...] = ()

    def due(self, *, enabled: bool, overloaded: bool, faults: int, last: bool = False) -> StationStatus | None:
        """Gives the status, if something but counters changed, it was given a while ago or is the last; else None."""
        now = self._clock.monotonic()
        self._traffic.update(now, self._source.meter.received_bytes)
        connection, clipping = self._monitor.connection, self._monitor.sound.clipping
        signal_faults = self._monitor.sound.faults
        standing = (
            enabled,
            overloaded,
            clipping,
            signal_faults,
            connection.state,
            connection.since,
            connection.attempts,
            connection.source,
        )
        if not last and standing == self._published and now - self._published_at < EVERY_S:
            return None
        self._published, self._published_at = standing, now
        settled_until = self._monitor.settled_until
        at = self._clock.moment(now)
        return StationStatus(
            station=self._station,
            at=at,
            enabled=enabled,
            overloaded=overloaded,
            connection=connection.status(at),
            clipping=clipping,
            signal_faults=signal_faults,
            bytes_per_s=self._traffic.bytes_per_s,
            accounted_until=None if settled_until is None else at.on_this_clock(settled_until),
            counters=self._counters(faults),
        )

    def _counters(self, faults: int) -> StationCounters:
        monitor, meter = self._monitor, self._source.meter
        return StationCounters(
            analysed_s=monitor.account.analysed_s,
            unanalysed_s=monitor.account.gaps_s,
            inference_s=monitor.progress.inference_s,
            windows=monitor.progress.windows,
            dropped_windows=monitor.progress.dropped_windows,
            reconnects=monitor.connection.reconnects,
            received_bytes=meter.received_bytes,
            corrupt_packets=meter.corrupt_packets,
            overflows=meter.overflows,
            faults=faults,
        )
