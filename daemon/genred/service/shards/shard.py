"""One shard: a process with stations, started again whenever it ends, and the daemon's end of its pipe."""

from __future__ import annotations

import logging
import sys
import threading
import time
from typing import TYPE_CHECKING

from genred.backoff import Backoff
from genred.events.process import ProcessProfile
from genred.service.shards import wire
from genred.service.shards.child import Child
from genred.service.shards.marker import NOBODY, WorkMarker
from genred.service.shards.tenancy import Tenancy

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence
    from collections.abc import Set as AbstractSet

    from genred.clock import Clock
    from genred.service.shards.station import ShardStation

_LOGGER = logging.getLogger(__name__)

COMMAND = (sys.executable, "-P", "-m", "genred.service.shards.process")
"""What a shard's process is, before its descriptors."""

STARTS_PER_LOOK = 20
"""How many stations restart at once: a small board opens TLS connections one after the other."""

SETTLED_S = 60.0
"""A process that lived for so long was no failure to start."""

_END_WITHIN_S = 1.0


class Shard:
    """Keeps a process with stations running.

    Args:
        name: For the log.
        clock: For times.
        keeps_stdin: Whether the process gets the daemon's standard input.
        command: What the process is; for tests.
    """

    def __init__(self, name: str, clock: Clock, *, keeps_stdin: bool, command: Sequence[str] = COMMAND) -> None:
        self._name = name
        self._clock = clock
        self._keeps_stdin = keeps_stdin
        self._command = command
        self._lock = threading.RLock()
        self._marker = WorkMarker()
        self._stations: dict[str, ShardStation] = {}
        # Those that are to end, and those of which the process was told so.
        self._ending: list[ShardStation] = []
        self._leaving: dict[str, ShardStation] = {}
        self._tenancy: Tenancy | None = None
        self._thread: threading.Thread | None = None
        self._closed = threading.Event()
        self._restarts = Backoff(0.5, 30.0, least_share=0.5)
        self._starts = 0

    @property
    def pid(self) -> int | None:
        """Of the process, while there is one."""
        with self._lock:
            return None if self._tenancy is None else self._tenancy.child.pid

    def profile(self) -> ProcessProfile:
        """Describes the process as it is now."""
        with self._lock:
            return ProcessProfile(self._name, self.pid, max(0, self._starts - 1), len(self._stations))

    def idle_s(self) -> float:
        """Seconds since the process last showed life; 0 while there is none, which the shard sees to."""
        with self._lock:
            return 0.0 if self._tenancy is None else self._tenancy.idle_s()

    def start(self, station: ShardStation) -> None:
        """Has a station made, in the present process or the next."""
        with self._lock:
            self._stations[station.id] = station
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name=f"genred-{self._name}", daemon=True)
                self._thread.start()
            elif self._tenancy is not None:
                self._tenancy.make(station)

    def send(self, station: ShardStation, command: wire.Command) -> bool:
        """Gives a command for a station. False when it has no process now."""
        with self._lock:
            tenancy = self._tenancy
            return tenancy is not None and station.id in tenancy.station_ids and tenancy.send(command)

    def end_soon(self, station: ShardStation) -> None:
        """Notes a station that is to end; `end_now` tells the process of all of them."""
        with self._lock:
            self._ending.append(station)

    def end_now(self) -> None:
        """Ends the stations that are to end; those without a process have ended already."""
        with self._lock:
            ending, self._ending = self._ending, []
            for station in ending:
                self._stations.pop(station.id, None)
                self._leaving[station.id] = station
                if self._tenancy is None or station.id not in self._tenancy.station_ids:
                    self._forget(station)
            if self._tenancy is not None:
                self._tenancy.end([station.id for station in ending if station.id in self._leaving])

    def keep_models(self, hashes: Collection[str]) -> None:
        """Has the process forget all networks but these."""
        with self._lock:
            if self._tenancy is not None:
                self._tenancy.keep_models(hashes)

    def look(self) -> None:
        """Makes the stations whose time has come, and ends a process that hangs. To be called about twice a second."""
        with self._lock:
            if self._tenancy is None:
                return
            if self._tenancy.hangs():
                _LOGGER.error("%s: its process hangs and is killed", self._name)
                self._tenancy.child.kill()
            self._tenancy.pass_on_log_level()
            self._make_due(self._tenancy)

    def close(self) -> None:
        """Ends the process, after its stations have ended."""
        self._closed.set()
        with self._lock:
            tenancy = self._tenancy
        if tenancy is not None:
            tenancy.child.end()
        if self._thread is not None:
            self._thread.join(_END_WITHIN_S)
        if self._thread is None or not self._thread.is_alive():
            self._marker.close()

    # The shard's thread.

    def _run(self) -> None:
        while not self._closed.is_set():
            started_at = time.monotonic()
            try:
                tenancy = self._start_process()
            except OSError as error:
                self._after_end(f"cannot be started: {error.strerror}", NOBODY, started_at, frozenset())
                continue
            try:
                self._listen(tenancy)
            except Exception:
                # Whatever it is, the stations must have a process, and somebody who hears it.
                _LOGGER.exception("%s: the output of its process cannot be read", self._name)
                tenancy.child.kill()
            with self._lock:
                self._tenancy = None
            fate, crashed = tenancy.child.bury()
            self._after_end(fate, self._marker.read() if crashed else NOBODY, started_at, tenancy.station_ids)

    def _start_process(self) -> Tenancy:
        self._marker.write(NOBODY)
        child = Child(self._command, self._marker, keeps_stdin=self._keeps_stdin)
        with self._lock:
            self._starts += 1
            self._tenancy = tenancy = Tenancy(child, self._clock.run)
            self._make_due(tenancy)
        return tenancy

    def _listen(self, tenancy: Tenancy) -> None:
        while (answer := tenancy.child.receive()) is not None:
            tenancy.hear()
            self._take(answer)

    def _take(self, answer: wire.Answer) -> None:
        match answer:
            case wire.Published(event):
                station = self._stations.get(event.station) or self._leaving.get(event.station)
                if station is not None:
                    station.take(event)
            case wire.StationsEnded(names):
                with self._lock:
                    for name in names:
                        if name in self._leaving:
                            self._forget(self._leaving[name])
            case wire.Pulse():
                pass

    def _after_end(self, fate: str, number: int, started_at: float, running: AbstractSet[str]) -> None:
        """Tells the stations, and waits before the next process.

        Args:
            fate: How it ended, as the end of a sentence.
            number: Of the station that crashed it; `NOBODY` where none did.
            started_at: When it was started.
            running: Ids of the stations that it had and that were not to end.
        """
        if self._closed.is_set():
            return
        with self._lock:
            leaving = list(self._leaving.values())
            stations = [*self._stations.values(), *leaving]
        culprit = next((station for station in stations if number != NOBODY and station.number == number), None)
        was_at_work = "" if culprit is None else f" while processing {culprit.id}"
        _LOGGER.error("%s: its process %s%s; its %d stations restart", self._name, fate, was_at_work, len(running))
        for station in stations:
            if station.id in running or station in leaving:
                station.break_off(f"its process {fate}", to_blame=station is culprit)
        with self._lock:
            # Whoever was to end has.
            for station in leaving:
                self._forget(station)
        if time.monotonic() - started_at > SETTLED_S:
            self._restarts.succeed()
        if culprit is None:
            self._closed.wait(self._restarts.next_wait_s())

    # With the lock held.

    def _make_due(self, tenancy: Tenancy) -> None:
        now = self._clock.monotonic()
        due = [one for one in self._stations.values() if one.id not in tenancy.station_ids and one.due_at <= now]
        for station in due[:STARTS_PER_LOOK]:
            tenancy.make(station)

    def _forget(self, station: ShardStation) -> None:
        if self._leaving.get(station.id) is station:
            del self._leaving[station.id]
        station.end()
