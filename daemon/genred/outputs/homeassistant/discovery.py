"""Home Assistant's MQTT device discovery: what a station looks like there.

Sources: Home Assistant's documents `integrations/mqtt` (device discovery payload, availability, birth message),
`integrations/sensor.mqtt`, `binary_sensor.mqtt`, `switch.mqtt`, `button.mqtt`. What a station has stands in `entities`.
"""

from __future__ import annotations

import re
from itertools import islice
from typing import TYPE_CHECKING, Any

import msgspec

import genred
from genred.broker.topics import OFFLINE, ONLINE, StationTopic, Topics
from genred.outputs.homeassistant.entities import station_entities
from genred.outputs.homeassistant.short_forms import short_forms

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from genred.config.schema import Config
    from genred.events.profile import StationProfile
    from genred.outputs.homeassistant.entity import Entity

ORIGIN = "genred"
"""Tells our discovery from all others at the broker, when it comes to removing."""

_PLATFORMS = frozenset({"sensor", "binary_sensor", "switch", "button"})
_KEY = re.compile(r"[a-z0-9_]{1,200}")
_MAX_COMPONENTS = 500
"""Of a message that the broker has kept, so many are looked at; a station has some thirty."""


class _Kept(msgspec.Struct, frozen=True):
    cmps: dict[str, dict[str, Any]]


class Discovery:
    """The discovery messages of one node.

    Args:
        config: The whole configuration.
        topics: Of the node.
    """

    def __init__(self, config: Config, topics: Topics) -> None:
        self.enabled = config.homeassistant.enabled
        self._prefix = config.homeassistant.discovery_prefix
        self._topics = topics
        self._node_id = f"genred_{topics.node}"
        # Of each station the platforms of what it had so far, by key.
        self._announced: dict[str, dict[str, str]] = {}

    @property
    def birth_topic(self) -> str:
        """Where Home Assistant says `online` when it has started."""
        return f"{self._prefix}/status"

    @property
    def every_device(self) -> str:
        """The subscription to all devices' discovery, foreign ones included."""
        return self._topic("+")

    @property
    def node_topic(self) -> str:
        """Where the node's own device is announced."""
        return self._topic(self._node_id)

    def station_topic(self, station: str) -> str:
        """Where a station's device is announced."""
        return self._topic(self._device_id(station))

    @property
    def trial_topic(self) -> str:
        """Where it is tried whether the broker lets us announce; of no device."""
        return self._topic(f"{self._node_id}__check")

    def messages(self, stations: Sequence[StationProfile]) -> Iterator[tuple[str, Sequence[bytes]]]:
        """Topic and payload of every device, the node first since the stations refer to it; none where disabled.

        Yields:
            The topic; the payload, and shorter forms of it.
        """
        if not self.enabled:
            return
        yield self.node_topic, _encoded(self._node())
        for profile in stations:
            yield self.station_topic(profile.id), _encoded(self._station(profile))

    def is_ours(self, topic: str, payload: bytes) -> bool:
        """Whether a discovery message was published by genred on this node, now or in an earlier life."""
        device_id = self._device_of(topic)
        if device_id != self._node_id and not device_id.startswith(f"{self._node_id}__"):
            return False
        try:
            content = msgspec.json.decode(payload)
            return bool(content["o"]["name"] == ORIGIN and device_id in content["dev"]["ids"])
        except (msgspec.DecodeError, ValueError, RecursionError, KeyError, TypeError):
            # Anyone may have put anything there: no UTF-8, brackets without end, other shapes.
            return False

    def station_of(self, topic: str) -> str | None:
        """The station that a topic announces; None where it announces something else."""
        device_id = self._device_of(topic)
        return device_id.removeprefix(f"{self._node_id}__") if device_id.startswith(f"{self._node_id}__") else None

    def left_over(self, station: str, payload: bytes) -> dict[str, str]:
        """What the broker has kept of a station that is not announced any more: platforms by key.

        Args:
            station: Its id.
            payload: A message of ours, perhaps of an earlier start, whole or shortened.
        """
        try:
            kept = msgspec.json.decode(payload, type=_Kept)
        except (msgspec.DecodeError, ValueError, RecursionError):
            return {}
        known = self._announced.get(station, {})
        return {
            key: component["p"]
            for key, component in islice(kept.cmps.items(), _MAX_COMPONENTS)
            # What has a platform alone was taken back before.
            if key not in known and len(component) > 1 and component.get("p") in _PLATFORMS and _KEY.fullmatch(key)
        }

    def take_back(self, station: str, components: Mapping[str, str]) -> None:
        """Has the next message of a station take back what an earlier start announced, as `left_over` gives it."""
        self._announced.setdefault(station, {}).update(components)

    def _device_of(self, topic: str) -> str:
        """The id of the device that a topic announces; empty where it announces none."""
        found = re.fullmatch(re.escape(self._prefix) + r"/device/([^/]+)/config", topic)
        return "" if found is None else found[1]

    def _topic(self, device_id: str) -> str:
        return f"{self._prefix}/device/{device_id}/config"

    def _device_id(self, station: str) -> str:
        # Slugs have no double underscore: node `a` with station `b_c` and node `a_b` with station `c` stay apart.
        return f"{self._node_id}__{station}"

    def _node(self) -> dict[str, Any]:
        node = self._topics.node
        return {
            "dev": {
                "ids": [self._node_id],
                "name": "genred" if node == "genred" else f"genred {node}",
                "mf": "genred",
                "mdl": "genre daemon",
                "sw": genred.__version__,
            },
            "o": _origin(),
            "cmps": {
                "online": {
                    "p": "binary_sensor",
                    "unique_id": f"{self._node_id}_online",
                    "default_entity_id": f"binary_sensor.{node}_online",
                    "name": "Online",
                    "device_class": "connectivity",
                    "entity_category": "diagnostic",
                    "state_topic": self._topics.status,
                    "payload_on": ONLINE,
                    "payload_off": OFFLINE,
                }
            },
        }

    def _station(self, profile: StationProfile) -> dict[str, Any]:
        device_id = self._device_id(profile.id)
        return {
            "dev": {
                "ids": [device_id],
                "name": profile.name,
                "mf": "genred",
                "mdl": f"station, model {profile.model}",
                "sw": genred.__version__,
                "via_device": self._node_id,
            },
            "o": _origin(),
            "cmps": self._components(profile),
            "state_topic": self._topics.station(profile.id, StationTopic.STATE),
            "availability_mode": "all",
            "availability": [
                {"topic": self._topics.status},
                {"topic": self._topics.station(profile.id, StationTopic.AVAILABILITY)},
            ],
        }

    def _components(self, profile: StationProfile) -> dict[str, Any]:
        components = {entity.key: self._component(entity, profile) for entity in station_entities(profile)}
        # What was announced and is no more is taken back by its platform alone.
        announced = self._announced.setdefault(profile.id, {})
        gone = {key: {"p": platform} for key, platform in announced.items() if key not in components}
        announced |= {key: component["p"] for key, component in components.items()}
        return components | gone

    def _component(self, entity: Entity, profile: StationProfile) -> dict[str, Any]:
        component: dict[str, Any] = {
            "p": entity.platform,
            "unique_id": f"{self._device_id(profile.id)}_{entity.key}",
            "default_entity_id": f"{entity.platform}.{self._topics.node}_{profile.id}_{entity.key}",
            "name": entity.name,
        }
        if entity.icon is not None:
            component["icon"] = entity.icon
        if entity.without_station:
            component["availability"] = [{"topic": self._topics.status}]
        if entity.platform in ("switch", "button"):
            component["command_topic"] = self._topics.station(profile.id, StationTopic.SET)
        component |= entity.options
        if "json_attributes_template" in component:
            component["json_attributes_topic"] = self._topics.station(profile.id, StationTopic.STATE)
        if entity.topic is not StationTopic.STATE:
            component["state_topic"] = self._topics.station(profile.id, entity.topic)
        if entity.key == "online":
            component["state_topic"] = self._topics.station(profile.id, StationTopic.AVAILABILITY)
        return component


def _encoded(message: dict[str, Any]) -> Sequence[bytes]:
    return list(dict.fromkeys(msgspec.json.encode(form) for form in (message, *short_forms(message))))


def _origin() -> dict[str, str]:
    return {"name": ORIGIN, "sw": genred.__version__}
