"""What a station has in Home Assistant, in one table: names, icons, templates."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from genred.analysis.estimate import State
from genred.broker.topics import OFFLINE, ONLINE, StationTopic
from genred.outputs.homeassistant.entity import Entity, binary_sensor, on_or_off, sensor

if TYPE_CHECKING:
    from collections.abc import Sequence

    from genred.events.profile import StationProfile

EXPECTATION_PREFIX = "expect_"
"""What the keys of expectations begin with."""

_MAX_STATE_CHARACTERS = 255
"""Home Assistant takes no longer state."""


def station_entities(profile: StationProfile) -> list[Entity]:
    """Every entity of a station, the one people look for first."""
    return [*_on_air(profile), *_expected(profile), *_recording(profile), *_standing(), *_today(), *_counted()]


def words(labels: Sequence[str]) -> list[str]:
    """Every word that a station can say: its genres, then the states that are no genre."""
    states = [state.value for state in (State.SPEECH, State.UNCERTAIN, State.SILENCE, State.OFFLINE)]
    return list(dict.fromkeys([*labels, *states]))


def _on_air(profile: StationProfile) -> list[Entity]:
    measured = partial(sensor, state_class="measurement")
    loudness = measured(
        "loudness", "Loudness", "mdi:volume-equal", "value_json.loudness_lufs",
        unit_of_measurement="LUFS", suggested_display_precision=1,
    )  # fmt: skip
    return [
        sensor(
            "genre", "Genre", "mdi:music", "value_json.genre or value_json.state",
            device_class="enum", options=words(profile.labels),
        ),
        measured(
            "confidence", "Confidence", "mdi:gauge",
            "None if value_json.confidence is none else (value_json.confidence * 100) | round(1)",
            unit_of_measurement="%", suggested_display_precision=0,
        ),
        measured(
            "level", "Level", "mdi:volume-high", "value_json.level_dbfs",
            unit_of_measurement="dBFS", suggested_display_precision=1,
        ),
        *([loudness] if profile.measures_loudness else []),
        sensor(
            "title", "Title", "mdi:playlist-music",
            f"value_json.title[:{_MAX_STATE_CHARACTERS}] if value_json.title else None",
        ),
        sensor(
            "state", "State", "mdi:radio", "value_json.state",
            device_class="enum", options=[state.value for state in State],
        ),
        binary_sensor("silence", "Silence", "mdi:volume-off", "value_json.state == 'silence'"),
    ]  # fmt: skip


def _expected(profile: StationProfile) -> list[Entity]:
    """A problem sensor for each expectation, so that an automation can be about one of them."""
    return [
        binary_sensor(
            f"{EXPECTATION_PREFIX}{expectation.id}",
            f"Expected: {expectation.name}",
            "mdi:clipboard-alert-outline",
            f"'{expectation.id}' in value_json.broken_expectations",
            without_station=True,
        )
        for expectation in profile.expectations
    ]


def _recording(profile: StationProfile) -> list[Entity]:
    if not profile.is_recorded:
        return []
    return [
        binary_sensor(
            "recording",
            "Recording",
            "mdi:record-rec",
            "value_json.recording",
            device_class="running",
            entity_category="diagnostic",
            json_attributes_template="{{ {'cause': value_json.recording_cause} | tojson }}",
            without_station=True,
        )
    ]


def _standing() -> list[Entity]:
    problem = partial(binary_sensor, entity_category="diagnostic")
    return [
        problem("clipping", "Clipping", "mdi:waveform", "value_json.clipping"),
        problem(
            "signal",
            "Signal",
            "mdi:sine-wave",
            "value_json.signal_faults",
            json_attributes_template="{{ {'faults': value_json.signal_faults} | tojson }}",
        ),
        problem("overloaded", "Overloaded", "mdi:speedometer", "value_json.overloaded"),
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
                "value_template": on_or_off("value_json.enabled"),
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
            "Reset analysis",
            "mdi:restart",
            {"entity_category": "config", "payload_press": '{"reset": true}'},
        ),
    ]


def _today() -> list[Entity]:
    """What the airplay log comes to since midnight."""
    today = partial(sensor, without_station=True, topic=StationTopic.TODAY)
    duration = partial(today, device_class="duration", state_class="total_increasing")
    return [
        duration(
            "music_today", "Music today", "mdi:music-clef-treble", "(value_json.music_s / 60) | round(1)",
            unit_of_measurement="min",
        ),
        today("genre_today", "Genre today", "mdi:music-box", "value_json.genre or 'none'"),
        duration(
            "dead_air_today", "Dead air today", "mdi:volume-mute", "value_json.dead_air_s | round(0)",
            unit_of_measurement="s",
        ),
        today(
            "availability_today", "Availability today", "mdi:check-network",
            "None if value_json.availability is none else (value_json.availability * 100) | round(2)",
            unit_of_measurement="%", state_class="measurement",
        ),
    ]  # fmt: skip


def _counted() -> list[Entity]:
    lasting = partial(sensor, without_station=True, entity_category="diagnostic")
    counter = partial(lasting, state_class="total_increasing")
    return [
        lasting("model", "Model", "mdi:brain", "value_json.model"),
        counter("windows", "Windows analysed", "mdi:counter", "value_json.windows"),
        counter("dropped_windows", "Windows dropped", "mdi:debug-step-over", "value_json.dropped_windows"),
        counter("reconnects", "Reconnects", "mdi:connection", "value_json.reconnects"),
    ]
