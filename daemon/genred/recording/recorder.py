"""One thread a process that writes the recordings of all its stations, and never keeps one of them waiting."""

from __future__ import annotations

import logging
import threading
from collections import deque
from pathlib import Path
from typing import TYPE_CHECKING, Any

from genred.cause import Cause
from genred.clock import SYSTEM_CLOCK
from genred.recording.items import Missing, Packets, Samples, SoundEnded
from genred.recording.room import DiskRoom
from genred.recording.syncing import Syncer

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

    from genred.clock import Clock
    from genred.events import Event
    from genred.recording.items import Audio, Item
    from genred.recording.settings import RecordingSettings
    from genred.recording.track import Track
    from genred.sources.tap import PacketForm

_LOGGER = logging.getLogger(__name__)

TURN_S = 0.5
"""How often what has come is written: a packet at a time would wake the machine forty times a second a station."""

MAX_WAITING_BYTES = 16 * 1024 * 1024
"""What may wait for a disk that hangs: of one station with 128 kbit/s a quarter of an hour, of a hundred ten s."""

CLOSE_WITHIN_S = 1.0
"""What a disk has for the ends of files when the process ends."""


class Recorder:
    """Records stations of this process.

    Args:
        clock: For tests.
    """

    def __init__(self, clock: Clock = SYSTEM_CLOCK) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._waiting: deque[tuple[_Inlet, Item]] = deque()
        self._waiting_bytes = 0
        self._inlets: list[_Inlet] = []
        self._rooms: dict[tuple[str, int | None], DiskRoom] = {}
        self._wake = threading.Event()
        self._thread: threading.Thread | None = None
        self._syncer = Syncer(lambda: [inlet.track for inlet in list(self._inlets)])
        self._closed = False

    def add(self, station: str, settings: RecordingSettings, emit: Callable[[Event], None]) -> StationTap:
        """Records one more station.

        Args:
            station: Its id.
            settings: How it is recorded.
            emit: Takes the events of its recording, on the recorder's thread.

        Returns:
            What its source gives its audio to.
        """
        # Loaded here: most processes record nothing.
        from genred.recording.track import Track  # noqa: PLC0415

        with self._lock:
            key = settings.folder, settings.reserve_bytes
            room = self._rooms.get(key)
            if room is None:
                room = DiskRoom(Path(settings.folder), settings.reserve_bytes, self._clock.monotonic)
                self._rooms[key] = room
            inlet = _Inlet(Track(station, settings, self._clock, room, emit))
            self._inlets.append(inlet)
        return StationTap(self, inlet)

    def start(self) -> None:
        """Starts the thread, unless it runs."""
        with self._lock:
            if self._thread is None and not self._closed:
                self._thread = threading.Thread(target=self._run, name="genred-recorder", daemon=True)
                self._thread.start()
                self._syncer.start()

    def close(self) -> None:
        """Writes what has come and ends the thread, unless the disk hangs."""
        self._closed = True
        self._syncer.close()
        self._wake.set()
        if self._thread is not None:
            self._thread.join(CLOSE_WITHIN_S)

    def turn(self) -> None:
        """Writes what has come; what the thread does again and again."""
        with self._lock:
            waiting, self._waiting = self._waiting, deque()
            self._waiting_bytes = 0
        for inlet, item in waiting:
            inlet.track.take(item)
        for inlet in list(self._inlets):
            leaves = inlet.leaving.is_set()
            try:
                inlet.track.turn(last=leaves)
            except Exception:
                # A fault in one recording is no end of the others.
                _LOGGER.exception("%s: an error occurred in its recording; recording continues", inlet.track.station)
            if leaves:
                with self._lock:
                    self._inlets.remove(inlet)
                inlet.left.set()

    def put(self, inlet: _Inlet, item: Item, *, seconds: float = 0.0, size_bytes: int = 0) -> None:
        """Takes what a station gives; when too much waits, it is dropped and missing later."""
        with self._lock:
            if inlet.leaving.is_set():
                return
            if self._waiting_bytes + size_bytes > MAX_WAITING_BYTES:
                inlet.dropped_s += seconds
                return
            if inlet.dropped_s and not isinstance(item, SoundEnded):
                self._waiting.append((inlet, Missing(inlet.dropped_s, Cause.DISK_SLOW)))
            inlet.dropped_s = 0.0
            self._waiting.append((inlet, item))
            self._waiting_bytes += size_bytes

    def leave(self, inlet: _Inlet) -> None:
        """Has a station's file ended soon."""
        inlet.leaving.set()
        if self._thread is None:
            inlet.left.set()
        self._wake.set()

    def now(self) -> float:
        """Monotonic time."""
        return self._clock.monotonic()

    def _run(self) -> None:
        while not self._closed:
            self._wake.wait(self._clock.timeout_s(TURN_S))
            self._wake.clear()
            self.turn()
        for inlet in self._inlets:
            inlet.leaving.set()
        self.turn()


class _Inlet:
    """A station's place at the recorder."""

    def __init__(self, track: Track) -> None:
        self.track = track
        self.dropped_s = 0.0
        self.leaving = threading.Event()
        self.left = threading.Event()


class StationTap:
    """What a station's source gives its audio to; see `genred.sources.tap.Tap`."""

    def __init__(self, recorder: Recorder, inlet: _Inlet) -> None:
        self._recorder = recorder
        self._inlet = inlet

    def packets(self, form: PacketForm, packets: Sequence[tuple[bytes, float]]) -> None:
        """Takes encoded packets."""
        self._put(Packets(self._recorder.now(), form, packets))

    def samples(self, samples: NDArray[Any], rate_hz: int, channels: int) -> None:
        """Takes samples."""
        self._put(Samples(self._recorder.now(), samples, rate_hz, channels))

    def lose(self, seconds: float) -> None:
        """Notes that audio is missing here."""
        self._recorder.put(self._inlet, Missing(seconds, Cause.LOST))

    def end(self, cause: Cause) -> None:
        """Notes that the session has ended."""
        self._recorder.put(self._inlet, SoundEnded(self._recorder.now(), cause))

    def close(self) -> None:
        """Has the station's file ended soon; nothing is taken any more."""
        self._recorder.leave(self._inlet)

    def await_end(self, ends_at: float) -> None:
        """Waits until the station's file has ended, or until a monotonic time."""
        self._inlet.left.wait(max(0.0, ends_at - self._recorder.now()))

    def _put(self, audio: Audio) -> None:
        self._recorder.put(self._inlet, audio, seconds=audio.seconds, size_bytes=audio.size_bytes)
