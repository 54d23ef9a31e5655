"""The retained topics of the stations: which value each has, and when it must be published."""

from __future__ import annotations

import threading
import time
from functools import partial
from typing import TYPE_CHECKING

import msgspec

from genred.analysis.estimate import State
from genred.broker.topics import OFFLINE, ONLINE, StationTopic
from genred.clock import SYSTEM_CLOCK
from genred.events import (
    ExpectationBroken,
    ExpectationMet,
    RecordingEnded,
    RecordingStarted,
    StationReport,
    StationStatus,
    StationSwitched,
)
from genred.outputs.mqtt.published_station import PublishedStation
from genred.payloads.state import state_payload

if TYPE_CHECKING:
    from collections.abc import Sequence

    from genred.broker.topics import Topics
    from genred.events.profile import StationProfile
    from genred.outputs.mqtt.outbox import Outbox

StateEvent = (
    StationReport
    | StationStatus
    | StationSwitched
    | ExpectationBroken
    | ExpectationMet
    | RecordingStarted
    | RecordingEnded
)
"""What the state of a station is made of."""


class StationStates:
    """Keeps what is retained of each station; safe to use from any thread.

    Args:
        node: Id of this machine.
        topics: Of the node.
        outbox: Takes the values.
    """

    def __init__(self, node: str, topics: Topics, outbox: Outbox) -> None:
        self._node = node
        self._topics = topics
        self._outbox = outbox
        self._lock = threading.Lock()
        self._stations: dict[str, PublishedStation] = {}
        self._next_look_s = 0.0
        self.runs: set[str] = set()
        """Ids of the starts that the states are of; our own."""

    def __contains__(self, station: str) -> bool:
        """Whether there is such a station."""
        return station in self._stations

    def handle(self, event: StateEvent) -> None:
        """Takes an event; one of a station that a new configuration has just removed is passed over."""
        with self._lock:
            station = self._stations.get(event.station)
            if station is None:
                return
            match event:
                case StationReport():
                    publish = station.take(event)
                case StationStatus():
                    publish = station.take_status(event)
                case StationSwitched():
                    publish, station.enabled = True, event.enabled
                case ExpectationBroken() | ExpectationMet():
                    publish = True
                    station.take_expectation(event)
                case RecordingStarted() | RecordingEnded():
                    publish = station.take_recording(event)
            self._publish(station, publish=publish)

    def update(self, stations: Sequence[StationProfile]) -> set[str]:
        """Takes over the stations of a new configuration.

        Returns:
            The ids of those that there are no longer.
        """
        with self._lock:
            removed = self._stations.keys() - {profile.id for profile in stations}
            now = SYSTEM_CLOCK.now()
            self._stations = {
                profile.id: self._stations.get(profile.id) or PublishedStation.unreported(profile, now)
                for profile in stations
            }
            for profile in stations:
                station = self._stations[profile.id]
                station.profile, station.enabled = profile, profile.enabled
        return removed

    def publish_all(self) -> None:
        """Publishes each station's newest state."""
        with self._lock:
            for station in self._stations.values():
                self._publish(station, publish=True)

    def publish_due(self, heartbeat_s: float) -> None:
        """Publishes the state of each station of which nothing was published for `heartbeat_s`, changed or not."""
        now_s = time.monotonic()
        if now_s < self._next_look_s:
            return
        self._next_look_s = now_s + min(1.0, heartbeat_s / 10)
        with self._lock:
            for station in self._stations.values():
                if now_s - station.published_at_s >= heartbeat_s:
                    self._publish(station, publish=True)
                    self._outbox.touch(self._topics.station(station.profile.id, StationTopic.STATE))

    def publish_offline(self) -> None:
        """Publishes that every station is offline, as the last thing."""
        now = SYSTEM_CLOCK.now()
        with self._lock:
            for station in self._stations.values():
                if station.go_offline(now):
                    self._publish(station, publish=True)

    def _publish(self, station: PublishedStation, *, publish: bool) -> None:
        """Puts a station's newest report into its three slots."""
        report, topics, name = station.report, self._topics, station.profile.id
        self.runs.add(report.at.run)
        payload = partial(
            state_payload,
            report,
            station.connection,
            node=self._node,
            enabled=station.enabled,
            clipping=station.is_clipping,
            signal_faults=station.present_faults,
            overloaded=station.overloaded,
            broken_expectations=station.broken_expectations,
            recording=station.recording,
            recording_cause=station.recording_cause if station.profile.is_recorded else None,
        )
        topic = topics.station(name, StationTopic.STATE)
        if publish:
            self._outbox.set(topic, msgspec.json.encode(payload()))
        elif station.published is not None:
            # Two of three reports are much like the one before, and no one ever sees them.
            self._outbox.keep(topic, lambda: msgspec.json.encode(payload()))
        self._outbox.set(topics.station(name, StationTopic.GENRE), report.announcement.encode())
        available = OFFLINE if report.state is State.OFFLINE else ONLINE
        self._outbox.set(topics.station(name, StationTopic.AVAILABILITY), available.encode())
        if publish:
            station.published, station.published_at_s = report, time.monotonic()
