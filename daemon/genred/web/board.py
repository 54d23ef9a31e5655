"""What the pages know of the stations: the newest state of each as it came over MQTT, and who wants to hear of it."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any

import msgspec

from genred.web.hour import LastHour

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterable, Mapping

MAX_PAYLOAD_BYTES = 65_536
"""A state is a kilobyte or two; whatever is larger did not come from genred."""

MAX_STATIONS = 2_000
"""More than one broker's node has; a flood of made-up topics grows no memory."""

GATHER_S = 0.2
"""Changes of so long are sent together: fifty stations change fifty times a second."""


class StationState(msgspec.Struct, frozen=True, kw_only=True):
    """What `…/state` holds, as far as the pages show it; see `genred.payloads.state.StatePayload`."""

    state: str
    since: str
    at: str
    enabled: bool = True
    genre: str | None = None
    confidence: float | None = None
    probabilities: dict[str, float] = {}
    level_dbfs: float | None = None
    peak_dbfs: float | None = None
    loudness_lufs: float | None = None
    title: str | None = None
    clipping: bool = False
    overloaded: bool = False
    connection: str = ""
    cause: str | None = None
    retry_at: str | None = None
    model: str = ""
    broken_expectations: list[str] = []

    @property
    def on_air(self) -> str:
        """The genre while there is one, else the state."""
        return self.genre or self.state


@dataclass(slots=True)
class ShownStation:
    """A station on the pages.

    Attributes:
        id: Its id.
        name: For people.
        listen_url: Where a browser may listen to it; None where it cannot.
        state: What came last; None before anything came.
        hour: Of what was on air.
    """

    id: str
    name: str
    listen_url: str | None = None
    state: StationState | None = None
    hour: LastHour = field(default_factory=LastHour)

    def shown(self) -> dict[str, Any]:
        """As JSON for the pages and the API."""
        now: dict[str, Any] = {} if self.state is None else msgspec.to_builtins(self.state)
        return {
            "id": self.id,
            "name": self.name,
            "listen_url": self.listen_url,
            "announcement": None if self.state is None else self.state.on_air,
            "alarms": _alarms(self.state),
            **now,
            "hour": [[round(piece.since_s), piece.announcement] for piece in self.hour.pieces],
        }


class Board:
    """The stations of one node, followed over MQTT. Used by one event loop only.

    Args:
        stations: Names of the configured ones, by id, in their order.
        listen_urls: Where a browser may listen, by id.

    Attributes:
        labels: What the stations' models and their last hours name; another set whenever something new comes.
    """

    def __init__(self, stations: Mapping[str, str], listen_urls: Mapping[str, str] | None = None) -> None:
        urls = listen_urls or {}
        self._stations = {id_: ShownStation(id_, name, urls.get(id_)) for id_, name in stations.items()}
        self._followers: set[Follower] = set()
        self._configured = frozenset(stations)
        self._stateless: frozenset[str] = frozenset()
        self._not_running: frozenset[str] = frozenset()
        self._dropped: frozenset[str] = frozenset()
        self.labels: frozenset[str] = frozenset()
        self.broker_connected = False
        self.daemon_online = False

    @property
    def stations(self) -> list[ShownStation]:
        """All that run, in the configuration's order; those that only MQTT knows come last."""
        return [one for id_, one in self._stations.items() if id_ not in self._not_running]

    def station(self, id_: str) -> ShownStation | None:
        """Gives a station, or None where there is none that runs."""
        return None if id_ in self._not_running else self._stations.get(id_)

    @property
    def connection(self) -> dict[str, Any]:
        """Whether news can come, and the names of the stations that a reload would start or end."""
        dropped = (self._stations[id_] for id_ in sorted(self._dropped))
        return {
            "broker": self.broker_connected,
            "daemon": self.daemon_online,
            "to_start": [self._stations[id_].name for id_ in sorted(self._not_running)],
            "to_end": [one.name for one in dropped if one.state is not None and self.daemon_online],
        }

    def take_state(self, id_: str, payload: bytes) -> None:
        """Takes a message of `…/state`; an empty one removes the station, a damaged one is ignored."""
        if not payload:
            if self._stations.pop(id_, None) is not None:
                self._not_running -= {id_}
                self._dropped -= {id_}
                self._tell(id_)
            return
        state = _decode(payload)
        if state is None:
            return
        station = self._stations.get(id_)
        if station is None:
            if len(self._stations) >= MAX_STATIONS:
                return
            station = self._stations[id_] = ShownStation(id_, id_)
        station.state = state
        self._not_running -= {id_}
        since_s = _seconds(state.since)
        if since_s is not None:
            station.hour.add(since_s, state.on_air)
        self._learn({*state.probabilities, state.on_air})
        self._tell(id_)

    def configure(self, stations: Mapping[str, str], listen_urls: Mapping[str, str]) -> None:
        """Takes names and addresses of another configuration; stations come and go over MQTT."""
        self._dropped = (self._dropped | self._configured) - stations.keys()
        self._configured = frozenset(stations)
        if self._is_settled:
            self._not_running |= stations.keys() - self._stations.keys()
        for id_, name in stations.items():
            station = self._stations.setdefault(id_, ShownStation(id_, name))
            station.name, station.listen_url = name, listen_urls.get(id_)
            self._tell(id_)
        for id_ in [id_ for id_, one in self._stations.items() if id_ not in stations and one.state is None]:
            del self._stations[id_]
            self._tell(id_)
        self._not_running &= self._stations.keys()
        self._dropped &= self._stations.keys()
        self._tell(None)

    def look(self) -> None:
        """Finds the stations that do not run: nothing came of them since the last look, while others have a state."""
        if not self.broker_connected:
            return
        known = self._stations if self._is_settled else {}
        stateless = frozenset(id_ for id_, one in known.items() if one.state is None)
        before, self._not_running = self._not_running, (self._not_running | self._stateless) & stateless
        self._stateless = stateless
        for id_ in before ^ self._not_running:
            self._tell(id_)

    def fill_hour(self, id_: str, pieces: Iterable[tuple[float, str]]) -> None:
        """Takes what the airplay log has of the hour before the page was started."""
        station = self._stations.get(id_)
        if station is not None:
            for since_s, announcement in pieces:
                station.hour.add(since_s, announcement)
            self._learn({piece.announcement for piece in station.hour.pieces})

    def set_broker(self, *, connected: bool) -> None:
        """Notes whether the broker is there."""
        self.broker_connected = connected
        self._tell(None)

    def set_daemon(self, *, online: bool) -> None:
        """Notes whether the daemon is there, by its last will."""
        self.daemon_online = online
        self._tell(None)

    def follow(self) -> Follower:
        """Begins to follow; the caller must `close` it."""
        follower = Follower(self)
        self._followers.add(follower)
        return follower

    def forget(self, follower: Follower) -> None:
        """Lets go of one that follows no longer."""
        self._followers.discard(follower)

    @property
    def _is_settled(self) -> bool:
        """Whether a daemon has said what it runs."""
        return self.daemon_online and any(one.state is not None for one in self._stations.values())

    def _learn(self, labels: set[str]) -> None:
        """Finds anew what is named, so that what no station has any more goes, whenever something new is."""
        if labels <= self.labels:
            return
        found = set[str]()
        for one in self._stations.values():
            found.update(piece.announcement for piece in one.hour.pieces)
            if one.state is not None:
                found.update(one.state.probabilities)
        self.labels = frozenset(found | labels)

    def _tell(self, id_: str | None) -> None:
        for follower in self._followers:
            follower.note(id_)


class Follower:
    """One page that is told of changes. What is not taken yet is a set of ids: a slow reader costs no memory."""

    def __init__(self, board: Board) -> None:
        self._board = board
        self._changed: set[str] = set()
        self._connection_changed = False
        self._news = asyncio.Event()

    def note(self, id_: str | None) -> None:
        """Notes that a station changed, or the connection where None is given."""
        if id_ is None:
            self._connection_changed = True
        else:
            self._changed.add(id_)
        self._news.set()

    async def changes(self) -> AsyncIterator[dict[str, Any]]:
        """Gives everything first, then what changes, several changes at once."""
        board = self._board
        yield {"connection": board.connection, "stations": [one.shown() for one in board.stations], "whole": True}
        while True:
            await self._news.wait()
            await asyncio.sleep(GATHER_S)
            changed, self._changed = self._changed, set()
            self._news.clear()
            stations = [board.station(id_) for id_ in sorted(changed)]
            yield {
                "connection": board.connection,
                "stations": [one.shown() for one in stations if one is not None],
                "removed": [id_ for id_ in sorted(changed) if board.station(id_) is None],
            }

    def close(self) -> None:
        """Ends it."""
        self._board.forget(self)


_DECODER = msgspec.json.Decoder(StationState)


def _decode(payload: bytes) -> StationState | None:
    if len(payload) > MAX_PAYLOAD_BYTES:
        return None
    try:
        return _DECODER.decode(payload)
    except (msgspec.MsgspecError, UnicodeDecodeError):
        return None


def _seconds(text: str) -> float | None:
    try:
        return datetime.fromisoformat(text).timestamp()
    except ValueError:
        return None


def _alarms(state: StationState | None) -> list[str]:
    """What somebody should look at, worst first."""
    if state is None or not state.enabled:
        return []
    alarms = []
    if state.state == "offline" and state.connection not in {"connecting", "ended", ""}:
        alarms.append("offline")
    if state.state == "silence":
        alarms.append("dead air")
    if state.broken_expectations:
        alarms.append("not as expected")
    if state.clipping:
        alarms.append("clipping")
    if state.overloaded:
        alarms.append("overloaded")
    return alarms
