"""Shorter forms of a discovery message, for brokers that take small packets only.

What is given up goes from looks to entities: icons and hints first, then entity ids, then what is counted, and at last
all but the genre. Home Assistant keeps an entity that it knows already when a later message leaves it out.

Source of the short names: Home Assistant's document `integrations/mqtt`, "Supported abbreviations".
"""

from __future__ import annotations

from typing import Any

from genred.outputs.homeassistant.entities import EXPECTATION_PREFIX

_SHORT_NAMES = {
    "availability": "avty",
    "availability_mode": "avty_mode",
    "command_topic": "cmd_t",
    "device_class": "dev_cla",
    "entity_category": "ent_cat",
    "json_attributes_template": "json_attr_tpl",
    "json_attributes_topic": "json_attr_t",
    "options": "ops",
    "payload_off": "pl_off",
    "payload_on": "pl_on",
    "payload_press": "pl_prs",
    "state_class": "stat_cla",
    "state_off": "stat_off",
    "state_on": "stat_on",
    "state_topic": "stat_t",
    "topic": "t",
    "unique_id": "uniq_id",
    "unit_of_measurement": "unit_of_meas",
    "value_template": "val_tpl",
}

_LOOKS = frozenset({"icon", "suggested_display_precision", "mf", "mdl", "sw"})
_LOOKS_AND_IDS = _LOOKS | {"default_entity_id"}

_ON_AIR = frozenset({"genre", "confidence", "level", "loudness", "title", "silence", "online", "enabled"})
_LEAST = frozenset({"genre", "online"})


def short_forms(message: dict[str, Any]) -> list[dict[str, Any]]:
    """Gives the forms of a discovery message, each shorter than the one before.

    Args:
        message: Of a device, with the names of Home Assistant's documents.
    """
    forms = [_without(message, _LOOKS), _without(message, _LOOKS_AND_IDS)]
    forms += [_without(_only(message, keys), _LOOKS_AND_IDS) for keys in (_ON_AIR, _LEAST)]
    return [_abbreviated(form) for form in forms]


def _only(message: dict[str, Any], keys: frozenset[str]) -> dict[str, Any]:
    kept = {
        key: value
        for key, value in message["cmps"].items()
        if key in keys or (keys is _ON_AIR and key.startswith(EXPECTATION_PREFIX))
    }
    return {**message, "cmps": kept}


def _without(value: Any, names: frozenset[str]) -> Any:
    if isinstance(value, dict):
        return {key: _without(item, names) for key, item in value.items() if key not in names}
    return value


def _abbreviated(value: Any) -> Any:
    if isinstance(value, dict):
        return {_SHORT_NAMES.get(key, key): _abbreviated(item) for key, item in value.items()}
    return [_abbreviated(item) for item in value] if isinstance(value, list) else value
