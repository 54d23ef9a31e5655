"""One entity of a station's device in Home Assistant, and what those of a kind have in common."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from genred.broker.topics import StationTopic


@dataclass(frozen=True, slots=True)
class Entity:
    """One entity of a station's device.

    Attributes:
        key: Part of its unique id; never changes.
        platform: Of Home Assistant.
        name: For people; Home Assistant puts the device's name before it.
        icon: Of Material Design Icons; None where the device class brings its own.
        options: Further fields of its configuration, as Home Assistant names them.
        without_station: Whether it stays available while its station is offline.
        topic: Which topic of the station it reads.
    """

    key: str
    platform: str
    name: str
    icon: str | None = None
    options: dict[str, Any] = field(default_factory=dict)
    without_station: bool = False
    topic: StationTopic = StationTopic.STATE


def sensor(
    key: str,
    name: str,
    icon: str,
    expression: str,
    *,
    without_station: bool = False,
    topic: StationTopic = StationTopic.STATE,
    **options: Any,
) -> Entity:
    """Makes a sensor (Home Assistant's `sensor.mqtt`).

    Args:
        key: As of `Entity`.
        name: Likewise.
        icon: Likewise.
        expression: Its value, in Jinja, of `value_json`.
        without_station: As of `Entity`.
        topic: Likewise.
        options: Likewise.
    """
    template = f"{{{{ {expression} }}}}"
    return Entity(key, "sensor", name, icon, {"value_template": template, **options}, without_station, topic)


def binary_sensor(
    key: str,
    name: str,
    icon: str,
    condition: str,
    *,
    device_class: str = "problem",
    without_station: bool = False,
    **options: Any,
) -> Entity:
    """Makes a binary sensor (`binary_sensor.mqtt`).

    Args:
        key: As of `Entity`.
        name: Likewise.
        icon: Likewise.
        condition: When it is on, in Jinja, of `value_json`.
        device_class: Of Home Assistant.
        without_station: As of `Entity`.
        options: Likewise.
    """
    own = {"device_class": device_class, "value_template": on_or_off(condition), **options}
    return Entity(key, "binary_sensor", name, icon, own, without_station)


def on_or_off(condition: str) -> str:
    """Gives the template of what is on or off."""
    return f"{{{{ 'ON' if {condition} else 'OFF' }}}}"
