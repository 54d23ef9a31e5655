"""Writes the airplay log: an output like MQTT, which takes the same events and nothing else."""

from __future__ import annotations

import contextlib
import logging
import threading
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from genred.airplay.errors import AirplayError, CorruptLogError
from genred.airplay.times import to_us
from genred.clock import SYSTEM_CLOCK
from genred.events import Output
from genred.outputs.airplay.journal import Journal
from genred.outputs.airplay.log_file import LogFile
from genred.rate_limited_log import RateLimitedLog

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from datetime import datetime
    from pathlib import Path

    from genred.airplay.entries import LogEnding
    from genred.clock import Clock, Moment
    from genred.config.schema import AirplayConfig
    from genred.events import Event
    from genred.events.profile import StationProfile

_LOGGER = logging.getLogger(__name__)

COMMIT_EVERY_S = 5.0
"""What a kill loses at most, beside a write that takes long. Each commit wears the SD card a little."""

FAR_AHEAD_S = 86_400.0
"""A log whose time is so far ahead of the clock was written with a wrong one..."""
SURE_AFTER_S = 3_600.0
"""...or the clock is wrong now: a board without a battery learns the time from the network, in minutes if at all."""

BOOT_WITHIN_S = 600.0
"""A service starts within so long of its machine, on a slow board that checks its disk first."""

CLOSE_WITHIN_S = 2.0
"""For the last commit; a disk that hangs keeps nobody from ending."""


@dataclass(frozen=True, slots=True)
class LogStatus:
    """How the log stands.

    Attributes:
        problem: Why it cannot be written, for people; None while it is.
        waiting: Rows that wait for it.
        dropped: Rows given up since the start, as too many waited.
    """

    problem: str | None = None
    waiting: int = 0
    dropped: int = 0


class AirplayOutput(Output):
    """The airplay log of all stations.

    `handle` folds the event, in memory; a thread of its own writes what has become of it. Whatever the disk does, the
    stations go on, and what cannot be written waits in bounded memory.

    Args:
        path: Of the log.
        node: Id of this machine.
        config: Of the log.
        stations: All stations, the disabled ones included.
        configuration_sha256: For the row of this run.
        on_status: Called from the log's thread whenever writing fails or works again.
        clock: For the times of what no event says.
        every_s: Between two commits.

    Attributes:
        path: Of the log.
        found_killed: Whether the log has a last run that had not ended as asked; known after `start`.
    """

    def __init__(
        self,
        path: Path,
        node: str,
        config: AirplayConfig,
        stations: Sequence[StationProfile],
        *,
        configuration_sha256: str = "",
        on_status: Callable[[LogStatus], None] | None = None,
        clock: Clock = SYSTEM_CLOCK,
        every_s: float = COMMIT_EVERY_S,
    ) -> None:
        self.path = path
        self._node = node
        self._config = config
        self._stations = {profile.id: profile for profile in stations}
        self._configuration_sha256 = configuration_sha256
        self._on_status = on_status
        self._clock = clock
        self._every_s = every_s
        self._file = LogFile(path, node)
        self._journal: Journal | None = None
        self._status = LogStatus()
        self.found_killed = False
        self._faults = RateLimitedLog(_LOGGER)
        self._ahead_since_s: float | None = None
        self._closing = threading.Event()
        self._flush_lock = threading.Lock()
        self._thread = threading.Thread(target=self._run, name="genred-airplay", daemon=True)

    @property
    def status(self) -> LogStatus:
        """How the log stands."""
        return self._status

    @property
    def alive(self) -> bool:
        """Whether the thread that writes still runs."""
        return self._thread.is_alive() or self._closing.is_set()

    def start(self) -> None:
        """Opens the log and begins to write; a log that cannot be opened is tried again."""
        endings: dict[str, LogEnding] = {}
        recorded: dict[str, datetime] = {}
        not_before = None
        with self._failing_told():
            store = self._file.open()
            self.found_killed = store.found_killed
            # Also of those that are not configured now: a reload may bring them back.
            logged = store.stations
            found = {name: store.ending(name) for name in logged}
            endings = {name: ending for name, ending in found.items() if ending is not None}
            until = {name: store.recorded_until(name) for name in logged}
            recorded = {name: at for name, at in until.items() if at is not None}
            not_before = store.last_time
        self._journal = Journal(
            self._node,
            self._now(),
            configuration_sha256=self._configuration_sha256,
            not_before=not_before,
            endings=endings,
            recorded=recorded,
            after_boot=uptime_s() < BOOT_WITHIN_S,
        )
        self.update(list(self._stations.values()))
        self._thread.start()

    def handle(self, event: Event) -> None:
        """Takes an event; see `Output.handle`."""
        if self._journal is not None:
            self._journal.handle(event, suspended_s())

    def update(self, stations: Sequence[StationProfile]) -> None:
        """Begins the time of new stations, and ends that of those that are no more."""
        self._stations = {profile.id: profile for profile in stations}
        if self._journal is not None:
            self._journal.update({profile.id: profile.model_sha256 for profile in stations}, self._now())

    def close(self) -> None:
        """Closes every entry and writes it."""
        if self._journal is None:
            return
        self._journal.close(self._now())
        self._closing.set()
        self._thread.join(CLOSE_WITHIN_S)

    def flush(self) -> None:
        """Writes what there is, now; for who reads the log next."""
        with self._flush_lock, self._failing_told():
            self._write()

    def _run(self) -> None:
        while not self._closing.wait(self._every_s):
            self.flush()
            with self._failing_told():
                self._trim()
        self.flush()
        self._file.close()

    def _write(self) -> None:
        assert self._journal is not None  # noqa: S101 - there is one before the thread is started
        if self._is_from_future(self._journal):
            self._journal.end_log(self._now())
            self._write_batch(self._journal)
            aside = self._file.set_aside("future")
            _LOGGER.error(
                "airplay log: its time is days ahead of the clock; it is kept as %s, and a new log is started", aside
            )
            self._journal.begin_log(self._now())
        self._write_batch(self._journal)
        self._file.sync()
        self._report(None)

    def _write_batch(self, journal: Journal) -> None:
        run, batch = journal.take(self._now(), suspended_s())
        try:
            self._file.write(run, batch, self._stations)
        except BaseException:
            journal.give_back(batch)
            raise

    def _is_from_future(self, journal: Journal) -> bool:
        now = self._now()
        if journal.ahead_s(now) < FAR_AHEAD_S:
            self._ahead_since_s = None
            return False
        if self._ahead_since_s is None:
            self._ahead_since_s = now.monotonic_s
        sure = now.monotonic_s - self._ahead_since_s >= SURE_AFTER_S
        if sure:
            self._ahead_since_s = None
        return sure

    def _trim(self) -> None:
        keep_s = self._config.keep
        before_us = None if keep_s is None else to_us(self._now().utc) - int(keep_s * 1e6)
        self._file.trim(before_us=before_us, at_most=self._config.at_most)

    @contextlib.contextmanager
    def _failing_told(self) -> Iterator[None]:
        try:
            yield
        except AirplayError as error:
            if isinstance(error, CorruptLogError):
                self._file.close()  # the next write finds out, too, and sets it aside
            self._report(str(error))
        except Exception as error:  # noqa: BLE001 - a fault of the log is told of, and the next commit tries again
            self._report(f"{type(error).__name__}: {error}", fault=error)

    def _report(self, problem: str | None, *, fault: Exception | None = None) -> None:
        journal = self._journal
        before = self._status
        waiting, dropped = (0, 0) if journal is None else (journal.waiting, journal.dropped)
        self._status = LogStatus(problem, waiting, dropped)
        if problem is not None:
            self._faults.warn(f"airplay log: failing: {problem}; {waiting} rows wait", with_traceback=fault is not None)
        elif before.problem is not None:
            self._faults.forget()
            _LOGGER.info("airplay log: being written again; rows lost in the meantime: %d", dropped)
        if self._on_status is not None and (problem != before.problem or dropped != before.dropped):
            self._on_status(self._status)

    def _now(self) -> Moment:
        return self._clock.moment(self._clock.monotonic())


def uptime_s() -> float:
    """For how long the machine has been on, in seconds (clock_gettime(2))."""
    return time.clock_gettime(time.CLOCK_BOOTTIME)


def suspended_s() -> float:
    """For how long the machine has slept since it was started, in seconds (clock_gettime(2))."""
    return time.clock_gettime(time.CLOCK_BOOTTIME) - time.clock_gettime(time.CLOCK_MONOTONIC)
