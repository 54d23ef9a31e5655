"""The part of a station that runs on its worker: takes what the reader has put into the inbox, and publishes of it."""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING

from genred.audio import AudioBlock, SkippedAudio
from genred.engine.fiber import current_fiber
from genred.events import ConnectionState
from genred.stations.audio_batch import batches
from genred.stations.messages import ItemReceived
from genred.stations.turns import Turns

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from genred.clock import Clock
    from genred.engine.worker import Worker
    from genred.events import Event
    from genred.stations.fault_log import FaultLog
    from genred.stations.inbox import Inbox
    from genred.stations.messages import Message
    from genred.stations.monitor import StationMonitor
    from genred.stations.reader import SourceReader
    from genred.stations.status_events import StatusEvents


class Emitter:
    """Publishes the events of a station one at a time and in one order, whichever thread they are of.

    Args:
        output: Takes each event.
        faults: Takes what the output raises, though it promises not to.

    Attributes:
        lock: Held by whoever must publish together with what it does.
    """

    def __init__(self, output: Callable[[Event], None], faults: FaultLog) -> None:
        self._output = output
        self._faults = faults
        self.lock = threading.RLock()

    def __call__(self, event: Event) -> None:
        """Publishes an event."""
        with self.lock:
            try:
                self._output(event)
            except Exception as error:  # noqa: BLE001 - outputs promise not to raise; if one does, the station goes on
                self._faults.record("output", error)


class Analyst:
    """Handles messages in the turns of a station.

    Args:
        station: Its id.
        inbox: Where the messages are.
        monitor: Takes them.
        status: Says how the station stands.
        faults: Takes faults of the analysis.
        emit: Takes the status.
        worker: Runs the turns.
        live: Whether the source is; what is not is read as fast as it is analysed.
        clock: For tests.

    Attributes:
        turns: Of the station.
    """

    def __init__(
        self,
        station: str,
        inbox: Inbox,
        monitor: StationMonitor,
        status: StatusEvents,
        *,
        faults: FaultLog,
        emit: Emitter,
        worker: Worker,
        live: bool,
        clock: Clock,
    ) -> None:
        self._inbox = inbox
        self._monitor = monitor
        self._status = status
        self._faults = faults
        self._emit = emit
        self._load = worker.load
        self._live = live
        self._clock = clock
        self._reader: SourceReader
        self.turns = Turns(station, worker, self._take_turn, clock)

    def start(self, reader: SourceReader) -> None:
        """Begins to take turns.

        Args:
            reader: Puts messages into the inbox; is told to end a session that cannot be analysed.
        """
        self._reader = reader
        self.turns.start()

    def due_s(self) -> float:
        """Seconds of audio that complete the next window, with what waits already."""
        return max(0.0, self._monitor.progress.due_s - self._inbox.seconds)

    def put(self, message: Message) -> bool:
        """Takes a message, from any thread; gives False when no more is wanted."""
        taken = self._inbox.put(message)
        if current_fiber() is None:
            self.turns.call()
        else:
            # The reader's own fiber: the turn would have to wait until all other stations have decoded theirs.
            self.turns.take_now()
        return taken

    def end(self) -> None:
        """Takes no more messages; the turns end when those that wait are handled."""
        self._inbox.close()
        self.turns.call()

    def _take_turn(self) -> bool:
        """Handles what has come. Returns whether all went well."""
        messages = self._inbox.take()
        if self._live:
            self._note_load(messages)
        self._reader.repeat_interrupt()
        is_last = self._inbox.closed and not messages
        went_well = self._handle(messages, is_last=is_last)
        if is_last:
            self.turns.ended.set()
        elif self._inbox.closed:
            self.turns.call()
        return went_well

    def _note_load(self, messages: Sequence[Message]) -> None:
        """Tells the worker how late the audio is, and takes what it says of the effort."""
        items = [message.item for message in messages if isinstance(message, ItemReceived)]
        late_s = [item.waited_s - item.gathered_s for item in items if isinstance(item, AudioBlock | SkippedAudio)]
        if late_s:
            self._load.note(max(late_s) + time.monotonic() - self.turns.called_at)
        self._monitor.effort, self._monitor.machine_late_s = self._load.effort, self._load.longest_s

    def _handle(self, messages: Sequence[Message], *, is_last: bool) -> bool:
        """Takes messages and looks at the time. Returns whether all went well."""
        well = True
        for batch in batches(messages, self._clock.monotonic(), live=self._live):
            try:
                self._monitor.handle(batch)
                self._publish_status()
            except Exception as error:  # noqa: BLE001 - the edge of a station: a fault ends its session and no more
                well = False
                self._faults.record("analysis", error)
                self._monitor.abort(self._clock.monotonic())
                self._reader.abort(self._monitor.session)
        try:
            self._monitor.tick()
            if is_last:
                self._monitor.close()
            self._publish_status(last=is_last)
        except Exception as error:  # noqa: BLE001 - the edge of a station
            well = False
            self._faults.record("analysis", error)
        return well

    def _publish_status(self, *, last: bool = False) -> None:
        with self._emit.lock:
            # A station without audio has no windows that could be given up.
            overloaded = self._load.overloaded and self._monitor.connection.state is ConnectionState.STREAMING
            status = self._status.due(
                enabled=self._reader.enabled, overloaded=overloaded, faults=self._faults.count, last=last
            )
            if status is not None:
                self._emit(status)
