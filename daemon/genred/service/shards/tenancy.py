"""What the present process of a shard was told: its stations, their models, the level of the log."""

from __future__ import annotations

import logging
import time
from typing import TYPE_CHECKING

from genred.service.shards import wire

if TYPE_CHECKING:
    from collections.abc import Collection

    from genred.service.shards.child import Child
    from genred.service.shards.station import ShardStation

LIFELESS_LOOKS = 120
"""It hangs, too, when so many looks in a row, a minute of them, heard nothing: longer than a small board needs to
import everything, and counted so that a machine which was asleep is not taken for one that hangs."""


class Tenancy:
    """One process of a shard and the stations in it. Not for several threads at once, but for `hear`.

    Args:
        child: The process, just started.
        run: Id of the daemon's start.
    """

    def __init__(self, child: Child, run: str) -> None:
        self.child = child
        self.station_ids: set[str] = set()
        self._models: set[str] = set()
        self._log_level = logging.getLogger().level
        self._heard_at = time.monotonic()
        self._heard_since_look = True
        self._silent_looks = 0
        self.send(wire.Begin(run, self._log_level))

    def hear(self) -> None:
        """Notes that the process has said something."""
        self._heard_at, self._heard_since_look = time.monotonic(), True

    def idle_s(self) -> float:
        """Seconds since the process last showed life."""
        return time.monotonic() - self._heard_at

    def hangs(self) -> bool:
        """Says whether the process has shown no life for too long. To be asked about twice a second."""
        self._silent_looks = 0 if self._heard_since_look else self._silent_looks + 1
        self._heard_since_look = False
        return self._silent_looks >= LIFELESS_LOOKS

    def send(self, command: wire.Command) -> bool:
        """Gives a command; False where the process takes none.

        What ends it or makes it hang does not matter: the next process is made as things are then.
        """
        return self.child.send(command)

    def make(self, station: ShardStation) -> None:
        """Has a station made, after its model."""
        bundle = station.bundle
        if bundle.card.tflite_sha256 not in self._models:
            self._models.add(bundle.card.tflite_sha256)
            self.send(wire.TakeModel(bundle.card, bundle.tflite, str(bundle.path)))
        self.station_ids.add(station.id)
        self.send(station.made())

    def end(self, station_ids: Collection[str]) -> None:
        """Has stations end."""
        self.station_ids.difference_update(station_ids)
        if station_ids:
            self.send(wire.EndStations(list(station_ids)))

    def keep_models(self, hashes: Collection[str]) -> None:
        """Has the process forget all networks but these."""
        self._models &= set(hashes)
        self.send(wire.KeepModels(list(hashes)))

    def pass_on_log_level(self) -> None:
        """Has the process log as the daemon does."""
        level = logging.getLogger().level
        if level != self._log_level:
            self._log_level = level
            self.send(wire.SetLogLevel(level))
