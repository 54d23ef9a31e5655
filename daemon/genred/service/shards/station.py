"""A station that runs in a shard, as the daemon sees it."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

from genred.backoff import Backoff
from genred.events import ConnectionState, StationStatus, StationSwitched
from genred.service.shards import wire
from genred.service.shards.continuation import Continuation
from genred.sources.label import is_live, label_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from genred.clock import Clock
    from genred.config.schema import RetryConfig
    from genred.errors import SourceError
    from genred.events import Event
    from genred.service.shards.shard import Shard
    from genred.service.station_settings import StationSettings

CRASH_FIRST_WAIT_S = 2.0
CRASH_LONGEST_WAIT_S = 600.0
"""A station whose audio crashes its decoder takes others along each time that it tries again."""

CRASH_FORGIVEN_S = 3_600.0
"""After so long without a crash the waits begin anew: one a month must not add up to ten minutes of silence."""


class ShardStation:
    """Tells a shard what to do with one station, and joins what its processes say; see `Station`.

    Args:
        settings: What it is made of.
        number: For the marker of what is at work.
        shard: Where it runs.
        enabled: Whether it is switched on.
        emit: Takes its events, one at a time and in order.
        clock: For times.

    Attributes:
        id: Its key in the configuration.
        number: As given.
        bundle: Its model.
        due_at: Monotonic time from which on it may have a process again.
    """

    def __init__(
        self,
        settings: StationSettings,
        number: int,
        shard: Shard,
        *,
        enabled: bool,
        emit: Callable[[Event], None],
        clock: Clock,
    ) -> None:
        self.id = settings.id
        self.number = number
        self.bundle = settings.bundle
        self.due_at = float("-inf")
        self._settings = settings
        self._source_label = label_of(settings.source)
        self._retry = settings.retry
        self._enabled = self._published_enabled = enabled
        self._shard = shard
        self._emit = emit
        self._clock = clock
        self._events = Continuation(settings.id, live=is_live(settings.source), clock=clock)
        self._emitting = threading.RLock()
        self._state = ConnectionState.STOPPED
        self._crashes = Backoff(CRASH_FIRST_WAIT_S, CRASH_LONGEST_WAIT_S, least_share=0.5)
        # When it could be made again after its last crash.
        self._crash_over_at = float("-inf")
        self._started = False
        self._ended = threading.Event()

    @property
    def labels(self) -> tuple[str, ...]:
        """Of its model, in the bundle's order."""
        return self.bundle.card.labels

    @property
    def model(self) -> str:
        """Name of the model bundle."""
        return self.bundle.card.name

    @property
    def source_label(self) -> str:
        """Where its audio comes from, for people; passwords masked."""
        return self._source_label

    @property
    def enabled(self) -> bool:
        """Whether it is switched on."""
        return self._enabled

    @property
    def finished(self) -> bool:
        """Whether its source ended or failed for good."""
        return self._state in {ConnectionState.ENDED, ConnectionState.FAILED}

    @property
    def failure(self) -> SourceError | None:
        """None: a station of a daemon is never given up."""
        return None

    def wedged(self) -> bool:
        """False: a source that hangs ends its shard's process, and not the daemon's."""
        return False

    def idle_s(self) -> float:
        """Seconds since its shard last showed life; the shard guards its stations itself."""
        return self._shard.idle_s()

    def start(self) -> None:
        """Starts it; one that is not enabled waits until it is."""
        self._started = True
        self._shard.start(self)

    def set_enabled(self, enabled: bool) -> None:
        """Switches it on or off, and publishes that."""
        with self._emitting:
            if enabled == self._enabled:
                return
            self._enabled = enabled
            if not self._shard.send(self, wire.SetEnabled(self.id, enabled)):
                self._publish_switch()

    def reset(self) -> None:
        """Lets it forget what it has received."""
        self._shard.send(self, wire.ResetStation(self.id))

    def set_retry(self, retry: RetryConfig) -> None:
        """Changes how its source is opened again, from the next failure on."""
        self._retry = retry
        self._shard.send(self, wire.SetRetry(self.id, retry))

    def request_stop(self) -> None:
        """Asks it to end, without waiting; those that are asked together end together."""
        if self._started:
            self._shard.end_soon(self)

    def await_release(self, ends_at: float) -> None:
        """Has all that were asked to end do so."""
        self._shard.end_now()

    def await_end(self, ends_at: float) -> bool:
        """Waits until it has ended, or until a monotonic time. False when it had to be left behind."""
        return not self._started or self._ended.wait(max(0.0, ends_at - self._clock.monotonic()))

    # The shard's own.

    def made(self) -> wire.MakeStation:
        """Gives the command that makes it as it is to be now."""
        return wire.MakeStation(
            self.id,
            self.number,
            **wire.pack_source(self._settings.source),
            model=self.bundle.card.tflite_sha256,
            analysis=self._settings.analysis,
            retry=self._retry,
            enabled=self._enabled,
            recording=self._settings.recording,
            measures_loudness=self._settings.measures_loudness,
        )

    def take(self, event: Event) -> None:
        """Publishes what it said."""
        with self._emitting:
            if isinstance(event, StationStatus):
                self._state = event.connection.state
            elif isinstance(event, StationSwitched):
                self._published_enabled = event.enabled
            self._publish(self._events.take(event))

    def break_off(self, message: str, *, to_blame: bool) -> None:
        """Publishes that its process has ended, and says when it may have the next.

        Args:
            message: What happened, for people.
            to_blame: Whether it was at work when that happened.
        """
        with self._emitting:
            now = self._clock.monotonic()
            if to_blame:
                if now - self._crash_over_at > CRASH_FORGIVEN_S:
                    self._crashes.succeed()
                self.due_at = self._crash_over_at = now + self._crashes.next_wait_s()
            else:
                self.due_at = now
            self._publish(self._events.break_off(message, retry_at=self.due_at if to_blame else None))
            # The next process is made as it is to be now, and has nothing to say of a switch.
            if self._published_enabled != self._enabled:
                self._publish_switch()

    def end(self) -> None:
        """Notes that it has ended."""
        self._ended.set()

    def _publish_switch(self) -> None:
        """Publishes that it was switched, since no process does."""
        self._published_enabled = self._enabled
        self._publish(self._events.switch(enabled=self._enabled))

    def _publish(self, events: Iterable[Event]) -> None:
        for event in events:
            self._emit(event)
