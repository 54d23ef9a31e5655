"""What a station has in Home Assistant, in one table: names, icons, templates."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from genred.analysis.estimate import State
from genred.broker.topics import OFFLINE, ONLINE, StationTopic

if TYPE_CHECKING:
    from collections.abc import Sequence

    from genred.events.profile import StationProfile

EXPECTATION_PREFIX = "expect_"
"""What the keys of expectations begin with."""

_MAX_STATE_CHARACTERS = 255
"""Home Assistant takes no longer state."""


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


def station_entities(profile: StationProfile) -> list[Entity]:
    """Every entity of a station, the one people look for first."""
    return [*_on_air(profile), *_expected(profile), *_recording(profile), *_standing(), *_today(), *_counted()]


def _on_air(profile: StationProfile) -> list[Entity]:
    measured = {"state_class": "measurement"}
    return [
        Entity(
            "genre",
            "sensor",
            "Genre",
            "mdi:music",
            {
                "device_class": "enum",
                "options": words(profile.labels),
                "value_template": "{{ value_json.genre or value_json.state }}",
            },
        ),
        Entity(
            "confidence",
            "sensor",
            "Confidence",
            "mdi:gauge",
            {
                "unit_of_measurement": "%",
                "suggested_display_precision": 0,
                "value_template": "{{ None if value_json.confidence is none"
                " else (value_json.confidence * 100) | round(1) }}",
                **measured,
            },
        ),
        Entity(
            "level",
            "sensor",
            "Level",
            "mdi:volume-high",
            {
                "unit_of_measurement": "dBFS",
                "suggested_display_precision": 1,
                "value_template": "{{ value_json.level_dbfs }}",
                **measured,
            },
        ),
        *_loudness(profile),
        Entity(
            "title",
            "sensor",
            "Title",
            "mdi:playlist-music",
            {
                "value_template": f"{{{{ value_json.title[:{_MAX_STATE_CHARACTERS}] if value_json.title else None }}}}",
            },
        ),
        Entity(
            "state",
            "sensor",
            "State",
            "mdi:radio",
            {
                "device_class": "enum",
                "options": [state.value for state in State],
                "value_template": "{{ value_json.state }}",
            },
        ),
        Entity(
            "silence",
            "binary_sensor",
            "Silence",
            "mdi:volume-off",
            {
                "device_class": "problem",
                "value_template": "{{ 'ON' if value_json.state == 'silence' else 'OFF' }}",
            },
        ),
    ]


def _loudness(profile: StationProfile) -> list[Entity]:
    if not profile.measures_loudness:
        return []
    return [
        Entity(
            "loudness",
            "sensor",
            "Loudness",
            "mdi:volume-equal",
            {
                "unit_of_measurement": "LUFS",
                "suggested_display_precision": 1,
                "value_template": "{{ value_json.loudness_lufs }}",
                "state_class": "measurement",
            },
        )
    ]


def _expected(profile: StationProfile) -> list[Entity]:
    """A problem sensor for each expectation, so that an automation can be about one of them."""
    return [
        Entity(
            f"{EXPECTATION_PREFIX}{expectation.id}",
            "binary_sensor",
            f"Expected: {expectation.name}",
            "mdi:clipboard-alert-outline",
            {
                "device_class": "problem",
                "value_template": f"{{{{ 'ON' if '{expectation.id}' in value_json.broken_expectations else 'OFF' }}}}",
            },
            without_station=True,
        )
        for expectation in profile.expectations
    ]


def _recording(profile: StationProfile) -> list[Entity]:
    if not profile.is_recorded:
        return []
    return [
        Entity(
            "recording",
            "binary_sensor",
            "Recording",
            "mdi:record-rec",
            {
                "device_class": "running",
                "entity_category": "diagnostic",
                "value_template": "{{ 'ON' if value_json.recording else 'OFF' }}",
                "json_attributes_template": "{{ {'cause': value_json.recording_cause} | tojson }}",
            },
            without_station=True,
        )
    ]


def _standing() -> list[Entity]:
    return [
        Entity(
            "clipping",
            "binary_sensor",
            "Clipping",
            "mdi:waveform",
            {
                "device_class": "problem",
                "entity_category": "diagnostic",
                "value_template": "{{ 'ON' if value_json.clipping else 'OFF' }}",
            },
        ),
        Entity(
            "signal",
            "binary_sensor",
            "Signal",
            "mdi:sine-wave",
            {
                "device_class": "problem",
                "entity_category": "diagnostic",
                "value_template": "{{ 'ON' if value_json.signal_faults else 'OFF' }}",
                "json_attributes_template": "{{ {'faults': value_json.signal_faults} | tojson }}",
            },
        ),
        Entity(
            "overloaded",
            "binary_sensor",
            "Overloaded",
            "mdi:speedometer",
            {
                "device_class": "problem",
                "entity_category": "diagnostic",
                "value_template": "{{ 'ON' if value_json.overloaded else 'OFF' }}",
            },
        ),
        Entity(
            "online",
            "binary_sensor",
            "Online",
            None,
            {
                "device_class": "connectivity",
                "entity_category": "diagnostic",
                "payload_on": ONLINE,
                "payload_off": OFFLINE,
            },
            without_station=True,
        ),
        Entity(
            "enabled",
            "switch",
            "Listen",
            "mdi:ear-hearing",
            {
                "entity_category": "config",
                "value_template": "{{ 'ON' if value_json.enabled else 'OFF' }}",
                "state_on": "ON",
                "state_off": "OFF",
                "payload_on": '{"enabled": true}',
                "payload_off": '{"enabled": false}',
            },
            without_station=True,
        ),
        Entity(
            "reset",
            "button",
            "Listen afresh",
            "mdi:restart",
            {"entity_category": "config", "payload_press": '{"reset": true}'},
        ),
    ]


def _today() -> list[Entity]:
    """What the airplay log comes to since midnight."""

    def entity(key: str, name: str, icon: str, template: str, **options: Any) -> Entity:
        return Entity(
            key,
            "sensor",
            name,
            icon,
            {"value_template": f"{{{{ {template} }}}}", **options},
            without_station=True,
            topic=StationTopic.TODAY,
        )

    return [
        entity(
            "music_today",
            "Music today",
            "mdi:music-clef-treble",
            "(value_json.music_s / 60) | round(1)",
            unit_of_measurement="min",
            device_class="duration",
            state_class="total_increasing",
        ),
        entity("genre_today", "Genre today", "mdi:music-box", "value_json.genre or 'none'"),
        entity(
            "dead_air_today",
            "Dead air today",
            "mdi:volume-mute",
            "value_json.dead_air_s | round(0)",
            unit_of_measurement="s",
            device_class="duration",
            state_class="total_increasing",
        ),
        entity(
            "availability_today",
            "Availability today",
            "mdi:check-network",
            "None if value_json.availability is none else (value_json.availability * 100) | round(2)",
            unit_of_measurement="%",
            state_class="measurement",
        ),
    ]


def _counted() -> list[Entity]:
    counted = {"state_class": "total_increasing", "entity_category": "diagnostic"}
    return [
        Entity(
            "model",
            "sensor",
            "Model",
            "mdi:brain",
            {"entity_category": "diagnostic", "value_template": "{{ value_json.model }}"},
            without_station=True,
        ),
        Entity(
            "windows",
            "sensor",
            "Windows analysed",
            "mdi:counter",
            {"value_template": "{{ value_json.windows }}", **counted},
            without_station=True,
        ),
        Entity(
            "dropped_windows",
            "sensor",
            "Windows dropped",
            "mdi:debug-step-over",
            {"value_template": "{{ value_json.dropped_windows }}", **counted},
            without_station=True,
        ),
        Entity(
            "reconnects",
            "sensor",
            "Reconnects",
            "mdi:connection",
            {"value_template": "{{ value_json.reconnects }}", **counted},
            without_station=True,
        ),
    ]


def words(labels: Sequence[str]) -> list[str]:
    """Every word that a station can say: its genres, then the states that are no genre."""
    states = [state.value for state in (State.SPEECH, State.UNCERTAIN, State.SILENCE, State.OFFLINE)]
    return list(dict.fromkeys([*labels, *states]))
