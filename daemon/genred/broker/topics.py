"""Every topic that genred publishes or listens to, named in one place."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class StationTopic(StrEnum):
    """The last level of a station's topics."""

    AVAILABILITY = "availability"
    STATE = "state"
    GENRE = "genre"
    EVENT = "event"
    TODAY = "today"
    YESTERDAY = "yesterday"
    SET = "set"
    RESPONSE = "response"


RETAINED_STATION_TOPICS = (
    StationTopic.AVAILABILITY,
    StationTopic.STATE,
    StationTopic.GENRE,
    StationTopic.TODAY,
    StationTopic.YESTERDAY,
)
"""What the broker keeps of a station, and what must be removed with it."""

VISITORS_TOPICS = (StationTopic.AVAILABILITY, StationTopic.STATE, StationTopic.GENRE)
"""What it keeps of a station that is on a short visit, and so has no log."""

ONLINE = "online"
OFFLINE = "offline"


@dataclass(frozen=True, slots=True)
class Topics:
    """The topics of one node.

    Attributes:
        base: What all topics begin with, such as `genred`.
        node: Id of this machine.
    """

    base: str
    node: str

    @property
    def status(self) -> str:
        """Of the daemon as a whole: `online`, or `offline` as the last will."""
        return f"{self.base}/{self.node}/status"

    @property
    def log(self) -> str:
        """Of the airplay log: whether it is written."""
        return f"{self.base}/{self.node}/log"

    @property
    def daemon_set(self) -> str:
        """Commands to the daemon as a whole."""
        return f"{self.base}/{self.node}/{StationTopic.SET}"

    @property
    def daemon_response(self) -> str:
        """Its answers."""
        return f"{self.base}/{self.node}/{StationTopic.RESPONSE}"

    def station(self, station: str, topic: StationTopic) -> str:
        """One of a station's topics."""
        return f"{self.base}/{self.node}/{station}/{topic}"

    def every_station(self, topic: StationTopic) -> str:
        """The subscription to one topic of all stations, known or not."""
        return f"{self.base}/{self.node}/+/{topic}"

    def parse(self, topic: str) -> tuple[str, StationTopic] | None:
        """Station and kind of a topic of this node, or None for any other."""
        root = f"{self.base}/{self.node}/"
        if not topic.startswith(root):
            return None
        station, _, last = topic[len(root) :].partition("/")
        return (station, _BY_NAME[last]) if last in _BY_NAME else None


_BY_NAME = {topic.value: topic for topic in StationTopic}
