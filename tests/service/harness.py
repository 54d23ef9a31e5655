"""A supervisor that can be watched: run in a thread of its own, with its outputs and its notifier at hand."""

from __future__ import annotations

import contextlib
import threading
from typing import TYPE_CHECKING

from genred.config.schema import FileSource, StationConfig, StreamSource
from genred.events import AnnouncementChanged
from genred.service.sd_notify import Notifier
from genred.service.supervisor import STAGGER_S, Supervisor
from tests.patience import PATIENCE_S
from tests.stations.harness import QUICK, Recorder
from tests.stations.virtual import ScriptedSource, VirtualClock

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from genred.config.schema import SourceConfig
    from genred.events import ConnectionState, StationProfile
    from genred.exit_codes import ExitCode

OPENING_S = 7.0
"""What each session of a scripted source begins with: enough for three windows of five seconds."""


class RecordingNotifier(Notifier):
    """Keeps what would have been said to the service manager."""

    def __init__(self, watchdog_interval_s: float | None = None) -> None:
        super().__init__(None, watchdog_interval_s)
        self.said: list[str] = []
        self.changed = threading.Condition()

    def _send(self, message: str) -> None:
        with self.changed:
            self.said.append(message)
            self.changed.notify_all()

    def count(self, *beginnings: str) -> int:
        return len([said for said in self.said if said.startswith(beginnings)])

    def wait_for(self, *beginnings: str, count: int = 1) -> None:
        """Waits for a message that begins with any of these."""
        with self.changed:
            came = self.changed.wait_for(lambda: self.count(*beginnings) >= count, PATIENCE_S)
        assert came, f"no {beginnings} in {self.said}"


class Witness(Recorder):
    """An output that follows reloads, and is asked at each look at the stations whether it is alive."""

    def __init__(self) -> None:
        super().__init__()
        self.profiles: list[StationProfile] = []
        self.shows_life = True
        self._updates = 0
        self._looks = 0

    def update(self, stations: Sequence[StationProfile]) -> None:
        with self._changed:
            self.profiles = list(stations)
            self._updates += 1
            self._changed.notify_all()

    def wait_for_update(self, count: int) -> None:
        with self._changed:
            assert self._changed.wait_for(lambda: self._updates >= count, PATIENCE_S)

    @property
    def alive(self) -> bool:
        with self._changed:
            self._looks += 1
            self._changed.notify_all()
        return self.shows_life

    def wait_for_looks(self) -> None:
        """Waits until the supervisor has looked at all as it stands now; the look that is under way may be older."""
        with self._changed:
            seen = self._looks
            assert self._changed.wait_for(lambda: self._looks >= seen + 2, PATIENCE_S)


class Studio:
    """Stations whose sources are scripted, on one virtual clock."""

    def __init__(self) -> None:
        self.clock = VirtualClock()
        self.opened: dict[str, list[ScriptedSource]] = {}

    def open(self, config: SourceConfig) -> ScriptedSource:
        """Stands in for `open_source`."""
        assert isinstance(config, StreamSource | FileSource)
        label = config.url if isinstance(config, StreamSource) else config.file
        source = ScriptedSource(label, opening_s=OPENING_S)
        self.opened.setdefault(label, []).append(source)
        return source

    def let_start(self, stations: Iterable[str], witness: Witness) -> None:
        """Waits for the first announcement of each of these, which start one after the other."""
        for name in stations:
            # The next start is due from the one before on, so that one must have been made.
            witness.wait_for_looks()
            self.clock.advance(STAGGER_S)
            witness.wait(AnnouncementChanged, where=lambda event, name=name: event.station == name)  # type: ignore[misc]

    def sessions(self, label: str) -> int:
        """How often a source was opened."""
        return sum(source.sessions for source in self.opened.get(label, []))


class Run:
    """A supervisor in a thread of its own."""

    def __init__(self, supervisor: Supervisor) -> None:
        self.supervisor = supervisor
        self.code: ExitCode | None = None
        self._thread = threading.Thread(target=self._run)

    def _run(self) -> None:
        self.code = self.supervisor.run()

    def start(self) -> None:
        self._thread.start()

    def join(self) -> ExitCode:
        self._thread.join(PATIENCE_S)
        assert self.code is not None
        return self.code


@contextlib.contextmanager
def running(supervisor: Supervisor) -> Iterator[Run]:
    run = Run(supervisor)
    run.start()
    try:
        yield run
    finally:
        supervisor.stop()
        run.join()


def stream(url: str, *, stall_timeout_s: float = 30.0) -> StationConfig:
    """Patient unless the test is of stalls: a busy machine must not make a sound server look stalled."""
    source = StreamSource(url=url, connect_timeout_s=20.0, stall_timeout_s=stall_timeout_s)
    return StationConfig(source=source, retry=QUICK)


def looping(path: str) -> StationConfig:
    return StationConfig(source=FileSource(file=path, loop=True), retry=QUICK)


def connection_state(supervisor: Supervisor, station: str) -> ConnectionState | None:
    """As the station published it last; None before it did."""
    status = supervisor.board.status(station)
    return None if status is None else status.connection.state
