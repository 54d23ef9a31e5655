"""The far end of a shard's pipe: a process with stations, which does what it is told and says what happens.

Started as `python -m genred.service.shards.process PIPE MARKER`, two numbers of open descriptors. It ends when the
other end of its pipe is closed, be it on purpose or because the daemon was killed.
"""

from __future__ import annotations

import logging
import os
import signal
import sys
import threading
from multiprocessing.connection import Connection
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

from genred.analysis.bundle import ModelBundle
from genred.clock import SystemClock
from genred.exit_codes import ExitCode
from genred.service.descriptors import raise_descriptor_limit
from genred.service.heap import share_one_arena
from genred.service.journal import log_to_stderr
from genred.service.library_output import library_output_logged
from genred.service.local_host import LocalHost
from genred.service.shards import wire
from genred.service.shards.marker import NOBODY, WorkMarker
from genred.service.shutdown import STOP_WITHIN_S, end_stations
from genred.service.station_settings import StationSettings
from genred.service.status import HANGS_AFTER_S

if TYPE_CHECKING:
    from genred.events import Event
    from genred.service.running_station import RunningStation

_LOGGER = logging.getLogger(__name__)

PULSE_EVERY_S = 0.5
"""How often it says that it lives, and looks whether it does."""

END_WITHIN_S = STOP_WITHIN_S - 0.5
"""The daemon must still hear which stations have ended, and which hang."""

LIFELESS_LOOKS = 3
"""A station hangs when so many looks in a row say so: one alone may come just after a machine was asleep."""


class ShardProcess:
    """Runs stations for the daemon at the other end of a pipe.

    Args:
        pipe: To the daemon.
        marker: Says who is at work.
        run: Id of the daemon's start.
    """

    def __init__(self, pipe: Connection[bytes, bytes], marker: WorkMarker, run: str) -> None:
        self._pipe = pipe
        self._clock = SystemClock(run)
        self._sending = threading.Lock()
        self._marker = marker
        self._lock = threading.Lock()
        self._stations: dict[str, RunningStation] = {}
        self._numbers: dict[str, int] = {}
        self._models: dict[str, ModelBundle] = {}
        self._host = LocalHost(self._emit, clock=self._clock, mark=self._mark)
        self._lifeless = 0

    def run(self) -> None:
        """Obeys until the pipe is closed."""
        threading.Thread(target=self._beat, name="genred-pulse", daemon=True).start()
        while True:
            self._obey(receive(self._pipe))

    def _obey(self, command: wire.Command) -> None:
        match command:
            case wire.TakeModel():
                self._take_model(command)
            case wire.MakeStation():
                self._make(command)
            case wire.SetEnabled():
                self._stations[command.station].set_enabled(command.enabled)
            case wire.SetRetry():
                self._stations[command.station].set_retry(command.retry)
            case wire.ResetStation():
                self._stations[command.station].reset()
            case wire.EndStations():
                # The pipe is read on meanwhile: another station may be switched.
                threading.Thread(target=self._end, args=(command.stations,), name="genred-end", daemon=True).start()
            case wire.KeepModels():
                self._models = {key: model for key, model in self._models.items() if key in command.models}
                self._host.keep_models(command.models)
            case wire.SetLogLevel():
                logging.getLogger().setLevel(command.log_level)

    def _take_model(self, command: wire.TakeModel) -> None:
        bundle = ModelBundle(card=command.card, tflite=command.tflite, path=Path(command.path))
        self._models[command.card.tflite_sha256] = bundle

    def _make(self, command: wire.MakeStation) -> None:
        self._numbers[command.station] = command.number
        settings = StationSettings(
            command.station,
            wire.unpack_source(command),
            self._models[command.model],
            command.analysis,
            command.retry,
            command.recording,
            command.measures_loudness,
        )
        station = self._host.make(settings, enabled=command.enabled)
        with self._lock:
            self._stations[command.station] = station
        station.start()

    def _end(self, names: list[str]) -> None:
        with self._lock:
            ending = [self._stations.pop(name) for name in names if name in self._stations]
        hanging = end_stations(ending, self._clock, END_WITHIN_S)
        for station in ending:
            self._host.release(station.id)
        self._send(wire.StationsEnded([station.id for station in ending if station.id not in hanging]))

    def _emit(self, event: Event) -> None:
        self._send(wire.Published(event))

    def _send(self, answer: wire.Answer) -> None:
        try:
            with self._sending:
                self._pipe.send_bytes(wire.encode(answer))
        except OSError:
            _exit(ExitCode.OK)

    def _mark(self, station: str | None) -> None:
        self._marker.write(NOBODY if station is None else self._numbers.get(station, NOBODY))

    def _beat(self) -> None:
        wait = threading.Event().wait
        while not wait(PULSE_EVERY_S):
            hanging = self._hanging()
            if hanging:
                _LOGGER.error("%s: hangs; its process exits so that a new one can replace it", ", ".join(hanging))
                _exit(ExitCode.WEDGED)
            self._send(wire.Pulse())

    def _hanging(self) -> list[str]:
        with self._lock:
            stations = dict(self._stations)
        lifeless = [name for name, station in stations.items() if station.idle_s() > HANGS_AFTER_S]
        self._lifeless = self._lifeless + 1 if lifeless else 0
        return self._host.hanging(stations) + (lifeless if self._lifeless >= LIFELESS_LOOKS else [])


def receive(pipe: Connection[bytes, bytes]) -> wire.Command:
    """Waits for the next command; when there will be none, the process ends."""
    try:
        message = pipe.recv_bytes(wire.MAX_MESSAGE_BYTES)
    except (EOFError, OSError):
        _exit(ExitCode.OK)
    command: wire.Command = wire.decode_command(message)
    return command


def _exit(code: ExitCode) -> NoReturn:
    """Ends at once: what hangs in PortAudio or a driver would hang the interpreter's own end, too."""
    logging.shutdown()
    sys.stderr.flush()
    os._exit(code)


def main(arguments: list[str]) -> None:
    """Runs a shard on the two descriptors that it was given."""
    # The daemon decides when a shard ends. Not SIG_IGN, which the commands that stations run would inherit.
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, lambda *_: None)
    share_one_arena()
    raise_descriptor_limit()
    pipe: Connection[bytes, bytes] = Connection(int(arguments[0]))
    begin = receive(pipe)
    assert isinstance(begin, wire.Begin)  # noqa: S101 - nothing else comes first
    log_to_stderr(begin.log_level)
    with library_output_logged():
        ShardProcess(pipe, WorkMarker(int(arguments[1])), begin.run).run()


if __name__ == "__main__":
    main(sys.argv[1:])
