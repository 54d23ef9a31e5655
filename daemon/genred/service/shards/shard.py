"""One shard: a process with stations, started again whenever it ends, and the daemon's end of its pipe."""

from __future__ import annotations

import logging
import os
import signal
import socket
import struct
import subprocess
import sys
import threading
import time
from multiprocessing.connection import Connection
from typing import TYPE_CHECKING

from genred.backoff import Backoff
from genred.service.library_output import log_descriptor
from genred.service.shards import wire
from genred.service.shards.marker import NOBODY, WorkMarker

if TYPE_CHECKING:
    from collections.abc import Sequence

    from genred.clock import Clock
    from genred.service.shards.station import ShardStation

_LOGGER = logging.getLogger(__name__)

COMMAND = (sys.executable, "-P", "-m", "genred.service.shards.process")
"""What a shard's process is, before its descriptors."""

SEND_WITHIN_S = 10.0
"""A process that takes no command for so long hangs."""

LIFELESS_LOOKS = 120
"""It hangs, too, when so many looks in a row, a minute of them, heard nothing: longer than a small board needs to
import everything, and counted so that a machine which was asleep is not taken for one that hangs."""

STARTS_PER_LOOK = 20
"""How many stations begin again at once: a small board opens TLS connections one after the other."""

SETTLED_S = 60.0
"""A process that lived for so long was no failure to start."""

_END_WITHIN_S = 1.0

_CRASHES = frozenset({signal.SIGSEGV, signal.SIGABRT, signal.SIGBUS, signal.SIGILL, signal.SIGFPE})
"""The ends that come from what was at work; SIGKILL comes from outside."""


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
        self._made: set[str] = set()
        # Those that are to end, and those of which the process was told so.
        self._ending: list[ShardStation] = []
        self._leaving: dict[str, ShardStation] = {}
        self._models: set[str] = set()
        self._socket: socket.socket | None = None
        self._pipe: Connection[bytes, bytes] | None = None
        self._process: subprocess.Popen[bytes] | None = None
        self._thread: threading.Thread | None = None
        self._closed = threading.Event()
        self._restarts = Backoff(0.5, 30.0, least_share=0.5)
        self._heard_at = time.monotonic()
        self._heard_since_look = False
        self._silent_looks = 0
        self._log_level = logging.NOTSET

    @property
    def pid(self) -> int | None:
        """Of the process, while there is one."""
        with self._lock:
            return None if self._process is None else self._process.pid

    def idle_s(self) -> float:
        """Seconds since the process last showed life; 0 while there is none, which the shard sees to."""
        with self._lock:
            return 0.0 if self._pipe is None else time.monotonic() - self._heard_at

    def start(self, station: ShardStation) -> None:
        """Has a station made, in the present process or the next."""
        with self._lock:
            self._stations[station.id] = station
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name=f"genred-{self._name}", daemon=True)
                self._thread.start()
            elif self._pipe is not None:
                self._make(station)

    def send(self, station: ShardStation, command: wire.Command) -> bool:
        """Gives a command for a station. False when it has no process now."""
        with self._lock:
            return station.id in self._made and self._send(command)

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
                if self._pipe is None or station.id not in self._made:
                    self._forget(station)
            running = [station.id for station in ending if station.id in self._leaving]
            self._made -= set(running)
            if running:
                self._send(wire.EndStations(running))

    def keep_models(self, hashes: Sequence[str]) -> None:
        """Has the process forget all networks but these."""
        with self._lock:
            self._models &= set(hashes)
            self._send(wire.KeepModels(list(hashes)))

    def look(self) -> None:
        """Makes the stations whose time has come, and ends a process that hangs. To be called about twice a second."""
        with self._lock:
            if self._pipe is None:
                return
            self._silent_looks = 0 if self._heard_since_look else self._silent_looks + 1
            self._heard_since_look = False
            if self._silent_looks >= LIFELESS_LOOKS:
                _LOGGER.error("%s: its process hangs and is ended", self._name)
                self._kill()
            self._pass_on_log_level()
            self._make_due()

    def close(self) -> None:
        """Ends the process, after its stations have ended."""
        self._closed.set()
        with self._lock:
            process = self._process
            if self._socket is not None:
                # The process ends by itself then, and whoever waits for its answers sees that.
                self._socket.shutdown(socket.SHUT_WR)
        if process is not None:
            try:
                process.wait(_END_WITHIN_S)
            except subprocess.TimeoutExpired:
                process.kill()
        if self._thread is not None:
            self._thread.join(_END_WITHIN_S)
        if self._thread is None or not self._thread.is_alive():
            self._marker.close()

    # The shard's thread.

    def _run(self) -> None:
        while not self._closed.is_set():
            started_at = time.monotonic()
            try:
                pipe = self._start_process()
            except OSError as error:
                self._after_end(f"cannot be started: {error.strerror}", started_at)
                continue
            try:
                self._listen(pipe)
            except Exception:
                # Whatever it is, the stations must have a process, and somebody who hears it.
                _LOGGER.exception("%s: what its process says cannot be taken", self._name)
                self._kill()
            self._after_end(self._bury(), started_at)

    def _start_process(self) -> Connection[bytes, bytes]:
        ours, theirs = socket.socketpair()
        with theirs:
            timeout = struct.pack("@ll", int(SEND_WITHIN_S), 0)
            ours.setsockopt(socket.SOL_SOCKET, socket.SO_SNDTIMEO, timeout)
            pipe: Connection[bytes, bytes] = Connection(os.dup(ours.fileno()))
            descriptors = theirs.fileno(), self._marker.descriptor
            self._marker.write(NOBODY)
            process = subprocess.Popen(
                [*self._command, *map(str, descriptors)],
                pass_fds=descriptors,
                stdin=None if self._keeps_stdin else subprocess.DEVNULL,
                stderr=log_descriptor(),
            )
        with self._lock:
            self._process, self._socket = process, ours
            self._pipe, self._heard_at, self._heard_since_look = pipe, time.monotonic(), True
            self._models.clear()
            self._made.clear()
            self._log_level = logging.getLogger().level
            self._send(wire.Begin(self._clock.run, self._log_level))
            self._make_due()
        return pipe

    def _listen(self, pipe: Connection[bytes, bytes]) -> None:
        while True:
            try:
                message = pipe.recv_bytes(wire.MAX_MESSAGE_BYTES)
            except (EOFError, OSError):
                return
            self._heard_at, self._heard_since_look = time.monotonic(), True
            self._take(wire.decode_answer(message))

    def _take(self, answer: wire.Answer) -> None:
        match answer:
            case wire.Said(event):
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

    def _bury(self) -> str:
        """Waits for the end of a process whose pipe is closed. Gives how it ended, as the end of a sentence."""
        with self._lock:
            process = self._process
            self._shut_pipe()
        assert process is not None  # noqa: S101 - it was started
        try:
            code = process.wait(_END_WITHIN_S)
        except subprocess.TimeoutExpired:
            process.kill()
            code = process.wait()
        return f"was ended by {signal.Signals(-code).name}" if code < 0 else f"ended with exit code {code}"

    def _after_end(self, fate: str, started_at: float) -> None:
        """Tells the stations, and waits before the next process."""
        if self._closed.is_set():
            return
        with self._lock:
            process, self._process = self._process, None
            leaving = list(self._leaving.values())
            stations = [*self._stations.values(), *leaving]
            made, self._made = self._made | set(self._leaving), set()
            crashed = process is not None and -process.returncode in _CRASHES
            number = self._marker.read() if crashed else NOBODY
        culprit = next((station for station in stations if number != NOBODY and station.number == number), None)
        was_at_work = "" if culprit is None else f" while {culprit.id} was at work"
        count = len(made) - len(leaving)
        _LOGGER.error("%s: its process %s%s; its %d stations begin again", self._name, fate, was_at_work, count)
        for station in stations:
            if station.id in made:
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

    def _make_due(self) -> None:
        now = self._clock.monotonic()
        due = [one for one in self._stations.values() if one.id not in self._made and one.due_at <= now]
        for station in due[:STARTS_PER_LOOK]:
            self._make(station)

    def _pass_on_log_level(self) -> None:
        level = logging.getLogger().level
        if level != self._log_level:
            self._log_level = level
            self._send(wire.SetLogLevel(level))

    def _make(self, station: ShardStation) -> None:
        bundle = station.bundle
        if bundle.card.tflite_sha256 not in self._models:
            self._models.add(bundle.card.tflite_sha256)
            self._send(wire.TakeModel(bundle.card, bundle.tflite, str(bundle.path)))
        self._made.add(station.id)
        self._send(station.made())

    def _send(self, command: wire.Command) -> bool:
        if self._pipe is None:
            return False
        try:
            self._pipe.send_bytes(wire.encode(command))
        except OSError:
            # It is ending, or hangs; whatever it is, the next process is made as things are then.
            self._kill()
            return False
        return True

    def _forget(self, station: ShardStation) -> None:
        if self._leaving.get(station.id) is station:
            del self._leaving[station.id]
        station.end()

    def _kill(self) -> None:
        if self._process is not None:
            self._process.kill()

    def _shut_pipe(self) -> None:
        if self._pipe is not None:
            pipe, self._pipe = self._pipe, None
            pipe.close()
        if self._socket is not None:
            self._socket.close()
            self._socket = None
