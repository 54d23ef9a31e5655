"""Stations spread over processes."""

from __future__ import annotations

import itertools
import os
from typing import TYPE_CHECKING

from genred.config.schema import PipeSource, SoundcardSource
from genred.events.process import DAEMON, ProcessProfile
from genred.service.shards.shard import COMMAND, Shard
from genred.service.shards.station import ShardStation

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping, Sequence

    from genred.clock import Clock
    from genred.config.schema import SourceConfig
    from genred.events import Event
    from genred.service.running_station import RunningStation
    from genred.service.station_settings import StationSettings


class ShardHost:
    """Makes stations that run in other processes, evenly many in each; see `StationHost`.

    Soundcards and the standard input belong to a process as a whole, so the first one has them all.

    Args:
        shards: How many processes, at least 1.
        emit: Takes the events of every station.
        clock: For times.
        command: What a shard's process is; for tests.
    """

    def __init__(
        self,
        shards: int,
        emit: Callable[[Event], None],
        *,
        clock: Clock,
        command: Sequence[str] = COMMAND,
    ) -> None:
        self._emit = emit
        self._clock = clock
        self._numbers = itertools.count(1)
        self.shards = [
            Shard(f"shard {index}", clock, keeps_stdin=index == 0, command=command) for index in range(shards)
        ]
        self._places: dict[str, Shard] = {}

    def make(self, settings: StationSettings, *, enabled: bool) -> ShardStation:
        """Makes a station, which is not yet started."""
        self.release(settings.id)
        shard = self._places[settings.id] = self._place(settings.source)
        return ShardStation(settings, next(self._numbers), shard, enabled=enabled, emit=self._emit, clock=self._clock)

    def release(self, name: str) -> None:
        """Notes that a station, if there was one of that id, has ended."""
        self._places.pop(name, None)

    def keep_models(self, hashes: Collection[str]) -> None:
        """Forgets all networks but these."""
        for shard in self.shards:
            shard.keep_models(hashes)

    def hanging(self, stations: Mapping[str, RunningStation]) -> list[str]:
        """Has each shard look after its stations. Nothing: what hangs there ends its own process only."""
        for shard in self.shards:
            shard.look()
        return []

    def processes(self) -> list[ProcessProfile]:
        """Describes the daemon's process, which has no stations, and those of the shards; see `StationHost`."""
        daemon = ProcessProfile(DAEMON, os.getpid(), restarts=0, stations=0)
        return [daemon, *(shard.profile() for shard in self.shards)]

    def close(self) -> None:
        """Ends the processes, after the stations have ended."""
        for shard in self.shards:
            shard.close()

    def _place(self, source: SourceConfig) -> Shard:
        if isinstance(source, SoundcardSource | PipeSource):
            return self.shards[0]
        counts = dict.fromkeys(self.shards, 0)
        for shard in self._places.values():
            counts[shard] += 1
        return min(self.shards, key=counts.__getitem__)
